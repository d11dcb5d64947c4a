"""The exact integer network: what an ideal chip computes, bit for bit."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Discriminator

from hw_spec import check
from network.compute import Operation, activations, apply, output_shape, psums, window_vectors
from network.convolution import Convolution, Pool
from network.tensors import INPUT, LARGEST_SIDE, STRICT, Shape
from network.vector import Addition, Concatenation, Pooling, Scaling

__all__ = [
    "INPUT",
    "Addition",
    "Concatenation",
    "Convolution",
    "IntegerNetwork",
    "Operation",
    "Pool",
    "Pooling",
    "Scaling",
    "Shape",
    "activations",
    "apply",
    "classify",
    "outputs",
    "pixels",
    "psums",
    "run",
    "window_vectors",
]

IMAGES_AT_ONCE = 64
"""Images whose tensors are held at once when only the output is wanted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerNetwork:
    """Operations in an order in which each finds its sources computed.

    Raises
    ------
    TypeError
        If a member is of a wrong type.
    ValueError
        If operations do not fit together. The message names the first that does not.
    """

    __pydantic_config__: ClassVar = STRICT

    input_shape: Shape
    """Height, width and channels of an input image."""

    input_bits: int
    """Width of an input; its zero point is 0, its top means 1."""

    operations: tuple[Annotated[Operation, Discriminator("operation")], ...]
    output: str
    """Name of the tensor that is the result."""

    def __post_init__(self) -> None:
        for side in self.input_shape:
            check.integer("Each number of 'input_shape'", side, 1, LARGEST_SIDE)
        check.integer("'input_bits'", self.input_bits, 1, 8)
        if not self.operations:
            raise ValueError("'operations' must be one or more, not none")
        zeros = {INPUT: (1 / (2**self.input_bits - 1), 0)}
        for operation in self.operations:
            subject = f"Operation {operation.name!r}"
            if not operation.name.isprintable():
                raise ValueError(f"{subject} must have a name that can be printed")
            if operation.name in zeros:
                raise ValueError(f"{subject} must have a name of its own")
            for source in operation.sources:
                check.one_of(f"{subject}: source", source, zeros)
            _check_zeros(operation, [zeros[source] for source in operation.sources])
            zeros[operation.name] = (operation.scale, operation.zero)
        check.one_of("'output'", self.output, zeros)
        _ = self.shapes  # raises if shapes do not fit

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """Shape of every tensor, in the order in which they are computed, the input first."""
        shapes = {INPUT: self.input_shape}
        for operation in self.operations:
            sources = [shapes[source] for source in operation.sources]
            try:
                shapes[operation.name] = output_shape(operation, *sources)
            except ValueError as error:
                raise ValueError(f"Operation {operation.name!r}: {error}") from None
        return shapes


def _check_zeros(operation: Operation, sources: list[tuple[float, int]]) -> None:
    """Check that an operation agrees with the scales and zero points of its sources."""
    subject, own = f"Operation {operation.name!r}", (operation.scale, operation.zero)
    if isinstance(operation, Convolution) and operation.pad_value != sources[0][1]:
        raise ValueError(
            f"{subject} must pad with {sources[0][1]}, the zero point of its source, "
            f"not {operation.pad_value}"
        )
    if isinstance(operation, Concatenation) or getattr(operation, "kind", None) == "max":
        for source in sources:
            if source != own:
                raise ValueError(
                    f"{subject} must have the scale and zero point of its sources, {source}, "
                    f"not {own}"
                )


def run(network: IntegerNetwork, images: np.ndarray) -> dict[str, np.ndarray]:
    """Return all tensors of some images.

    Parameters
    ----------
    network : IntegerNetwork
        Network to run.
    images : ndarray of any integer type, shape (images, *network.input_shape)
        Inputs from 0 to ``2**network.input_bits - 1``.

    Returns
    -------
    dict of str to ndarray of uint8, shape (images, height, width, channels)
        Tensors by name, the input among them.

    Raises
    ------
    TypeError
        If the images are no integer array.
    ValueError
        If their shape or range is wrong.
    """
    tensors = {INPUT: checked_images(images, network.input_shape, network.input_bits)}
    for operation in network.operations:
        sources = [tensors[source] for source in operation.sources]
        tensors[operation.name] = apply(operation, *sources)
    return tensors


def outputs(network: IntegerNetwork, images: np.ndarray) -> np.ndarray:
    """Return the output of any number of images, with bounded memory.

    Parameters and errors are those of :func:`run`.

    Returns
    -------
    ndarray of uint8, shape (images, height, width, channels)
    """
    images = checked_images(images, network.input_shape, network.input_bits)
    return np.concatenate([run(network, part)[network.output] for part in _parts(images)])


def classify(outputs: np.ndarray) -> np.ndarray:
    """Return the label of each image, the lowest of those with the largest output; int64."""
    return outputs.reshape(len(outputs), -1).argmax(axis=1)


def pixels(images: np.ndarray, bits: int) -> np.ndarray:
    """Return 8-bit pixels as inputs of ``bits``, rounded to the nearest; uint8."""
    top = 2**bits - 1
    return ((images.astype(np.int64) * top + 127) // 255).astype(np.uint8)


def checked_images(images: object, shape: Shape, bits: int) -> np.ndarray:
    """Return images as uint8 if they are integers of ``bits`` and each is of ``shape``.

    Raises
    ------
    TypeError
        If the images are no integer array.
    ValueError
        If there is none, or if their shape or range is wrong.
    """
    if not isinstance(images, np.ndarray) or images.dtype.kind not in "iu":
        kind = images.dtype.name if isinstance(images, np.ndarray) else type(images).__name__
        raise TypeError(f"Images must be an integer array, not {kind!r}")
    if images.ndim != 4 or images.shape[1:] != shape or not len(images):
        wanted = ", ".join(str(side) for side in shape)
        raise ValueError(f"Images must have shape (1 or more, {wanted}), not {images.shape}")
    for extreme in (int(images.min()), int(images.max())):
        if not 0 <= extreme < 2**bits:
            raise ValueError(f"Images must be between 0 and {2**bits - 1}, not {extreme}")
    return images.astype(np.uint8)


def _parts(images: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(images), IMAGES_AT_ONCE):
        yield images[first : first + IMAGES_AT_ONCE]
