"""Post-training quantisation of a graph: floats become the integers that the hardware takes.

All rounding is to the nearest, halves up.
"""

import math
from typing import Any

import numpy as np

from hw_spec import check
from network.evaluate import find_ranges
from network.fixed_point import largest_shift, round_half_up, vector_numbers
from network.formats import Format, formats, part_concatenations
from network.graph import (
    FloatAddition,
    FloatConcatenation,
    FloatConvolution,
    FloatGraph,
    FloatOperation,
    FloatPooling,
    FloatScaling,
)
from network.integer import (
    Addition,
    Concatenation,
    Convolution,
    IntegerNetwork,
    Operation,
    Pooling,
    Scaling,
)
from network.quantise import SCALE_SPAN, TOP_BIAS, TOP_MULTIPLIER


def quantise(
    graph: FloatGraph,
    calibration_images: np.ndarray,
    *,
    activation_bits: int = 8,
    weight_bits: int = 8,
) -> IntegerNetwork:
    """Return the network in integers.

    Each channel of a convolution has its own weight scale, which its multiplier takes out again.

    Parameters
    ----------
    graph : FloatGraph
        Network as :func:`network.importer.import_module` returns it.
    calibration_images : ndarray of any integer type, shape (images, height, width, channels)
        Pixels from 0 to 255. The largest number they cause in a tensor becomes the top activation;
        take them from the training set.
    activation_bits : int
        Width of the input and of all activations, from 2 to 8.
    weight_bits : int
        Width of the weights, from 2 to 8; the lowest number of that width is not used.

    Raises
    ------
    TypeError
        If the images are no integer array, or a width no integer.
    ValueError
        If the images have a wrong shape or range, if they leave a tensor all zero, if a convolution
        has no weights, or if a number is too large for its width. The message names the operation.
    """
    check.integer("Activation width", activation_bits, 2, 8)
    check.integer("Weight width", weight_bits, 2, 8)
    graph = part_concatenations(graph)
    found = formats(graph, find_ranges(graph, calibration_images), activation_bits)
    operations = [
        _lower(
            operation,
            [found[source] for source in operation.sources],
            found[operation.name],
            activation_bits,
            2 ** (weight_bits - 1) - 1,
        )
        for operation in graph.operations
    ]
    channels, height, width = graph.input_shape
    return IntegerNetwork(
        input_shape=(height, width, channels),
        input_bits=activation_bits,
        operations=tuple(operations),
        output=graph.output,
    )


def _lower(
    operation: FloatOperation, sources: list[Format], own: Format, bits: int, top_weight: int
) -> Operation:
    """Return one operation in integers."""
    output: dict[str, Any] = {"zero": own.zero, "scale": own.scale, "bits": bits}
    scales = np.array([source.scale / own.scale for source in sources])
    zeros = [source.zero for source in sources]
    match operation:
        case FloatConvolution():
            return _convolution(operation, sources[0], own, bits, top_weight)
        case FloatPooling():
            scaling: dict[str, Any] = {"multiplier": 1, "bias": 0, "shift": 0}
            if operation.kind == "average":
                area = math.prod(operation.window)
                zeros = [zeros[0] * area]
                many, biases, shift = vector_numbers(
                    operation.name, scales[None] / area, own.zero, zeros
                )
                scaling = {"multiplier": int(many[0, 0]), "bias": int(biases[0]), "shift": shift}
            return Pooling(
                name=operation.name,
                source=operation.sources[0],
                kind=operation.kind,
                window=operation.window,
                stride=operation.stride,
                padding=operation.padding,
                **scaling,
                **output,
            )
        case FloatAddition():
            many, biases, shift = vector_numbers(operation.name, scales[None], own.zero, zeros)
            return Addition(
                name=operation.name,
                sources=operation.sources,
                multipliers=(int(many[0, 0]), int(many[0, 1])),
                bias=int(biases[0]),
                shift=shift,
                **output,
            )
        case FloatScaling():
            ratios = operation.factors[:, None] * scales
            offsets = operation.offsets / own.scale
            many, biases, shift = vector_numbers(operation.name, ratios, own.zero, zeros, offsets)
            return Scaling(
                name=operation.name,
                source=operation.sources[0],
                multipliers=many[:, 0],
                biases=biases,
                shift=shift,
                **output,
            )
        case FloatConcatenation():
            return Concatenation(name=operation.name, sources=operation.sources, **output)


def _convolution(
    operation: FloatConvolution, source: Format, own: Format, bits: int, top_weight: int
) -> Convolution:
    name = operation.name
    weights = operation.weights.transpose(2, 3, 1, 0)
    peaks = np.abs(weights).max(axis=(0, 1, 2))
    if not peaks.max() > 0:
        raise ValueError(f"Largest weight of {name!r} must be above 0, not {float(peaks.max())!r}")
    weight_scales = np.maximum(peaks, peaks.max() / SCALE_SPAN) / top_weight
    psum_scales = weight_scales * source.scale
    integers = round_half_up(weights / weight_scales)
    biases = round_half_up(operation.biases / psum_scales) - source.zero * integers.sum(
        axis=(0, 1, 2)
    )
    largest = float(np.abs(biases).max())
    if not largest <= TOP_BIAS:
        raise ValueError(
            f"Largest bias of {name!r} must be at most {TOP_BIAS} psum units, not {largest!r}"
        )
    ratios = psum_scales / own.scale
    shift = largest_shift(name, ratios, TOP_MULTIPLIER)
    return Convolution(
        name=name,
        source=operation.sources[0],
        weights=integers.astype(np.int8),
        biases=biases.astype(np.int32),
        multipliers=round_half_up(ratios * 2.0**shift).astype(np.uint16),
        shift=shift,
        zero=own.zero,
        scale=own.scale,
        bits=bits,
        stride=operation.stride,
        padding=operation.padding,
        pad_value=source.zero,
        pool=operation.pool,
    )
