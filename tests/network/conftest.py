"""Networks to import: every operation, and known structures with random weights."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from network import architectures


def narrow_vgg8():
    """Return VGG-8 with a sixteenth of its channels."""
    parts, inputs = [], 3
    for channels in (8, 16, 32):
        parts += [nn.Conv2d(inputs, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU()]
        parts += [nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        inputs = channels
    dense = [nn.Linear(16 * inputs, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 10)]
    return nn.Sequential(*parts, nn.Flatten(), *dense)


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


def small_densenet():
    """Return two dense blocks with a transition between them."""
    first = [nn.Conv2d(3, 5, 3, padding=1), architectures.Dense(5, 3), architectures.Dense(8, 3)]
    between = [nn.BatchNorm2d(11), nn.ReLU(), nn.Conv2d(11, 6, 1), nn.AvgPool2d(2)]
    second = [architectures.Dense(6, 3), nn.BatchNorm2d(9), nn.ReLU(), nn.AdaptiveAvgPool2d(1)]
    return nn.Sequential(*first, *between, *second, nn.Flatten(), nn.Linear(9, 10))


NETWORKS = {
    "everything": (Everything, (3, 41, 37)),
    "perceptron": (architectures.digits_mlp, (1, 8, 8)),
    "residual": (architectures.digits_resnet, (1, 8, 8)),
    "dense": (small_densenet, (3, 9, 8)),
    "narrow_vgg8": (narrow_vgg8, (3, 32, 32)),
    "vgg8": (architectures.vgg8, (3, 32, 32)),
    "resnet18": (architectures.resnet18, (3, 32, 32)),
    "densenet40": (architectures.densenet40, (3, 32, 32)),
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
