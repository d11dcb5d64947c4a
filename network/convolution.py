"""The one operation that runs on arrays: a convolution, or a dense layer as one."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from hw_spec import check
from network.place import typed_array
from network.tensors import STRICT, TOP_ACTIVATION, Array, check_output, check_window

WEIGHTS_OF_CHANNEL = 2**30
"""Most weights of one output channel: so many 8-bit products, with a 32-bit bias and a 16-bit
multiplier, stay within 63 bits."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Maximum over windows that do not overlap and lie within the map."""

    __pydantic_config__: ClassVar = STRICT

    window: tuple[int, int]
    """Height and width of a window, in pixels."""

    stride: int
    """From one window to the next, both ways; at least the larger side of the window."""

    def __post_init__(self) -> None:
        check_window(self.window, self.stride, 0)
        if self.stride < max(self.window):
            raise ValueError(
                f"stride of a fused pool must be at least {max(self.window)}, its window, "
                f"not {self.stride}"
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class Convolution:
    """Convolution or dense layer: psums of windows, requantised, then pooled.

    ``psum = sum of q * w`` over a window of raw activations, ``pad_value`` outside the map;
    ``requantise(psum, bias, multiplier, shift, zero)``; then the maximum over the pooling window.
    A dense layer is a convolution whose kernel is the whole map.
    """

    __pydantic_config__: ClassVar = STRICT

    name: str
    source: str
    weights: Array
    """int8, shape (kernel height, kernel width, source channels, channels); -128 is not used."""

    biases: Array
    """In psum units, the zero point of the source folded in; int32, shape (channels,)."""

    multipliers: Array
    """uint16, shape (channels,)."""

    shift: int
    zero: int
    """Zero point of the output; 0 if a ReLU is fused, which is then the saturation at 0."""

    scale: float
    """What one step of the output means in the float network."""

    bits: int
    """Width of an activation of the output."""

    stride: int
    padding: int
    pad_value: int
    """What is read outside the map: the zero point of the source."""

    pool: Pool | None = None
    operation: Literal["convolution"] = "convolution"

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the tensors it reads."""
        return (self.source,)

    def __post_init__(self) -> None:
        shape = typed_array("weights", self.weights, np.int8, (None, None, None, None))
        if math.prod(shape[:3]) > WEIGHTS_OF_CHANNEL:
            raise ValueError(
                f"'weights' of a channel must be at most {WEIGHTS_OF_CHANNEL}, so that scaled "
                f"psums fit in 63 bits, not {math.prod(shape[:3])}"
            )
        if self.weights.min() < -127:
            raise ValueError("'weights' must be between -127 and 127, not -128")
        typed_array("biases", self.biases, np.int32, shape[3:])
        typed_array("multipliers", self.multipliers, np.uint16, shape[3:])
        check_window(shape[:2], self.stride, self.padding)
        check.integer("'pad_value'", self.pad_value, 0, TOP_ACTIVATION)
        check_output(self.shift, self.zero, self.scale, self.bits)
