"""Arithmetic of the vector unit of a tile."""

from collections.abc import Sequence

import numpy as np

from hw_spec.numbers import saturate_unsigned, shift_right_rounded
from hw_spec.program import Kind, Piece
from hw_spec.tile import VECTOR_SUM_BITS


def vector_results(
    words: np.ndarray,
    pieces: Sequence[Piece],
    scales: np.ndarray,
    *,
    kind: Kind,
    shift: int,
    bits: int,
) -> np.ndarray:
    """Return the results of the words of a list, lane by lane.

    SUM: bias of the word that begins, plus each word times its multiplier. MAXIMUM: the largest.
    Both are shifted right, rounded, and saturated.

    Parameters
    ----------
    words : ndarray of int, shape (..., words, lanes)
        Words of the list, unsigned.
    pieces : sequence of Piece
        The list; its last piece ends a result, so that none is left open.
    scales : ndarray of int, shape (scale words, lanes, 2)
        Multiplier and bias of each lane.
    kind : Kind
        SUM or MAXIMUM.
    shift : int
        Right shift.
    bits : int
        Width of the unsigned results.

    Returns
    -------
    ndarray of int64, shape (..., results, lanes)

    Raises
    ------
    ValueError
        If the first word does not begin, or the last piece does not end a result.
    """
    closing = [piece for piece in pieces if piece.closes]
    if not closing or not closing[0].begins or not (pieces[-1].closes and pieces[-1].ends):
        raise ValueError("A list of the vector unit must begin, and its last piece end, a result")
    sums = np.zeros_like(words[..., 0, :], dtype=np.int64)
    results = []
    for number, piece in enumerate(closing):
        word = words[..., number, :].astype(np.int64)
        if kind == Kind.MAXIMUM:
            sums = word if piece.begins else np.maximum(sums, word)
        else:
            multiplier, bias = scales[piece.block].astype(np.int64).T
            sums = (bias if piece.begins else sums) + word * multiplier
            half = 2 ** (VECTOR_SUM_BITS - 1)
            sums = (sums + half) % (2 * half) - half
        if piece.ends:
            results.append(saturate_unsigned(shift_right_rounded(sums, shift), bits))
    return np.stack(results, axis=-2)
