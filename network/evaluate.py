"""Runs a float graph, and finds the ranges of its tensors."""

import numpy as np
import torch
from torch.nn import functional

from network.graph import (
    FloatAddition,
    FloatConcatenation,
    FloatConvolution,
    FloatGraph,
    FloatOperation,
    FloatPooling,
    FloatScaling,
)
from network.integer import checked_images
from network.tensors import INPUT, TOP_ACTIVATION

IMAGES_AT_ONCE = 32
"""Images whose tensors are held at once while ranges are found."""

RANGE_BITS = 10
"""Binary digits of a range. They widen it by less than a step of an activation."""


def evaluate(
    graph: FloatGraph, images: np.ndarray, dtype: torch.dtype = torch.float32
) -> dict[str, torch.Tensor]:
    """Return all tensors of some images.

    Parameters
    ----------
    graph : FloatGraph
        Network to run.
    images : ndarray of any integer type, shape (images, height, width, channels)
        Pixels from 0 to 255, which mean 0 to 1.
    dtype : torch.dtype
        Type to compute in.

    Returns
    -------
    dict of str to Tensor of ``dtype``, shape (images, channels, height, width)
        Tensors by name, the input among them.

    Raises
    ------
    TypeError
        If the images are no integer array.
    ValueError
        If their shape or range is wrong.
    """
    channels, height, width = graph.input_shape
    pixels = checked_images(images, (height, width, channels), 8)
    inputs = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(dtype) / TOP_ACTIVATION
    tensors = {INPUT: inputs.contiguous()}
    for operation in graph.operations:
        sources = [tensors[source] for source in operation.sources]
        tensors[operation.name] = _apply(operation, sources)
    return tensors


def find_ranges(graph: FloatGraph, images: np.ndarray) -> dict[str, float]:
    """Return the largest size of a number in each tensor but the input, over all images.

    Sums of floats come out a little different on other processors. Sizes are rounded up to
    `RANGE_BITS` binary digits, so that what follows from them does not.

    Parameters and errors are those of :func:`evaluate`.
    """
    ranges = {operation.name: 0.0 for operation in graph.operations}
    for first in range(0, max(1, len(images)), IMAGES_AT_ONCE):
        tensors = evaluate(graph, images[first : first + IMAGES_AT_ONCE])
        for name in ranges:
            peak = float(tensors[name].abs().max())
            ranges[name] = float(np.maximum(ranges[name], peak))  # which keeps a NaN
    return {name: _rounded_up(size) for name, size in ranges.items()}


def _rounded_up(size: float) -> float:
    """Return a size with `RANGE_BITS` binary digits; NaN and infinity stay."""
    digits, exponent = np.frexp(size)
    return float(np.ldexp(np.ceil(np.ldexp(digits, RANGE_BITS)), exponent - RANGE_BITS))


def _apply(operation: FloatOperation, sources: list[torch.Tensor]) -> torch.Tensor:
    x = sources[0]
    match operation:
        case FloatConvolution():
            x = functional.conv2d(
                x,
                torch.from_numpy(operation.weights).to(x),
                torch.from_numpy(operation.biases).to(x),
                stride=operation.stride,
                padding=operation.padding,
            )
            if operation.pool:
                x = functional.max_pool2d(x, operation.pool.window, operation.pool.stride)
        case FloatScaling():
            factors = torch.from_numpy(operation.factors).to(x)
            x = (
                x * factors[:, None, None]
                + torch.from_numpy(operation.offsets).to(x)[:, None, None]
            )
        case FloatPooling(kind="max"):
            return functional.max_pool2d(x, operation.window, operation.stride, operation.padding)
        case FloatPooling():
            return functional.avg_pool2d(x, operation.window, operation.stride)
        case FloatAddition():
            x = x + sources[1]
        case FloatConcatenation():
            return torch.cat(sources, dim=1)
    return x.relu() if operation.relu else x
