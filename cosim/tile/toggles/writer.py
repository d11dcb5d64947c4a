"""Toggles of the writer."""

import numpy as np

from cosim.tile.arithmetic import MatrixTrace
from cosim.tile.toggles.moved import Moved
from cosim.tile.toggles.paths import WRITER
from cosim.tile.toggles.registers import Registers, bits
from hw_spec.program import IMMEDIATE_BITS, Kind, Setting
from hw_spec.timing import finish_cycles


def take_writer(registers: Registers, moved: Moved) -> int:
    """Take up what the writer does in a step; return how many blocks it writes per image."""
    settings, matrix = moved.settings, moved.step.kind is Kind.MATRIX
    size = moved.tile.block if matrix else moved.tile.word
    names = ("COUNT_ROWS", "COUNT_COLUMNS", "COPIES", "BLOCKS")
    shape = tuple(settings[Setting[name]] for name in names)
    row, column, copy, block = np.indices(shape).reshape(4, -1)
    more_blocks = block < shape[3] - 1
    more = more_blocks | (copy < shape[2] - 1)

    # Loops and addresses stand at a block until it is taken, then at the next; the loops end at 0,
    # the addresses behind the last pixel.
    for name, turn in (("row", row), ("column", column), ("copy", copy), ("block", block)):
        registers.take(f"{WRITER}.{name}", _register(turn, 0))
    pixel = settings[Setting.OUT_ADDRESS] + (row * shape[1] + column) * settings[Setting.OUT_STEP]
    behind = int(pixel[-1]) + settings[Setting.OUT_STEP]
    of_copy = pixel + copy * settings[Setting.OUT_COPY]
    address = of_copy + block * size
    for name, values in (("pixel", pixel), ("copy", of_copy), ("block", address)):
        registers.take(f"{WRITER}.{name}_address", _register(values, behind))
    output_row = row + copy * shape[0]
    registers.take(f"{WRITER}.output_row", _register(output_row, shape[0] - 1))
    chains = (copy * shape[3] + block) * settings[Setting.CHAIN] if matrix else 0 * block
    first_end = settings[Setting.FIRST_END]
    registers.take(f"{WRITER}.pe", _register(first_end + chains, first_end))

    # What is taken is written in the next cycle.
    if matrix:
        registers.take(f"{WRITER}.draining", bits(more, 1)[None])
    registers.repeat(f"{WRITER}.done", 2)
    written = output_row < settings[Setting.OUT_ROWS]
    cycles = _taken(moved)[written]
    at_once = int((np.diff(cycles) == 1).sum())
    registers.repeat(f"{WRITER}.memory__enable", 2 * (len(cycles) - at_once))
    length = np.where(more_blocks, size, settings[Setting.LAST_LENGTH])[written]
    registers.take(f"{WRITER}.memory__length", bits(length, 16)[None])
    address_bits = moved.tile.address_bits
    registers.take(f"{WRITER}.memory__address", bits(address[written], address_bits)[None])
    registers.take(f"{WRITER}.memory__data", _data(moved)[:, written])
    return len(cycles)


def _register(values: np.ndarray, end: int) -> np.ndarray:
    """Return the values of a register that stands at ``end`` when all is taken."""
    return bits(np.append(values, end), IMMEDIATE_BITS)[None]


def _taken(moved: Moved) -> np.ndarray:
    """Return the cycle in which each block is taken, counted from any."""
    settings, step = moved.settings, moved.step
    if step.kind is not Kind.MATRIX:
        ends = [n for n, piece in enumerate(step.pieces) if piece.ends]
        lists = np.arange(step.positions)[:, None] * len(step.pieces)
        return (lists + np.array(ends)).ravel()
    begun = moved.schedule.begun[moved.window - 1 :: moved.window]
    finished = begun + finish_cycles(moved.tile, settings[Setting.CHAIN] - 1)
    blocks = settings[Setting.COPIES] * settings[Setting.BLOCKS]
    return (finished[:, None] + np.arange(blocks)).ravel()


def _data(moved: Moved) -> np.ndarray:
    """Return the activations of each block; unsigned, shape (images, blocks, word)."""
    trace = moved.trace
    if isinstance(trace, MatrixTrace):
        shape = (len(trace.words), -1, moved.window, moved.tile.block)
        results = [one.reshape(shape).max(axis=2) for one in trace.activations.values()]
        blocks = np.stack(results, axis=2)  # chains lie in the order of copies and blocks
    else:
        blocks = trace.results
    flat = bits(blocks, moved.tile.macro.input_bits).reshape(len(blocks), -1, blocks.shape[-1])
    return np.pad(flat, ((0, 0), (0, 0), (0, moved.tile.word - flat.shape[-1])))
