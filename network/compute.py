"""What each operation of an integer network computes, exactly."""

import math
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hw_spec.numbers import requantise, saturate_unsigned, shift_right_rounded
from network.convolution import Convolution
from network.tensors import TOP_ACTIVATION, Shape, window_places
from network.vector import Addition, Concatenation, Pooling, Scaling

Operation: TypeAlias = Convolution | Pooling | Addition | Scaling | Concatenation

CHUNK = 2**23
"""Activations in the windows that are multiplied at once; bounds the memory."""


def output_shape(operation: Operation, *sources: Shape) -> Shape:
    """Return the shape of what an operation computes from tensors of these shapes.

    Raises
    ------
    ValueError
        If the operation cannot be applied to tensors of these shapes.
    """
    height, width, channels = sources[0]
    match operation:
        case Convolution():
            window, weights = operation.weights.shape[:2], operation.weights.shape[2]
            size = window_places((height, width), window, operation.stride, operation.padding)
            _same("Channels of the weights", weights, channels)
            if operation.pool:
                size = window_places(size, operation.pool.window, operation.pool.stride, 0)
            return *size, operation.weights.shape[3]
        case Pooling():
            padding = operation.padding
            size = window_places((height, width), operation.window, operation.stride, padding)
            return *size, channels
        case Addition():
            _same("Shape of the second source", sources[1], sources[0])
            return sources[0]
        case Scaling():
            _same("Channels of the multipliers", len(operation.multipliers), channels)
            return sources[0]
        case Concatenation():
            for source in sources:
                _same("Map of each source", source[:2], (height, width))
            return height, width, sum(source[2] for source in sources)


def apply(operation: Operation, *sources: np.ndarray) -> np.ndarray:
    """Return the tensors that an operation computes.

    Parameters
    ----------
    operation : Operation
        Any of the five.
    *sources : ndarray of uint8, shape (images, height, width, channels)
        Tensors of its sources, in their order.

    Returns
    -------
    ndarray of uint8, shape (images, *output_shape)
    """
    match operation:
        case Convolution():
            return _convolve(operation, sources[0])
        case Pooling():
            return _pool(operation, sources[0])
        case Addition():
            a, b = (source.astype(np.int64) for source in sources)
            total = a * operation.multipliers[0] + b * operation.multipliers[1] + operation.bias
        case Scaling():
            total = sources[0] * operation.multipliers.astype(np.int64) + operation.biases
        case Concatenation():
            return np.concatenate(sources, axis=3)
    rounded = shift_right_rounded(total, operation.shift)
    return saturate_unsigned(rounded, operation.bits).astype(np.uint8)


def window_vectors(operation: Convolution, source: np.ndarray) -> np.ndarray:
    """Return the windows of a convolution as the vectors that its weights are multiplied with.

    Parameters
    ----------
    operation : Convolution
        Its kernel, stride, padding and fused pool are used.
    source : ndarray of uint8, shape (images, height, width, channels)
        Tensors it reads.

    Returns
    -------
    ndarray of uint8, shape (images * positions, kernel height * kernel width * channels)
        A vector holds a window row by row, pixel by pixel, the channel fastest; ``pad_value``
        stands for what lies outside the map. Positions of an image come row by row; with a fused
        pool they come window of the pool by window, row by row, and so do those within a window.
        Positions that no window of the pool holds are left out.
    """
    beside = (operation.padding, operation.padding)
    around = ((0, 0), beside, beside, (0, 0))
    padded = np.pad(source, around, constant_values=operation.pad_value)
    kernel = operation.weights.shape[:2]
    windows = _windows(padded, kernel, operation.stride)
    if operation.pool:
        windows = _windows(windows, operation.pool.window, operation.pool.stride)
        windows = windows.transpose(0, 1, 2, 6, 7, 4, 5, 3)
    else:
        windows = windows.transpose(0, 1, 2, 4, 5, 3)
    return windows.reshape(-1, operation.weights[..., 0].size)


def psums(operation: Convolution, vectors: np.ndarray) -> np.ndarray:
    """Return the exact psums of vectors; int64, shape (vectors, channels)."""
    matrix = operation.weights.reshape(vectors.shape[1], -1)
    # Every partial sum, in whatever order, is an integer of at most this size, hence exact.
    largest = TOP_ACTIVATION * int(np.abs(matrix, dtype=np.int64).sum(axis=0).max())
    dtype = np.float32 if largest <= 2**24 else np.float64
    return (vectors.astype(dtype) @ matrix.astype(dtype)).astype(np.int64)


def activations(operation: Convolution, psums: np.ndarray, shape: Shape) -> np.ndarray:
    """Return what follows from psums: requantised, then pooled.

    Parameters
    ----------
    operation : Convolution
        Its numbers behind the array are used.
    psums : ndarray of int64, shape (images * positions, channels)
        Psums, exact or as measured on a chip, in the order of :func:`window_vectors`.
    shape : Shape
        Shape of the output for one image.

    Returns
    -------
    ndarray of uint8, shape (images, *shape)
    """
    values = requantise(
        psums,
        bias=operation.biases.astype(np.int64),
        multiplier=operation.multipliers.astype(np.int64),
        shift=operation.shift,
        bits=operation.bits,
        zero=operation.zero,
    )
    by_window = values.astype(np.uint8).reshape(-1, *shape[:2], _pooled(operation), shape[2])
    return by_window.max(axis=3)


def _convolve(operation: Convolution, source: np.ndarray) -> np.ndarray:
    """Return what a convolution computes, a few images at a time."""
    shape = output_shape(operation, source.shape[1:])
    window = operation.weights[..., 0].size
    step = max(1, CHUNK // (shape[0] * shape[1] * _pooled(operation) * window))
    parts = []
    for first in range(0, len(source), step):
        vectors = window_vectors(operation, source[first : first + step])
        parts.append(activations(operation, psums(operation, vectors), shape))
    return np.concatenate(parts)


def _pooled(operation: Convolution) -> int:
    """Return how many positions the fused pool reduces to one."""
    return math.prod(operation.pool.window) if operation.pool else 1


def _pool(operation: Pooling, source: np.ndarray) -> np.ndarray:
    beside = (operation.padding, operation.padding)
    padded = np.pad(source, ((0, 0), beside, beside, (0, 0)))
    windows = _windows(padded, operation.window, operation.stride)
    if operation.kind == "max":
        return windows.max(axis=(4, 5))
    sums = windows.sum(axis=(4, 5), dtype=np.int64)
    rounded = shift_right_rounded(sums * operation.multiplier + operation.bias, operation.shift)
    return saturate_unsigned(rounded, operation.bits).astype(np.uint8)


def _windows(maps: np.ndarray, window: tuple[int, int], stride: int) -> np.ndarray:
    """Return views of all windows: the axes 1 and 2 number them, the last two run inside."""
    return sliding_window_view(maps, window, axis=(1, 2))[:, ::stride, ::stride]


def _same(what: str, value: object, wanted: object) -> None:
    if value != wanted:
        raise ValueError(f"{what} must be {wanted}, as the source has it, not {value}")
