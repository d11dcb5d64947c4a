"""The one rounding and saturation rule, for Python integers and integer arrays alike."""

from typing import Any, TypeAlias

Integers: TypeAlias = Any
"""An int or an integer ndarray; arithmetic is that of the operand."""


def shift_right_rounded(value: Integers, shift: int) -> Integers:
    """Return ``value / 2**shift`` rounded to the nearest integer, halves towards plus infinity.

    In hardware: add half of the last place, then shift right arithmetically.
    """
    if shift == 0:
        return value
    return (value + (1 << (shift - 1))) >> shift


def saturate_unsigned(value: Integers, bits: int) -> Integers:
    """Return ``value`` limited to the range of an unsigned number of ``bits``."""
    top = 2**bits - 1
    if isinstance(value, int):
        return max(0, min(value, top))
    return value.clip(0, top)


def requantise(
    psum: Integers,
    *,
    bias: Integers,
    multiplier: Integers,
    shift: int,
    bits: int,
    zero: int = 0,
) -> Integers:
    """Return psums as unsigned activations: add the bias, scale, round, add the zero, saturate.

    With ``zero`` 0, saturation at zero is the ReLU. The scale of a channel is
    ``multiplier / 2**shift``.

    Parameters
    ----------
    psum, bias, multiplier : int or ndarray of int64
        Psums, and the bias and multiplier of their channels; shapes broadcast. The caller keeps
        ``(psum + bias) * multiplier`` within 63 bits.
    shift : int
        Right shift, 0 or more.
    bits : int
        Width of the result.
    zero : int
        Zero point: the activation that means 0.
    """
    scaled = shift_right_rounded((psum + bias) * multiplier, shift)
    return saturate_unsigned(scaled + zero, bits)
