"""Column sums and psums, from codes and inputs."""

import numpy as np

from hw_spec.macro import MacroSpec
from hw_spec.port import psum_beats, psums_per_beat


def unsigned(bits: int) -> np.dtype:
    """Return the smallest unsigned type that holds ``bits``."""
    return np.dtype(next(f"u{size}" for size in (1, 2, 4, 8) if bits <= 8 * size))


def column_walk(codes: np.ndarray, spec: MacroSpec) -> np.ndarray:
    """Return every value the column sums go through.

    After bit plane b a sum is that of ``2**(plane - b) * code`` over all codes so far.

    Parameters
    ----------
    codes : ndarray of int, shape (vectors, input_bits, row_groups, columns)
        Codes; the first bit plane is the most significant.
    spec : MacroSpec
        Macro the codes come from.

    Returns
    -------
    ndarray of unsigned, shape (vectors, input_bits * row_groups, columns)
        Sums after each bit plane and row group.
    """
    shape = (len(codes), spec.input_bits * spec.row_groups, spec.columns)
    walk = codes.reshape(shape).astype(unsigned(spec.column_sum_bits))
    for read in range(1, shape[1]):
        before = walk[:, read - 1]
        if read % spec.row_groups == 0:
            walk[:, read] += before
        walk[:, read] += before
    return walk


def psums_of_sums(sums: np.ndarray, row_sums: np.ndarray, spec: MacroSpec) -> np.ndarray:
    """Return psums, those of unused fields of the last beat included.

    Parameters
    ----------
    sums : ndarray of unsigned, shape (vectors, columns)
        Column sums at the end of each walk.
    row_sums : ndarray of int64, shape (vectors,)
        Sums of the inputs of each vector.
    spec : MacroSpec
        Formats and encoding.

    Returns
    -------
    ndarray of int64, shape (vectors, psum_beats * psums_per_beat)
        An unused field holds what sums of zero would give.
    """
    digits = sums.reshape(-1, spec.outputs, spec.slices)
    psums = np.zeros((len(sums), psum_beats(spec) * psums_per_beat(spec)), dtype=np.int64)
    weighted = psums[:, : spec.outputs]
    for position, weight in enumerate(spec.slice_weights):
        weighted += digits[..., position].astype(np.int64) * (weight * spec.adc.step)
    psums -= (spec.input_correction * row_sums + spec.code_correction)[:, None]
    return psums
