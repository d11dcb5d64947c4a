"""A network in floats, as a graph of the operations that the hardware knows.

A tensor is (channels, height, width), as in torch, and bears the name of its operation; the batch
is never part of it. A dense layer is a convolution whose kernel is the whole map, so there is no
flattening.
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from network.convolution import Pool
from network.tensors import INPUT, Shape, window_places


@dataclass(frozen=True, kw_only=True, eq=False)
class FloatConvolution:
    """Convolution with biases, then ReLU, then the fused maximum."""

    name: str
    sources: tuple[str]
    weights: np.ndarray
    """float64, shape (channels, source channels, kernel height, kernel width)."""

    biases: np.ndarray
    """float64, shape (channels,)."""

    stride: int = 1
    padding: int = 0
    relu: bool = False
    pool: Pool | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class FloatScaling:
    """``x * factor + offset`` channel by channel, then ReLU."""

    name: str
    sources: tuple[str]
    factors: np.ndarray
    """float64, shape (channels,)."""

    offsets: np.ndarray
    """float64, shape (channels,)."""

    relu: bool = False

    @property
    def only_relu(self) -> bool:
        """Whether it is a ReLU and nothing else."""
        return self.relu and bool((self.factors == 1).all() and (self.offsets == 0).all())


@dataclass(frozen=True, kw_only=True)
class FloatPooling:
    """Maximum or average over windows; padding, for a maximum only, never wins."""

    name: str
    sources: tuple[str]
    kind: Literal["max", "average"]
    window: tuple[int, int]
    stride: int
    padding: int = 0


@dataclass(frozen=True, kw_only=True)
class FloatAddition:
    """Sum of two tensors of one shape, then ReLU."""

    name: str
    sources: tuple[str, str]
    relu: bool = False


@dataclass(frozen=True, kw_only=True)
class FloatConcatenation:
    """Channels of several tensors, one behind the other."""

    name: str
    sources: tuple[str, ...]


FloatOperation: TypeAlias = (
    FloatConvolution | FloatScaling | FloatPooling | FloatAddition | FloatConcatenation
)


@dataclass(frozen=True, kw_only=True, eq=False)
class FloatGraph:
    """Operations in an order in which each finds its sources computed."""

    input_shape: Shape
    """Channels, height and width of an input; its numbers lie between 0 and 1."""

    operations: tuple[FloatOperation, ...]
    output: str
    """Name of the tensor that is the result."""

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """Channels, height and width of every tensor."""
        shapes = {INPUT: self.input_shape}
        for operation in self.operations:
            sources = [shapes[source] for source in operation.sources]
            shapes[operation.name] = output_shape(operation, *sources)
        return shapes

    @cached_property
    def consumers(self) -> Counter[str]:
        """How often each tensor is used; the result of the network counts as one use."""
        used = Counter(source for operation in self.operations for source in operation.sources)
        used[self.output] += 1
        return used


def output_shape(operation: FloatOperation, *sources: Shape) -> Shape:
    """Return channels, height and width of what an operation computes.

    Raises
    ------
    ValueError
        If a window is larger than the map. What the operation is called must be added.
    """
    channels, height, width = sources[0]
    size = (height, width)
    match operation:
        case FloatConvolution():
            window = operation.weights.shape[2:]
            size = window_places(size, window, operation.stride, operation.padding)
            if operation.pool:
                pool = operation.pool
                size = window_places(size, pool.window, pool.stride, 0)
            return len(operation.weights), *size
        case FloatPooling():
            padding = operation.padding
            return channels, *window_places(size, operation.window, operation.stride, padding)
        case FloatConcatenation():
            return sum(source[0] for source in sources), *size
        case _:
            return sources[0]


def renamed(operation: FloatOperation, names: dict[str, str]) -> FloatOperation:
    """Return the operation with those of its sources renamed that have a new name."""
    sources: Any = tuple(names.get(source, source) for source in operation.sources)
    return replace(operation, sources=sources)
