"""Tensors of an integer network, and the rules that all its operations share.

A tensor is uint8 with channels last: (height, width, channels). Its activations q are unsigned and
mean ``scale * (q - zero)``. A tensor bears the name of the operation that computes it; the input of
the network is named ``input``.
"""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import ConfigDict, PlainValidator, ValidationInfo

from hw_spec import check

INPUT = "input"
"""Name of the tensor that holds the input of the network."""

TOP_ACTIVATION = 255
"""Largest activation of the widest tensor."""

TOP_SHIFT = 46
"""Largest right shift."""

LARGEST_SIDE = 2**12
"""Largest stride, padding, and side of a window or an input, in pixels."""

Shape: TypeAlias = tuple[int, int, int]
"""Height, width and channels of a tensor."""

STRICT = ConfigDict(strict=True, extra="forbid")
"""How pydantic reads operations from a file."""


def _from_file(value: object, info: ValidationInfo) -> np.ndarray:
    arrays: dict[str, np.ndarray] = info.context or {}
    key = value.get("array") if isinstance(value, dict) else None
    if not isinstance(key, str) or key not in arrays:
        raise ValueError(f"{info.field_name!r} must be an array of the file, not {value!r}")
    return arrays[key]


Array: TypeAlias = Annotated[np.ndarray, PlainValidator(_from_file)]
"""An array; in a file it is ``{"array": KEY}``, which pydantic looks up in its context."""


def check_window(window: tuple[int, ...], stride: int, padding: int) -> None:
    """Check the numbers of a window that moves over a map.

    Raises
    ------
    TypeError
        If one is no integer.
    ValueError
        If one is out of range.
    """
    for side in window:
        check.integer("Each side of a window", side, 1, LARGEST_SIDE)
    check.integer("'stride'", stride, 1, LARGEST_SIDE)
    check.integer("'padding'", padding, 0, LARGEST_SIDE)


def check_output(shift: int, zero: int, scale: float, bits: int) -> None:
    """Check the numbers that describe the output of an operation.

    Raises
    ------
    TypeError
        If one is no integer that must be.
    ValueError
        If one is out of range.
    """
    check.integer("'shift'", shift, 0, TOP_SHIFT)
    check.integer("'bits'", bits, 1, 8)
    check.integer("'zero'", zero, 0, 2**bits - 1)
    if not 0 < scale < float("inf"):
        raise ValueError(f"'scale' must be above 0 and finite, not {scale!r}")


def window_places(
    size: tuple[int, int], window: tuple[int, int], stride: int, padding: int
) -> tuple[int, int]:
    """Return how many windows lie below and beside each other on a map.

    Raises
    ------
    ValueError
        If not even one lies on the map and its padding.
    """
    padded = tuple(side + 2 * padding for side in size)
    if padded[0] < window[0] or padded[1] < window[1]:
        raise ValueError(
            f"window must be at most {padded[0]} x {padded[1]} pixels, as the padded map, "
            f"not {window[0]} x {window[1]}"
        )
    return (padded[0] - window[0]) // stride + 1, (padded[1] - window[1]) // stride + 1
