"""The operations without weights: pooling, addition, scaling, concatenation.

All rounding is that of :mod:`hw_spec.numbers`.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from hw_spec import check
from network.place import typed_array
from network.tensors import STRICT, TOP_ACTIVATION, Array, check_output, check_window

TOP_VECTOR_SUM = 2**39 - 1
"""Largest size of a sum."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pooling:
    """Maximum or average over windows, one channel at a time.

    ``max``: the largest activation; outside the map counts as 0. It has multiplier 1, bias and
    shift 0, and the scale and zero point of its source.
    ``average``: ``saturate(shift_right_rounded(sum of q * multiplier + bias, shift))``.
    """

    __pydantic_config__: ClassVar = STRICT

    name: str
    source: str
    kind: Literal["max", "average"]
    window: tuple[int, int]
    """Height and width of a window, in pixels."""

    stride: int
    padding: int
    """0 for an average."""

    multiplier: int
    """From 0 to 32767."""

    bias: int
    """Signed, 32 bits; both zero points folded in."""

    shift: int
    zero: int
    scale: float
    bits: int
    operation: Literal["pooling"] = "pooling"

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the tensors it reads."""
        return (self.source,)

    def __post_init__(self) -> None:
        check.one_of("'kind'", self.kind, ("max", "average"))
        check_window(self.window, self.stride, self.padding)
        check.integer("'multiplier'", self.multiplier, 0, 2**15 - 1)
        check.integer("'bias'", self.bias, -(2**31), 2**31 - 1)
        check_output(self.shift, self.zero, self.scale, self.bits)
        _vector_sum(self.window[0] * self.window[1] * self.multiplier, abs(self.bias))
        if self.kind == "average":
            check.integer("'padding' of an average", self.padding, 0, 0)
        else:
            check.integer("'padding' of a maximum", self.padding, 0, min(self.window) // 2)
            scaling = (self.multiplier, self.bias, self.shift)
            if scaling != (1, 0, 0):
                raise ValueError(
                    f"multiplier, bias and shift of a maximum must be (1, 0, 0), not {scaling}"
                )


@dataclass(frozen=True, kw_only=True)
class Addition:
    """``saturate(shift_right_rounded(a * ma + b * mb + bias, shift))``; ReLU as saturation."""

    __pydantic_config__: ClassVar = STRICT

    name: str
    sources: tuple[str, str]
    multipliers: tuple[int, int]
    """Signed, 16 bits."""

    bias: int
    """Signed, 32 bits; all zero points folded in."""

    shift: int
    zero: int
    scale: float
    bits: int
    operation: Literal["addition"] = "addition"

    def __post_init__(self) -> None:
        for multiplier in self.multipliers:
            check.integer("Each of 'multipliers'", multiplier, -(2**15), 2**15 - 1)
        check.integer("'bias'", self.bias, -(2**31), 2**31 - 1)
        check_output(self.shift, self.zero, self.scale, self.bits)


@dataclass(frozen=True, kw_only=True, eq=False)
class Scaling:
    """``saturate(shift_right_rounded(q * multiplier + bias, shift))``, channel by channel."""

    __pydantic_config__: ClassVar = STRICT

    name: str
    source: str
    multipliers: Array
    """int16, shape (channels,)."""

    biases: Array
    """Both zero points folded in; int32, shape (channels,)."""

    shift: int
    zero: int
    scale: float
    bits: int
    operation: Literal["scaling"] = "scaling"

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the tensors it reads."""
        return (self.source,)

    def __post_init__(self) -> None:
        shape = typed_array("multipliers", self.multipliers, np.int16, (None,))
        typed_array("biases", self.biases, np.int32, shape)
        check_output(self.shift, self.zero, self.scale, self.bits)


@dataclass(frozen=True, kw_only=True)
class Concatenation:
    """Channels of several tensors of one scale and zero point, one behind the other."""

    __pydantic_config__: ClassVar = STRICT

    name: str
    sources: tuple[str, ...]
    zero: int
    scale: float
    bits: int
    operation: Literal["concatenation"] = "concatenation"

    def __post_init__(self) -> None:
        check.integer("Number of 'sources'", len(self.sources), 1, 2**16)
        check_output(0, self.zero, self.scale, self.bits)


def _vector_sum(multipliers: int, bias: int) -> None:
    largest = TOP_ACTIVATION * multipliers + bias
    if largest > TOP_VECTOR_SUM:
        raise ValueError(f"Sums must be at most {TOP_VECTOR_SUM}, but may reach {largest}")
