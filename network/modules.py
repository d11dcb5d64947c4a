"""What a module of torch becomes."""

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import nn

from network import calls, views
from network.graph import FloatConvolution, FloatScaling
from network.site import Made, Site, Value


def convolution(site: Site, module: nn.Conv2d, input: object) -> Made:
    """Return a convolution."""
    x = site.map(input)
    site.demand("groups", module.groups, 1)
    site.demand("dilation", site.one("dilation", module.dilation), 1)
    site.demand("padding_mode", module.padding_mode, "zeros")
    site.demand("in_channels", module.in_channels, x.shape[0])
    stride = site.one("stride", module.stride)
    operation = FloatConvolution(
        name=site.name,
        sources=(x.name,),
        weights=site.numbers(module, "weight"),
        biases=_biases(site, module, module.out_channels),
        stride=stride,
        padding=_padding(site, module),
    )
    return site.make(operation, x)


def linear(site: Site, module: nn.Linear, input: object) -> Made:
    """Return a dense layer: a convolution whose kernel is the whole map."""
    x = site.tensor(input)
    channels, height, width = x.shape
    if not x.flat:
        raise ValueError(
            f"{site.subject} must follow a flattening, not a map of {height} x {width} pixels"
        )
    site.demand("in_features", module.in_features, channels * height * width)
    weights = site.numbers(module, "weight")
    operation = FloatConvolution(
        name=site.name,
        sources=(x.name,),
        # torch flattens channel by channel, row by row.
        weights=weights.reshape(-1, channels, height, width),
        biases=_biases(site, module, module.out_features),
    )
    return site.make(operation, x, flat=True)


def batch_norm(site: Site, module: nn.BatchNorm1d | nn.BatchNorm2d, input: object) -> Made:
    """Return the scaling that a batch norm is once it is trained."""
    x = site.map(input) if isinstance(module, nn.BatchNorm2d) else site.tensor(input)
    site.unflattened(x)
    site.demand("num_features", module.num_features, x.shape[0])
    site.demand("track_running_stats", module.running_var is not None, True)
    variances = site.numbers(module, "running_var") + module.eps
    if not variances.min() > 0:
        site.refuse("have 'running_var' above 0", float(variances.min()))
    factors = 1 / np.sqrt(variances)
    if module.affine:
        factors = factors * site.numbers(module, "weight")
    offsets = -site.numbers(module, "running_mean") * factors
    if module.affine:
        offsets = offsets + site.numbers(module, "bias")
    operation = FloatScaling(name=site.name, sources=(x.name,), factors=factors, offsets=offsets)
    return site.make(operation, x, flat=x.flat)


def relu(site: Site, module: nn.ReLU, input: object) -> Made:
    """Return a ReLU."""
    return calls.relu(site, input, module.inplace)


def max_pool(site: Site, module: nn.MaxPool2d, input: object) -> Made:
    """Return a maximum over windows."""
    return calls.max_pool(
        site,
        input,
        module.kernel_size,
        module.stride,
        module.padding,
        module.dilation,
        module.ceil_mode,
        module.return_indices,
    )


def avg_pool(site: Site, module: nn.AvgPool2d, input: object) -> Made:
    """Return an average over windows."""
    return calls.avg_pool(
        site,
        input,
        module.kernel_size,
        module.stride,
        module.padding,
        module.ceil_mode,
        module.count_include_pad,
        module.divisor_override,
    )


def adaptive_avg_pool(site: Site, module: nn.AdaptiveAvgPool2d, input: object) -> Made:
    """Return the average over the whole map."""
    return calls.adaptive_avg_pool(site, input, module.output_size)


def flatten(site: Site, module: nn.Flatten, input: object) -> Value:
    """Return the same tensor as a vector."""
    return views.flatten(site, input, module.start_dim, module.end_dim)


def same(site: Site, module: nn.Module, input: object) -> Value:
    """Return the same tensor."""
    return site.tensor(input)


def _padding(site: Site, module: nn.Conv2d) -> int:
    match module.padding:
        case "valid":
            return 0
        case "same":
            # torch allows it with stride 1 only; an even kernel would be padded on one side more.
            if not all(side % 2 for side in module.kernel_size):
                site.refuse("have an odd kernel for padding 'same'", module.kernel_size)
            return site.one("padding 'same'", tuple(side // 2 for side in module.kernel_size))
        case padding:
            return site.one("padding", padding)


def _biases(site: Site, module: nn.Module, channels: int) -> np.ndarray:
    return np.zeros(channels) if module.bias is None else site.numbers(module, "bias")


MODULES: dict[type[nn.Module], Callable[..., Any]] = {
    nn.Conv2d: convolution,
    nn.Linear: linear,
    nn.BatchNorm1d: batch_norm,
    nn.BatchNorm2d: batch_norm,
    nn.ReLU: relu,
    nn.MaxPool2d: max_pool,
    nn.AvgPool2d: avg_pool,
    nn.AdaptiveAvgPool2d: adaptive_avg_pool,
    nn.Flatten: flatten,
    nn.Dropout: same,
    nn.Dropout2d: same,
    nn.Identity: same,
}
