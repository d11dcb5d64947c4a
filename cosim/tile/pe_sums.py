"""Psums and sums of an operation as the ports of its PEs carry them."""

from dataclasses import dataclass

import numpy as np

from cosim.predict import pack_words
from cosim.tile.arithmetic import MatrixTrace
from hw_spec.port import psum_beats
from network.compiled import Compiled, Step


@dataclass(frozen=True, kw_only=True, eq=False)
class PeSums:
    """Beats of all vectors, those of one image after the other, as rows of 32-bit words."""

    psums: dict[int, np.ndarray]
    """By the number of the macro on the tile: uint32, shape (images * positions * beats, words)."""

    sums: dict[int, np.ndarray]
    """By the number of the PE, those of the chain before it included; likewise."""


def pe_sums(compiled: Compiled, step: Step, trace: MatrixTrace) -> PeSums:
    """Return what the PEs of a MATRIX operation are given and add up."""
    tile, per_pe = compiled.tile, compiled.tile.table.macros_per_pe
    missing = psum_beats(tile.macro) * tile.sums_per_beat - tile.block
    psums, sums, rest = {}, {}, np.zeros((0, missing), np.int64)
    for number in step.pes:
        pe = compiled.pes[number]
        if not pe.chained:
            rest = np.zeros((len(trace.sums[number]), missing), np.int64)
        for macro in range(pe.macros):
            words = trace.words[:, :, pe.copy, pe.first_block + macro]
            own = _behind(compiled, words.reshape(-1, tile.word), missing)
            rest = rest + own
            whole = np.hstack([trace.psums[number * per_pe + macro], own])
            psums[number * per_pe + macro] = _beats(compiled, whole, tile.macro.psum_bits)
        sums[number] = _beats(compiled, np.hstack([trace.sums[number], rest]), tile.sum_bits)
    return PeSums(psums=psums, sums=sums)


def _behind(compiled: Compiled, vectors: np.ndarray, missing: int) -> np.ndarray:
    """Return what a macro gives in fields of its last beat that belong to no output.

    These are psums of columns whose sums are 0.
    """
    spec = compiled.tile.macro
    offset = spec.input_correction * vectors.sum(axis=1, dtype=np.int64) + spec.code_correction
    return np.repeat(-offset[:, None], missing, axis=1)


def _beats(compiled: Compiled, values: np.ndarray, bits: int) -> np.ndarray:
    """Return signed values of so many bits as the beats of their vectors."""
    fields = values.reshape(-1, compiled.tile.sums_per_beat)
    return pack_words(fields & (2**bits - 1), bits)
