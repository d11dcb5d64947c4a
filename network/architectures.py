"""Structures of known networks as torch modules, from a perceptron to DenseNet.

They take images of :func:`network.images.to_tensor` and give one logit for each of 10 classes.
Weights are as torch draws them; see :mod:`network.weights`. Those for 8 x 8 x 1 are made for
``digits``, those for 32 x 32 x 3 for ``digits32`` or CIFAR-10.
"""

from collections import Counter, OrderedDict

import torch
from torch import nn

CLASSES = 10


def digits_mlp() -> nn.Module:
    """Return a perceptron for 8 x 8 x 1: 64-48-10."""
    return chain(nn.Flatten(), nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, CLASSES))


def digits_cnn() -> nn.Module:
    """Return two convolutions, each with pooling, and two dense layers for 8 x 8 x 1."""
    features = [*_convolution(1, 16), nn.ReLU(), nn.MaxPool2d(2)]
    features += [*_convolution(16, 32), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    return chain(*features, nn.Linear(4 * 32, 64), nn.ReLU(), nn.Linear(64, CLASSES))


def digits_resnet() -> nn.Module:
    """Return a convolution, two residual blocks and a dense layer for 8 x 8 x 1."""
    return _resnet(1, (16, 32), 1)


def vgg8(width: float = 1) -> nn.Module:
    """Return VGG-8 for 32 x 32 x 3 as in the 3D+NeuroSim V1.0 manual, Table II.

    Parameters
    ----------
    width : float
        Share of the published channels: 1, 1/2 or 1/4.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if width not in (1, 1 / 2, 1 / 4):
        raise ValueError(f"Width must be 1, 1/2 or 1/4, not {width!r}")
    features: list[nn.Module] = []
    inputs, hidden = 3, int(1024 * width)
    for channels in (int(full * width) for full in (128, 256, 512)):
        features += [*_convolution(inputs, channels), nn.ReLU()]
        features += [*_convolution(channels, channels), nn.ReLU(), nn.MaxPool2d(2)]
        inputs = channels
    dense = [nn.Linear(4 * 4 * inputs, hidden), nn.ReLU(), nn.Linear(hidden, CLASSES)]
    return chain(*features, nn.Flatten(), *dense)


def resnet18() -> nn.Module:
    """Return ResNet-18 for 32 x 32 x 3: it begins with a 3 x 3 convolution, without pooling."""
    return _resnet(3, (64, 128, 256, 512), 2)


def densenet40() -> nn.Module:
    """Return DenseNet-40 for 32 x 32 x 3: growth 12, no bottlenecks, no compression."""
    channels, growth = 16, 12
    modules: list[nn.Module] = [nn.Conv2d(3, channels, 3, padding=1, bias=False)]
    for block in range(3):
        if block:
            modules += [nn.Conv2d(channels, channels, 1, bias=False), nn.AvgPool2d(2)]
        for _ in range(12):
            modules += [Dense(channels, growth)]
            channels += growth
        modules += [nn.BatchNorm2d(channels), nn.ReLU()]
    return chain(*modules, *_ending(channels))


class Residual(nn.Module):
    """Two convolutions and a shortcut, which is a 1 x 1 convolution where the shape changes.

    After He et al., "Deep residual learning for image recognition", CVPR 2016.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        first, second = _convolution(inputs, outputs, stride), _convolution(outputs, outputs)
        self.body = chain(*first, nn.ReLU(), *second)
        self.shortcut: nn.Module = nn.Identity()
        if (inputs, stride) != (outputs, 1):
            kernel = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut = chain(kernel, nn.BatchNorm2d(outputs))
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the map of ``outputs`` channels."""
        return self.relu(self.body(x) + self.shortcut(x))


class Dense(nn.Module):
    """A convolution whose outputs are appended to its inputs as further channels.

    After Huang et al., "Densely connected convolutional networks", CVPR 2017.
    """

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        kernel = nn.Conv2d(inputs, growth, 3, padding=1, bias=False)
        self.body = chain(nn.BatchNorm2d(inputs), nn.ReLU(), kernel)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the map of ``inputs + growth`` channels."""
        return torch.cat([x, self.body(x)], dim=1)


KINDS = {
    nn.Conv2d: "conv",
    nn.Linear: "dense",
    nn.BatchNorm2d: "norm",
    nn.ReLU: "relu",
    nn.MaxPool2d: "pool",
    nn.AvgPool2d: "pool",
    nn.AdaptiveAvgPool2d: "average",
    nn.Flatten: "flatten",
    Residual: "block",
    Dense: "block",
}


def chain(*modules: nn.Module) -> nn.Sequential:
    """Return modules one after the other, named by kind and number: conv1, norm1, relu1, conv2."""
    count: Counter[str] = Counter()
    named: OrderedDict[str, nn.Module] = OrderedDict()
    for module in modules:
        kind = KINDS[type(module)]
        count[kind] += 1
        named[f"{kind}{count[kind]}"] = module
    return nn.Sequential(named)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    """Return a 3 x 3 convolution and its batch norm."""
    kernel = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return kernel, nn.BatchNorm2d(outputs)


def _resnet(inputs: int, stages: tuple[int, ...], depth: int) -> nn.Module:
    """Return ``depth`` residual blocks for each stage, which is given by its channels."""
    blocks, before = [], stages[0]
    for stage, channels in enumerate(stages):
        for block in range(depth):
            blocks += [Residual(before, channels, stride=2 if stage and not block else 1)]
            before = channels
    return chain(*_convolution(inputs, stages[0]), nn.ReLU(), *blocks, *_ending(before))


def _ending(channels: int) -> tuple[nn.Module, ...]:
    """Return the average of each channel over the map, and a dense layer."""
    return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES)
