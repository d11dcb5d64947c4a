"""Toggles of what the processing elements do besides their macros."""

from collections.abc import Sequence

import numpy as np

from cosim.tile.arithmetic import MatrixTrace
from cosim.tile.toggles.moved import Moved
from cosim.tile.toggles.paths import pe_logic
from cosim.tile.toggles.registers import Registers, bits, changes
from hw_spec.program import Setting
from hw_spec.tile import POOL_BITS, TileSpec
from network.compiled import Compiled, Pe


def take_pes(registers: Registers, compiled: Compiled, moved: Moved) -> None:
    """Take up what the PEs of a MATRIX operation do."""
    tile, trace = compiled.tile, moved.trace
    assert isinstance(trace, MatrixTrace)
    carried: np.ndarray | int = 0
    for number in moved.step.pes:
        pe, path = compiled.pes[number], pe_logic(number)
        psums = [_psums(tile, trace, pe, number, macro) for macro in range(pe.macros)]
        total = _tree(registers, f"{path}.tree", tile, psums)
        sums = total + carried if pe.chained else total
        carried = sums
        registers.take(f"{path}.chain_sums", bits(sums, tile.sum_bits))
        _control(registers, path, moved, ends=pe.ends)
        if pe.ends:
            activations = trace.activations[number]
            _requantise(registers, f"{path}.requantiser", moved, pe, sums, activations)
            _pool(registers, f"{path}.output_buffer", moved, activations)


def _psums(tile: TileSpec, trace: MatrixTrace, pe: Pe, number: int, macro: int) -> np.ndarray:
    """Return the psums of a macro beat by beat; int64, shape (images, beats, psums of a beat).

    A field beyond the last output holds what column sums of zero give.
    """
    spec, images = tile.macro, len(trace.words)
    psums = trace.psums[number * tile.table.macros_per_pe + macro]
    unused = tile.beats * tile.sums_per_beat - spec.outputs
    if unused:
        vectors = trace.words[:, :, pe.copy, pe.first_block + macro]
        row_sums = vectors.sum(axis=-1, dtype=np.int64).reshape(-1, 1)
        empty = -(spec.input_correction * row_sums + spec.code_correction)
        psums = np.hstack([psums, np.repeat(empty, unused, axis=1)])
    return psums.reshape(images, -1, tile.sums_per_beat)


def _tree(
    registers: Registers, path: str, tile: TileSpec, psums: Sequence[np.ndarray]
) -> np.ndarray:
    """Take up the levels of an adder tree; return its sums. Macros that are not used give 0."""
    terms = list(psums)
    for level in range(1, tile.tree_levels + 1):
        pairs = [terms[n : n + 2] for n in range(0, len(terms), 2)]
        terms = [pair[0] + pair[1] if len(pair) == 2 else pair[0] for pair in pairs]
        for n, term in enumerate(terms):
            registers.take(f"{path}.level_{level}_{n}", bits(term, tile.macro.psum_bits + level))
    return terms[0]


def _control(registers: Registers, path: str, moved: Moved, *, ends: bool) -> None:
    """Take up what tells that beats are valid, and counts them."""
    tile, begun = moved.tile, moved.schedule.begun
    registers.repeat(f"{path}.chain_out__complete", moved.complete_toggles)
    valid = _runs(begun, tile.beats)
    names = [f"tree.valid_{n + 1}" for n in range(tile.tree_levels)]
    if ends:
        steps = ("biased", "scaled", "activations")
        names += ["chain_sums_valid", *(f"requantiser.{name}_valid" for name in steps)]
    for name in names:
        registers.repeat(f"{path}.{name}", 2 * valid)
    if not ends:
        return
    rounds = changes(np.append(np.arange(tile.beats), 0))
    for name in ("scales.beat", "output_buffer.beat"):
        registers.repeat(f"{path}.{name}", rounds * len(begun))
    vector = changes(bits(np.append(np.arange(moved.window), 0), POOL_BITS))
    last = begun[moved.window - 1 :: moved.window]
    registers.repeat(f"{path}.output_buffer.vector", vector * len(last))
    for name in ("full", "finished"):
        registers.repeat(f"{path}.output_buffer.{name}", 2 * _runs(last, 1))


def _runs(begun: np.ndarray, length: int) -> int:
    """Return how often something that lasts ``length`` cycles begins anew, not at its last end."""
    return len(begun) - int((np.diff(begun) == length).sum())


def _requantise(
    registers: Registers,
    path: str,
    moved: Moved,
    pe: Pe,
    sums: np.ndarray,
    activations: np.ndarray,
) -> None:
    """Take up the steps of the requantiser.

    Parameters
    ----------
    sums : ndarray of int64, shape (images, beats, sums of a beat)
        Sums of the chain.
    activations : ndarray of int64, shape (images * vectors, outputs)
        What they become.
    """
    tile = moved.tile
    vectors = sums.shape[1] // tile.beats
    unused = (0, tile.beats * tile.sums_per_beat - tile.block)
    biases, multipliers = (
        np.tile(np.pad(values, unused).reshape(-1, tile.sums_per_beat), (vectors, 1))
        for values in (pe.biases.astype(np.int64), pe.multipliers)
    )
    registers.take(f"{path}.multipliers", multipliers[None])
    biased = sums + biases
    registers.take(f"{path}.biased", bits(biased, tile.biased_bits))
    registers.take(f"{path}.scaled", bits(biased * multipliers, tile.scaled_bits))
    zero = moved.settings[Setting.ZERO]  # what a field beyond the last output becomes
    beats = np.pad(activations, ((0, 0), unused), constant_values=zero).reshape(sums.shape)
    registers.take(f"{path}.activations", bits(beats, tile.macro.input_bits))


def _pool(registers: Registers, path: str, moved: Moved, activations: np.ndarray) -> None:
    """Take up the maxima of pooling windows; activations of shape (images * vectors, outputs)."""
    images, outputs, window = len(moved.trace.words), activations.shape[1], moved.window
    windows = activations.reshape(images, -1, window, outputs)
    stored = np.maximum.accumulate(windows, axis=2)
    input_bits = moved.tile.macro.input_bits
    every = bits(stored, input_bits).reshape(images, -1, outputs)
    registers.take(f"{path}.stored", every)
    registers.take(f"{path}.held", every[:, window - 1 :: window])
