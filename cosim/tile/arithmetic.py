"""What a tile does between its macros and its memory, for many images at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from behavioral.vector import vector_results
from behavioral.words import words_of
from hw_spec.numbers import requantise
from hw_spec.program import Setting
from network.compiled import Compiled, Step


@dataclass(frozen=True, kw_only=True, eq=False)
class MacroWork:
    """What one macro is given in an operation."""

    pe: int
    """Number of its PE."""

    macro: int
    """Its number in the PE."""

    vectors: np.ndarray
    """Unsigned, shape (images * positions, rows), one image after the other."""


RunMacros = Callable[[Sequence[MacroWork]], Iterable[np.ndarray]]
"""Gives the psums of macros in their order: int64, shape (images * positions, outputs)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MatrixTrace:
    """All that moved in a MATRIX operation, vectors of one image after the other."""

    words: np.ndarray
    """Unsigned, shape (images, positions, copies, row blocks, word): what the fetcher sent."""

    psums: dict[int, np.ndarray]
    """By the number of the macro on the tile: int64, shape (images * positions, outputs)."""

    sums: dict[int, np.ndarray]
    """By the number of the PE, its sums with those of the chain before it; int64, as psums."""

    activations: dict[int, np.ndarray]
    """By the number of the PE at the end of a chain: int64, shape (images * positions, outputs),
    requantised and not yet pooled."""


@dataclass(frozen=True, kw_only=True, eq=False)
class VectorTrace:
    """All that moved in an operation of the vector unit."""

    words: np.ndarray
    """Unsigned, shape (images, positions, words, word): what the fetcher sent."""

    results: np.ndarray
    """int64, shape (images, positions, blocks, word)."""


def run_matrix(
    compiled: Compiled,
    step: Step,
    memory: np.ndarray,
    run_macros: RunMacros,
    *,
    traced: bool = True,
) -> MatrixTrace | None:
    """Run a MATRIX operation on the memory of each image; changes the memory.

    Parameters
    ----------
    compiled : Compiled
        Network.
    step : Step
        Operation.
    memory : ndarray of uint8 or uint16, shape (images, activations)
        Activation memories.
    run_macros : callable
        Called with all macros in use, PE by PE.
    traced : bool
        Whether to return what moved.
    """
    settings, tile = step.settings, compiled.tile
    words = _words(step, memory, tile.word)
    trace = MatrixTrace(words=words, psums={}, sums={}, activations={})
    work = _works(compiled, step, words)
    psums = iter(run_macros(work))
    for lane, chain in enumerate(_chains(compiled, step)):
        copy, block = divmod(lane, settings[Setting.BLOCKS])
        sums = np.zeros((len(memory) * step.positions, tile.block), dtype=np.int64)
        for number in chain:
            for macro in range(compiled.pes[number].macros):
                of_macro = next(psums)
                sums = sums + of_macro
                if traced:
                    trace.psums[number * tile.table.macros_per_pe + macro] = of_macro
            if traced:
                trace.sums[number] = sums
        activations = _requantised(compiled, step, sums, chain[-1])
        if traced:
            trace.activations[chain[-1]] = activations
        pooled = pooled_results(step, activations, len(memory))
        _write(step, memory, pooled, copy, block, size=tile.block)
    return trace if traced else None


def _works(compiled: Compiled, step: Step, words: np.ndarray) -> list[MacroWork]:
    """Return what the macros of an operation are given, PE by PE; those of one row share it."""
    by_block = np.moveaxis(words, (2, 3), (0, 1))
    vectors = np.ascontiguousarray(by_block).reshape(*by_block.shape[:2], -1, words.shape[-1])
    return [
        MacroWork(pe=number, macro=macro, vectors=vectors[pe.copy, pe.first_block + macro])
        for number, pe in ((number, compiled.pes[number]) for number in step.pes)
        for macro in range(pe.macros)
    ]


def run_vector(compiled: Compiled, step: Step, memory: np.ndarray) -> VectorTrace:
    """Run a SUM or MAXIMUM operation on the memory of each image; changes the memory."""
    words = _words(step, memory, compiled.tile.word)[:, :, 0]
    scales = np.stack([compiled.multipliers, compiled.biases], axis=-1)
    results = vector_results(
        words,
        step.pieces,
        scales,
        kind=step.kind,
        shift=step.settings.get(Setting.SHIFT, 0),
        bits=compiled.tile.macro.input_bits,
    )
    for block in range(step.settings[Setting.BLOCKS]):
        _write(step, memory, results[:, :, block], 0, block, size=compiled.tile.word)
    return VectorTrace(words=words, results=results)


def _words(step: Step, memory: np.ndarray, word: int) -> np.ndarray:
    """Return the words read; shape (images, positions, copies, words, word)."""
    return words_of(memory, step.settings, step.pieces, word=word).words


def _chains(compiled: Compiled, step: Step) -> Iterator[range]:
    """Yield the PEs of each chain, copy by copy, block by block."""
    length = step.settings[Setting.CHAIN]
    for first in range(step.pes.start, step.pes.stop, length):
        yield range(first, first + length)


def _requantised(compiled: Compiled, step: Step, sums: np.ndarray, end: int) -> np.ndarray:
    """Return the activations of the PE at the end of a chain."""
    pe = compiled.pes[end]
    return requantise(
        sums,
        bias=pe.biases.astype(np.int64),
        multiplier=pe.multipliers.astype(np.int64),
        shift=step.settings[Setting.SHIFT],
        bits=compiled.tile.macro.input_bits,
        zero=step.settings[Setting.ZERO],
    )


def pooled_results(step: Step, activations: np.ndarray, images: int) -> np.ndarray:
    """Return the maximum over each pooling window; shape (images, pixels, outputs)."""
    window = step.settings[Setting.COUNT_WINDOW_ROWS] * step.settings[Setting.COUNT_WINDOW_COLUMNS]
    return activations.reshape(images, -1, window, activations.shape[1]).max(axis=2)


def _write(
    step: Step, memory: np.ndarray, results: np.ndarray, copy: int, block: int, *, size: int
) -> None:
    """Write a block of every pixel that a copy computes, as far as it lies within the output."""
    settings = step.settings
    last = block == settings[Setting.BLOCKS] - 1
    length = settings[Setting.LAST_LENGTH] if last else size
    rows = settings[Setting.OUT_ROWS] - copy * settings[Setting.COUNT_ROWS]
    columns = settings[Setting.COUNT_COLUMNS]
    pixels = min(max(rows, 0) * columns, results.shape[1])
    address = settings[Setting.OUT_ADDRESS] + copy * settings[Setting.OUT_COPY] + block * size
    where = address + np.arange(pixels)[:, None] * settings[Setting.OUT_STEP] + np.arange(length)
    memory[:, where] = results[:, :pixels, :length]
