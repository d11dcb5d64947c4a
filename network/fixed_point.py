"""Fixed-point numbers: floats become integers and the one right shift that they share."""

import math

import numpy as np

from network.quantise import TOP_BIAS
from network.tensors import TOP_SHIFT

TOP_SIGNED_MULTIPLIER = 2**15 - 1


def vector_numbers(
    name: str, ratios: np.ndarray, zero: int, zeros: list[int], offsets: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return integers that compute ``sum of ratio * (q - zero) + offset`` in steps of the output.

    Parameters
    ----------
    name : str
        Operation that errors speak of.
    ratios : ndarray of float64, shape (channels, terms)
        Steps of the output per step of the term.
    zero : int
        Zero point of the output.
    zeros : list of int
        Zero point of each term.
    offsets : ndarray of float64, shape (channels,), or float
        In steps of the output.

    Returns
    -------
    multipliers : ndarray of int16, shape (channels, terms)
    biases : ndarray of int32, shape (channels,)
        All zero points and offsets.
    shift : int
        The largest with which multipliers and biases fit.
    """
    offsets = np.broadcast_to(offsets + zero, len(ratios))
    largest = np.abs(offsets) + np.abs(ratios) @ zeros
    # Less what the rounding of the multipliers can add to a bias.
    top_bias = TOP_BIAS - sum(zeros) - 1
    shift = min(
        largest_shift(name, ratios, TOP_SIGNED_MULTIPLIER), largest_shift(name, largest, top_bias)
    )
    multipliers = round_half_up(ratios * 2.0**shift)
    biases = round_half_up(offsets * 2.0**shift) - multipliers @ zeros
    return multipliers.astype(np.int16), biases.astype(np.int32), shift


def largest_shift(name: str, numbers: np.ndarray, top: int) -> int:
    """Return the largest shift with which all numbers, shifted left by it, are at most ``top``."""
    largest = float(np.abs(numbers).max())
    if largest == 0:
        return TOP_SHIFT
    if not largest <= top:
        raise ValueError(f"Largest factor of {name!r} must be at most {top}, not {largest!r}")
    return min(TOP_SHIFT, math.floor(math.log2(top) - math.log2(largest)))


def round_half_up(value: np.ndarray) -> np.ndarray:
    """Return the nearest whole numbers as floats, halves towards plus infinity."""
    return np.floor(value + 0.5)
