"""What a call of a function or method becomes. Arguments are named as those of torch."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from network.graph import FloatAddition, FloatConcatenation, FloatPooling, FloatScaling
from network.site import Made, Site
from network.views import attribute, dropout, flatten, identity, size, view


def relu(site: Site, input: object, inplace: bool = False) -> Made:
    """Return a ReLU, as a scaling by 1."""
    x = site.tensor(input)
    ones, zeros = np.ones(x.shape[0]), np.zeros(x.shape[0])
    operation = FloatScaling(
        name=site.name, sources=(x.name,), factors=ones, offsets=zeros, relu=True
    )
    return site.make(operation, x, flat=x.flat, in_place=inplace)


def relu_(site: Site, input: object) -> Made:
    """Return a ReLU that overwrites its source."""
    return relu(site, input, inplace=True)


def max_pool(
    site: Site,
    input: object,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Made:
    """Return a maximum over windows."""
    site.demand("dilation", site.one("dilation", dilation), 1)
    site.demand("ceil_mode", ceil_mode, False)
    site.demand("return_indices", return_indices, False)
    window = site.pair("kernel_size", kernel_size)
    around = site.one("padding", padding)
    if 2 * around > min(window):
        site.refuse("have a padding of at most half its window", padding)
    return _pool(site, input, "max", window, site.one("stride", stride or kernel_size), around)


def avg_pool(
    site: Site,
    input: object,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Made:
    """Return an average over windows; without padding, ``count_include_pad`` changes nothing."""
    site.demand("padding", site.one("padding", padding), 0)
    site.demand("ceil_mode", ceil_mode, False)
    site.demand("divisor_override", divisor_override, None)
    window = site.pair("kernel_size", kernel_size)
    return _pool(site, input, "average", window, site.one("stride", stride or kernel_size), 0)


def adaptive_avg_pool(site: Site, input: object, output_size: Any) -> Made:
    """Return the average over the whole map."""
    site.demand("output_size", site.one("output_size", output_size), 1)
    return _pool(site, input, "average", site.map(input).shape[1:], 1, 0)


def mean(site: Site, input: object, dim: Any = None, keepdim: bool = False) -> Made:
    """Return the average over the whole map."""
    dims = dim if isinstance(dim, Sequence) else [dim]
    if {axis % 4 if isinstance(axis, int) else axis for axis in dims} != {2, 3}:
        site.refuse("run over dim (2, 3)", dim)
    made = _pool(site, input, "average", site.map(input).shape[1:], 1, 0)
    return replace(made, value=replace(made.value, flat=not keepdim))


def add(site: Site, input: object, other: object, *, alpha: float = 1) -> Made:
    """Return the sum of two tensors."""
    a, b = site.tensor(input), site.tensor(other)
    site.demand("alpha", alpha, 1)
    if (a.shape, a.flat) != (b.shape, b.flat):
        site.refuse(f"add a tensor of shape {a.shape}", b.shape)
    operation = FloatAddition(name=site.name, sources=(a.name, b.name))
    return site.make(operation, a, b, flat=a.flat)


def add_(site: Site, input: object, other: object, *, alpha: float = 1) -> Made:
    """Return the sum of two tensors, which overwrites the first."""
    return replace(add(site, input, other, alpha=alpha), in_place=True)


def cat(site: Site, tensors: Any, dim: int = 0) -> Made:
    """Return the channels of tensors, one behind the other."""
    values = [site.tensor(tensor) for tensor in tensors]
    first = values[0]
    if dim not in (1, -1 if first.flat else -3):
        site.refuse("run over dim 1, the channels", dim)
    for value in values:
        if (value.shape[1:], value.flat) != (first.shape[1:], first.flat):
            site.refuse(f"join maps of {first.shape[1:]} pixels", value.shape[1:])
        site.unflattened(value)
    names = tuple(value.name for value in values)
    operation = FloatConcatenation(name=site.name, sources=names)
    return site.make(operation, *values, flat=first.flat)


def _pool(
    site: Site, input: object, kind: Any, window: tuple[int, int], stride: int, padding: int
) -> Made:
    x = site.map(input)
    operation = FloatPooling(
        name=site.name,
        sources=(x.name,),
        kind=kind,
        window=window,
        stride=stride,
        padding=padding,
    )
    return site.make(operation, x)


FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    functional.relu: relu,
    torch.relu: relu,
    torch.relu_: relu_,
    functional.relu_: relu_,
    functional.max_pool2d: max_pool,
    torch.max_pool2d: max_pool,
    functional.avg_pool2d: avg_pool,
    functional.adaptive_avg_pool2d: adaptive_avg_pool,
    torch.mean: mean,
    operator.add: add,
    torch.add: add,
    torch.cat: cat,
    torch.concat: cat,
    torch.flatten: flatten,
    torch.reshape: view,
    functional.dropout: dropout,
    functional.dropout2d: dropout,
    getattr: attribute,
}

METHODS: dict[str, Callable[..., Any]] = {
    "relu": relu,
    "relu_": relu_,
    "mean": mean,
    "add": add,
    "add_": add_,
    "flatten": flatten,
    "view": view,
    "reshape": view,
    "contiguous": identity,
    "size": size,
}
