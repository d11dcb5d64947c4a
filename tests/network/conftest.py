"""Networks to import: every operation, and the published shapes at a size of choice."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional


def conv(inputs, outputs, kernel=3, **settings):
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False, **settings)


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, stride=stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs), nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride > 1 or inputs != outputs:
            projection = conv(inputs, outputs, 1, stride=stride)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += self.shortcut(x)
        return functional.relu(y)


class ResNet(nn.Module):
    def __init__(self, widths, blocks, channels=3, classes=10):
        super().__init__()
        self.stem = nn.Sequential(conv(channels, widths[0]), nn.BatchNorm2d(widths[0]), nn.ReLU())
        inputs = [widths[0], *widths]
        self.stages = nn.Sequential(
            *(
                Residual(width if block else before, width, 1 if block or not stage else 2)
                for stage, (before, width) in enumerate(zip(inputs, widths, strict=False))
                for block in range(blocks)
            )
        )
        self.fc = nn.Linear(widths[-1], classes)

    def forward(self, x):
        return self.fc(self.stages(self.stem(x)).mean((2, 3)))


class Dense(nn.Module):
    """One layer of a dense block: what it computes is added to the channels of its input."""

    def __init__(self, inputs, growth):
        super().__init__()
        self.bn, self.conv = nn.BatchNorm2d(inputs), conv(inputs, growth)

    def forward(self, x):
        return torch.cat([x, self.conv(functional.relu(self.bn(x)))], 1)


class DenseNet(nn.Module):
    def __init__(self, layers, growth, channels=3, classes=10, blocks=3):
        super().__init__()
        width = 2 * growth if growth > 4 else 5
        parts = [conv(channels, width)]
        for block in range(blocks):
            for _ in range(layers):
                parts.append(Dense(width, growth))
                width += growth
            parts += [nn.BatchNorm2d(width), nn.ReLU()]
            if block < blocks - 1:
                parts += [conv(width, width, 1), nn.AvgPool2d(2)]
        self.features = nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.classifier = nn.Linear(width, classes)

    def forward(self, x):
        return self.classifier(self.features(x))


def vgg8(width=1.0):
    """VGG-8 for images of 32 x 32 x 3."""
    parts, inputs = [], 3
    for outputs, pool in ((128, 0), (128, 1), (256, 0), (256, 1), (512, 0), (512, 1)):
        outputs = int(outputs * width)
        parts += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
        parts += [nn.MaxPool2d(2)] * pool
        inputs = outputs
    hidden = int(1024 * width)
    parts += [nn.Flatten(), nn.Linear(16 * inputs, hidden), nn.ReLU(), nn.Dropout()]
    return nn.Sequential(*parts, nn.Linear(hidden, 10))


class Everything(nn.Module):
    """Every module and function that is known, in each of its forms."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, (5, 3), padding=2, stride=2)
        self.bn = nn.BatchNorm2d(6)
        self.overlapping = nn.MaxPool2d(3, 2, 1)
        self.same = nn.Conv2d(6, 6, 3, padding="same")
        self.valid = nn.Conv2d(6, 4, 2, padding="valid", bias=False)
        self.average = nn.AvgPool2d((2, 3), 1)
        self.plain_bn = nn.BatchNorm2d(10, affine=False)
        self.relu = nn.ReLU(inplace=True)
        self.drop = nn.Dropout2d()
        self.hidden = nn.Linear(10 * 3 * 2, 12)
        self.bn1 = nn.BatchNorm1d(12)
        self.last = nn.Linear(12 + 10, 5, bias=False)

    def forward(self, x):
        x = self.bn(self.conv(x))
        x = functional.relu(functional.max_pool2d(x, 2, stride=2, ceil_mode=False))
        x = self.overlapping(x)
        y = torch.add(self.same(x), x)
        y = torch.relu(y).add(self.same(y))  # the same weights twice
        a = self.valid(y)
        b = functional.avg_pool2d(y, 2, stride=1).relu()
        z = self.drop(self.plain_bn(torch.cat((a, b), dim=1)))
        u = self.relu(z)
        z = self.average(z + u)  # z was overwritten
        flat = functional.dropout(z, training=self.training)
        flat = flat.contiguous().view(x.size(0), -1)
        hidden = self.bn1(self.hidden(flat)).relu_()
        pooled = functional.adaptive_avg_pool2d(z, (1, 1)).flatten(1)
        pooled = pooled + torch.flatten(z.mean((-2, -1), keepdim=True), 1)
        pooled = pooled + torch.mean(z, (2, 3)).reshape(z.shape[0], pooled.size(1))
        return self.last(torch.cat([hidden, pooled], -1))


def randomise(module, seed):
    """Give every parameter and statistic a random value, so that nothing cancels."""
    generator = torch.Generator().manual_seed(seed)
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            fan_in = part.weight[0].numel()
            part.weight.data.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
            if part.bias is not None:
                part.bias.data.uniform_(-0.2, 0.2, generator=generator)
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            part.running_mean.uniform_(-0.3, 0.3, generator=generator)
            part.running_var.uniform_(0.5, 2, generator=generator)
            if part.affine:
                part.weight.data.uniform_(0.5, 1.5, generator=generator)
                part.weight.data[::3] *= -1
                part.bias.data.uniform_(-0.3, 0.3, generator=generator)
    return module.eval()


NETWORKS = {
    "everything": (Everything, (3, 41, 37)),
    "residual": (lambda: ResNet((4, 6), 1), (3, 9, 8)),
    "dense": (lambda: DenseNet(2, 3, blocks=2), (3, 8, 8)),
    "narrow_vgg8": (lambda: vgg8(1 / 16), (3, 32, 32)),
    "perceptron": (
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 9), nn.ReLU(), nn.Linear(9, 10)),
        (1, 8, 8),
    ),
    "vgg8": (vgg8, (3, 32, 32)),
    "resnet18": (lambda: ResNet((64, 128, 256, 512), 2), (3, 32, 32)),
    "densenet40": (lambda: DenseNet(12, 12), (3, 32, 32)),
}


@pytest.fixture(scope="session")
def make_network():
    """Return a function that makes a network by name, and tells the shape of its images."""

    def make_network(name, seed=1):
        torch.set_num_threads(1)
        make, shape = NETWORKS[name]
        with torch.random.fork_rng():
            return randomise(make(), seed), shape

    return make_network


@pytest.fixture(scope="session")
def random_images():
    """Return a function that draws images of shape (channels, height, width), channels last."""

    def random_images(shape, count, seed=1):
        channels, height, width = shape
        rng = np.random.default_rng(seed)
        return rng.integers(0, 256, (count, height, width, channels), dtype=np.uint8)

    return random_images
