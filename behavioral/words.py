"""The words that an operation of a tile reads from its activation memory."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hw_spec.program import IMMEDIATE_BITS, Piece, Setting

LOOPS = ("WINDOW_COLUMN", "WINDOW_ROW", "COLUMN", "ROW")
"""Loops over positions as the settings name them, the fastest first."""


class Words(NamedTuple):
    """Words of an operation, in the order positions, copies, words of a list, and what was read."""

    words: np.ndarray
    """Activations, of the type of the memory, shape (..., positions, copies, words of a list,
    word)."""

    reads: np.ndarray
    """Which pieces are read from the memory: those with an activation inside the input. bool,
    shape (positions, copies, pieces)."""


def positions_of(settings: Mapping[Setting, int]) -> np.ndarray:
    """Return address, x and y of the position of each copy.

    Parameters
    ----------
    settings : mapping of Setting to int
        Settings of the operation; counts from 1.

    Returns
    -------
    ndarray of int64, shape (positions, copies, 3)

    Raises
    ------
    ValueError
        If one of them does not fit ``IMMEDIATE_BITS`` bits, signed.
    """
    turns = [settings[Setting[f"COUNT_{loop}S"]] for loop in LOOPS]
    steps = np.zeros((int(np.prod(turns)), 3), dtype=np.int64)
    period = 1
    for loop, count in zip(LOOPS, turns, strict=True):
        # A slower loop steps where all faster ones begin anew, and replaces their step.
        steps[::period] = [settings[Setting[f"{loop}_{part}"]] for part in ("ADDRESS", "X", "Y")]
        period *= count
    steps[0] = [settings[Setting[part]] for part in ("ADDRESS", "X", "Y")]
    copy = np.array([settings[Setting.COPY_ADDRESS], 0, settings[Setting.COPY_Y]])
    copies = copy * np.arange(settings[Setting.COPIES])[:, None]
    positions = steps.cumsum(axis=0)[:, None] + copies
    limit = 2 ** (IMMEDIATE_BITS - 1)
    beyond = (positions < -limit) | (positions >= limit)
    if beyond.any():
        raise ValueError(
            f"Positions must fit {IMMEDIATE_BITS} bits signed, not {positions[beyond][0]}"
        )
    return positions


def words_of(
    memory: np.ndarray, settings: Mapping[Setting, int], pieces: Sequence[Piece], *, word: int
) -> Words:
    """Return the words an operation reads.

    Parameters
    ----------
    memory : ndarray of int, shape (..., activations)
        Activation memories; what the operation writes must not lie where it reads.
    settings : mapping of Setting to int
        Settings of the operation.
    pieces : sequence of Piece
        The list that is read at each position: ``settings[PIECES]`` from ``FIRST_PIECE`` on.
    word : int
        Activations of a word.

    Raises
    ------
    ValueError
        If the first piece that is not idle does not open its word, a piece goes beyond the word, or
        an activation inside the input lies outside of the memory.
    """
    positions = positions_of(settings)
    address, x, y = np.moveaxis(positions, 2, 0)
    closing = sum(piece.closes for piece in pieces)
    # Words first, so that each is written in one place; one more for a word that is left open.
    shape = (closing + 1, *memory.shape[:-1], *address.shape, word)
    words, reads = np.zeros(shape, dtype=memory.dtype), []
    closed, opened, fresh = 0, False, True
    for number, piece in enumerate(pieces):
        if piece.row + piece.length > word:
            raise ValueError(
                f"Piece {number} must end within {word} rows, not at {piece.row + piece.length}"
            )
        opened |= piece.opens
        if piece.opens:
            words[closed] = 0
        elif (piece.length or piece.closes) and not opened:
            raise ValueError(f"Piece {number} must open its word, as none before it does")
        elif fresh and closed:
            words[closed] = words[closed - 1]
        lanes = np.arange(piece.length)
        inside_x = (x + piece.x)[..., None] + lanes
        inside = (inside_x >= 0) & (inside_x < settings[Setting.LINE])
        inside &= ((y + piece.y >= 0) & (y + piece.y < settings[Setting.HEIGHT]))[..., None]
        where = (address + piece.offset)[..., None] + lanes
        outside = inside & ((where < 0) | (where >= memory.shape[-1]))
        if outside.any():
            raise ValueError(
                f"Piece {number} must lie within {memory.shape[-1]} activations, "
                f"not at address {where[outside][0]}"
            )
        read = memory[..., np.where(inside, where, 0)]
        read[..., ~inside] = settings[Setting.PAD]
        words[closed, ..., piece.row : piece.row + piece.length] = read
        reads.append(inside.any(axis=-1))
        fresh = piece.closes
        closed += piece.closes
    return Words(words=np.moveaxis(words[:closing], 0, -2), reads=np.stack(reads, axis=2))
