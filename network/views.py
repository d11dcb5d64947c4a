"""Calls that compute nothing: they look at a tensor in another way, or ask for its size."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from network.site import Site, Value

BATCH = 1009
"""Stands for the number of images where a network computes with sizes."""


def flatten(site: Site, input: object, start_dim: int = 0, end_dim: int = -1) -> Value:
    """Return the same tensor as a vector."""
    x = site.tensor(input)
    last = 1 if x.flat else 3
    if start_dim != 1 or end_dim not in (-1, last):
        site.refuse("run from dim 1 to the last", (start_dim, end_dim))
    return replace(x, flat=True)


def view(site: Site, input: object, *sizes: Any) -> Value:
    """Return the same tensor as a vector, which is the only new shape that is known."""
    x = site.tensor(input)
    wanted = tuple(sizes[0]) if isinstance(sizes[0], Sequence) else sizes
    length = size(site, flatten(site, x, 1), 1)
    if wanted not in ((BATCH, -1), (BATCH, length), (-1, length)):
        site.refuse(f"give a vector of {length} numbers per image", wanted)
    return replace(x, flat=True)


def dropout(
    site: Site, input: object, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Value:
    """Return the same tensor: nothing is dropped in use."""
    site.demand("training", training, False)
    return site.tensor(input)


def identity(site: Site, input: object) -> Value:
    """Return the same tensor."""
    return site.tensor(input)


def size(site: Site, input: object, dim: int | None = None) -> Any:
    """Return the size of a tensor as torch would, with ``BATCH`` for the images."""
    x = site.tensor(input)
    channels, height, width = x.shape
    sizes = (BATCH, channels * height * width) if x.flat else (BATCH, channels, height, width)
    return sizes if dim is None else sizes[dim]


def attribute(site: Site, input: object, name: str) -> Any:
    """Return the shape of a tensor, the only attribute that is known."""
    if name != "shape":
        site.refuse("read 'shape' only", name)
    return size(site, input)
