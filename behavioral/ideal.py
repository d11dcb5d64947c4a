"""Exact integer results, without any analog effect."""

import numpy as np

from hw_spec.macro import MacroSpec


def product(inputs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the matrix-vector products a lossless macro computes.

    Parameters
    ----------
    inputs : ndarray of int, shape (vectors, rows)
        Unsigned inputs.
    weights : ndarray of int, shape (rows, outputs)
        Signed weights.

    Returns
    -------
    ndarray of int64, shape (vectors, outputs)
    """
    return inputs.astype(np.int64) @ weights.astype(np.int64)


def psums_from_codes(codes: np.ndarray, inputs: np.ndarray, spec: MacroSpec) -> np.ndarray:
    """Return the psums that belong to a set of codes, whatever gave the codes.

    psum_w = sum_k 2**(c k) sum_b 2**b sum_a step (code - zero_code) - input_correction sum_r x_r

    Parameters
    ----------
    codes : ndarray of int, shape (vectors, input_bits, row_groups, columns)
        ADC codes; bit plane 0 is the least significant.
    inputs : ndarray of int, shape (vectors, rows)
        Inputs the codes belong to.
    spec : MacroSpec
        Formats and encoding.

    Returns
    -------
    ndarray of int64, shape (vectors, outputs)
    """
    steps = spec.adc.step * (codes.astype(np.int64) - spec.adc.zero_code)
    place = 2 ** np.arange(spec.input_bits, dtype=np.int64)
    columns = np.einsum("vbac,b->vc", steps, place)
    digits = columns.reshape(len(columns), spec.outputs, spec.slices)
    return (
        digits @ np.array(spec.slice_weights, dtype=np.int64)
        - spec.input_correction * inputs.sum(axis=1, dtype=np.int64)[:, None]
    )


def column_steps(inputs: np.ndarray, levels: np.ndarray, spec: MacroSpec) -> np.ndarray:
    """Return what each conversion of an ideal array measures, in conductance steps.

    Parameters
    ----------
    inputs : ndarray of int, shape (vectors, rows)
        Unsigned inputs.
    levels : ndarray of int, shape (rows, bit_lines)
        Cell levels.
    spec : MacroSpec
        Formats and encoding.

    Returns
    -------
    ndarray of int64, shape (vectors, input_bits, row_groups, columns)
        Column sums less what they are measured against; bit plane 0 is the least significant.
    """
    cells = levels.astype(np.int64)
    if spec.encoding == "differential":
        cells = cells[:, : spec.columns] - cells[:, spec.columns :]
    cells = cells - spec.reference_level
    planes = inputs.astype(np.int64)[:, None, :] >> np.arange(spec.input_bits)[:, None] & 1
    starts = np.arange(0, spec.rows, spec.parallel_rows)
    groups = [
        planes[..., first : first + spec.parallel_rows] @ cells[first : first + spec.parallel_rows]
        for first in starts
    ]
    return np.stack(groups, axis=2)
