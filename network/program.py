"""Writes the program of a tile, and its piece memory."""

import dataclasses
from collections.abc import Sequence

from hw_spec import check
from hw_spec.program import IMMEDIATE_BITS, Instruction, Opcode, Piece, Setting
from hw_spec.tile import TileSpec
from network.compiled import Step
from network.room import check_room


def load_pieces(
    steps: Sequence[Step], tile: TileSpec
) -> tuple[tuple[Step, ...], tuple[Piece, ...]]:
    """Return the operations, told where their lists of pieces lie, and the piece memory.

    Operations with equal lists share one.

    Parameters
    ----------
    steps : sequence of Step
        Operations; the settings FIRST_PIECE and PIECES are still missing.
    tile : TileSpec
        Tile with the memory.

    Raises
    ------
    ValueError
        If a piece does not fit its fields, or the pieces the memory.
    """
    places: dict[tuple[Piece, ...], int] = {}
    memory: list[Piece] = []
    loaded = []
    for step in steps:
        if step.pieces not in places:
            for piece in step.pieces:
                try:
                    piece.encode()
                except ValueError as error:
                    raise ValueError(f"Operation '{step.name}': {error}") from None
            places[step.pieces] = len(memory)
            memory += step.pieces
        place = {Setting.FIRST_PIECE: places[step.pieces], Setting.PIECES: len(step.pieces)}
        loaded.append(dataclasses.replace(step, settings=step.settings | place))
    check_room("pieces", len(memory), tile)
    return tuple(loaded), tuple(memory)


def write_program(
    steps: Sequence[Step], tile: TileSpec
) -> tuple[tuple[Instruction, ...], tuple[str, ...]]:
    """Return the program, and the name of the operation each of its instructions belongs to.

    Before an operation, only those settings are set that it needs and that have another value.

    Parameters
    ----------
    steps : sequence of Step
        Operations in the order in which they run.
    tile : TileSpec
        Tile with the memory.

    Raises
    ------
    ValueError
        If a setting does not fit, or the program its memory, or its marks the log.
    """
    program: list[Instruction] = []
    comments: list[str] = []
    known: dict[Setting, int] = {}
    top = 2 ** (IMMEDIATE_BITS - 1) - 1
    for step in steps:
        for setting, value in sorted(step.settings.items()):
            if known.get(setting) != value:
                subject = f"Setting {setting.name} of operation '{step.name}'"
                check.integer(subject, value, -top - 1, top)
                word = Instruction(opcode=Opcode.SET, setting=setting, immediate=value)
                program.append(word)
        known |= step.settings
        program.append(Instruction(opcode=Opcode.RUN, immediate=step.kind))
        program += (Instruction(opcode=Opcode.WAIT), Instruction(opcode=Opcode.MARK))
        comments += [step.name] * (len(program) - len(comments))
    program.append(Instruction(opcode=Opcode.HALT))
    comments.append("")
    check_room("program_words", len(program), tile)
    check_room("marks", len(steps), tile)
    return tuple(program), tuple(comments)
