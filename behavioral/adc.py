"""Converters with fixed references: flash, and the choice of references."""

from itertools import product

import numpy as np

from hw_spec.macro import AdcSpec


def references(adc: AdcSpec) -> np.ndarray:
    """Return the references of a linear flash ADC, rising, in conductance steps.

    Reference k (from 1) lies half a code below code k, so that a code is the nearest multiple of
    ``step`` and the error of a value within range is at most half of ``step`` (mid-tread).

    Returns
    -------
    ndarray of float64, shape (2**bits - 1,)
    """
    return (np.arange(1, 2**adc.bits) - adc.zero_code - 0.5) * adc.step


def convert(steps: np.ndarray, adc: AdcSpec) -> np.ndarray:
    """Convert column values to codes: the number of references at or below each value.

    Values outside the range give the lowest or the top code.

    Parameters
    ----------
    steps : ndarray of float32, float64 or int, any shape
        Column values, in conductance steps.
    adc : AdcSpec
        Converter, with the references of :func:`references`.

    Returns
    -------
    ndarray of uint8 or uint16, shape of ``steps``
        Codes from 0 to ``2**bits - 1``.

    Notes
    -----
    Left out: comparator offset and noise, settling.
    """
    if steps.dtype != np.float32 or 2**adc.bits * adc.step >= 2**23:
        steps = steps.astype(np.float64)  # binary32 would not hold the references
    lowest = steps.dtype.type((adc.zero_code + 0.5) * adc.step)
    codes = steps + lowest
    codes /= steps.dtype.type(adc.step)
    np.floor(codes, out=codes)
    # Sum and quotient are rounded, which may lift a value to a reference that it does not reach.
    reference = codes * steps.dtype.type(adc.step)
    reference -= lowest
    codes -= steps < reference
    return np.clip(codes, 0, 2**adc.bits - 1, out=codes).astype(code_type(adc))


def histogram(codes: np.ndarray, adc: AdcSpec) -> np.ndarray:
    """Return how often each code occurs.

    Parameters
    ----------
    codes : ndarray of uint8 or uint16, any shape
        Codes of the converter, as of :func:`convert`.
    adc : AdcSpec
        Converter.

    Returns
    -------
    ndarray of int64, shape (2**bits,)
    """
    flat = np.ascontiguousarray(codes).reshape(-1)
    if flat.dtype != np.uint8:
        return np.bincount(flat, minlength=2**adc.bits)
    # Two codes at a time, one in each byte of a number, which takes half the time.
    even = flat.size // 2 * 2
    pairs = np.bincount(flat[:even].view(np.uint16), minlength=2**adc.bits * 2**8)
    pairs = pairs.reshape(2**adc.bits, 2**8)
    counts = pairs.sum(axis=0)[: 2**adc.bits] + pairs.sum(axis=1)
    counts[flat[even:]] += 1
    return counts


def code_type(adc: AdcSpec) -> type[np.unsignedinteger]:
    """Return the smallest type that holds a code."""
    return np.uint8 if adc.bits <= 8 else np.uint16


def calibrate(steps: np.ndarray, bits: int, counts: np.ndarray | None = None) -> tuple[int, int]:
    """Choose ``step`` and ``zero_code`` of a linear ADC for a set of column values.

    Takes the pair with the least mean squared error between value and code, clipping included,
    among steps up to the least with which some zero code clips nothing. All conversions count
    alike, whatever the weight of their bit plane and slice. Done once, offline, on data kept apart
    from what will be measured.

    Parameters
    ----------
    steps : ndarray of float or int, any shape
        Column values of a calibration set, in conductance steps.
    bits : int
        Width of a code.
    counts : ndarray of int, shape of ``steps``, or None
        How often each value was seen; None: once.

    Returns
    -------
    step, zero_code : int
        Among equals the least step, then the least zero code.
    """
    top = 2**bits - 1
    values = steps
    if counts is None:
        values, counts = np.unique(steps, return_counts=True)

    def squared_error(pair: tuple[int, int]) -> float:
        step, zero = pair
        codes = np.clip(np.floor(values / step + 0.5) + zero, 0, top)
        return float(counts @ (values - step * (codes - zero)) ** 2)

    widest = max(1, int(np.ceil((max(values.max(), 0) - min(values.min(), 0)) / top)))
    return min(product(range(1, widest + 1), range(top + 1)), key=squared_error)
