"""Example networks with weights, to be named on the command line: ``networks.py:digits_cnn``.

Each function returns a network of :mod:`network.architectures` in eval mode. The weights of those
for ``digits`` lie in ``trained/``. VGG-8 is trained by ``train_networks.py`` when it is first asked
for, which takes minutes, and kept in ``build/trained/``.
"""

import subprocess
import sys
from functools import partial
from pathlib import Path

import filelock
import torch
from torch import nn

from network import architectures, images, weights

SEED = 1
TRAINED = Path(__file__).with_name("trained")
KEPT = Path(__file__).parents[1] / "build" / "trained"
SCRIPT = Path(__file__).with_name("train_networks.py")
LIMIT_S = 3 * 3600
"""Longest time that a training may take, in seconds."""

STRUCTURES = {
    "digits_mlp": architectures.digits_mlp,
    "digits_cnn": architectures.digits_cnn,
    "digits_resnet": architectures.digits_resnet,
    "vgg8": architectures.vgg8,
    "vgg8_half": partial(architectures.vgg8, width=1 / 2),
    "vgg8_quarter": partial(architectures.vgg8, width=1 / 4),
    "resnet18": architectures.resnet18,
    "densenet40": architectures.densenet40,
}


def digits_mlp() -> nn.Module:
    """Return a perceptron for ``digits``: 64-48-10."""
    return trained("digits_mlp", weights_file("digits_mlp"))


def digits_cnn() -> nn.Module:
    """Return a network for ``digits``: two convolutions, each with pooling, two dense layers."""
    return trained("digits_cnn", weights_file("digits_cnn"))


def digits_resnet() -> nn.Module:
    """Return a network for ``digits``: a convolution, two residual blocks, a dense layer."""
    return trained("digits_resnet", weights_file("digits_resnet"))


def vgg8() -> nn.Module:
    """Return VGG-8 for ``digits32``."""
    return _kept("vgg8")


def vgg8_half() -> nn.Module:
    """Return VGG-8 for ``digits32`` with half the channels."""
    return _kept("vgg8_half")


def vgg8_quarter() -> nn.Module:
    """Return VGG-8 for ``digits32`` with a quarter of the channels."""
    return _kept("vgg8_quarter")


def vgg8_quarter_random() -> nn.Module:
    """Return VGG-8 with a quarter of the channels and random weights, which no training changes."""
    return untrained("vgg8_quarter").eval()


def resnet18() -> nn.Module:
    """Return ResNet-18 for 32 x 32 x 3 with random weights: for structure and timing only."""
    return _settled("resnet18")


def densenet40() -> nn.Module:
    """Return DenseNet-40 for 32 x 32 x 3 with random weights: for structure and timing only."""
    return _settled("densenet40")


def weights_file(name: str) -> Path:
    """Return where the weights of a network are kept."""
    return (TRAINED if name.startswith("digits") else KEPT) / f"{name}.pt"


def untrained(name: str) -> nn.Module:
    """Return a network in train mode with random weights, always the same."""
    network = STRUCTURES[name]()
    weights.randomise(network, torch.Generator().manual_seed(SEED))
    return network


def trained(name: str, path: Path) -> nn.Module:
    """Return a network in eval mode with the weights of a file."""
    network = STRUCTURES[name]()
    weights.load(network, path)
    return network.eval()


def _kept(name: str) -> nn.Module:
    """Return a network after training it, if that was not done before, one process at a time."""
    path = weights_file(name)
    # In another process, because the number of threads is set for a whole process.
    command = [sys.executable, str(SCRIPT), name, "--out", str(path)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(path.with_suffix(".lock"), timeout=LIMIT_S):
        if not path.exists():
            try:
                subprocess.run(command, stdout=subprocess.DEVNULL, timeout=LIMIT_S, check=True)
            except subprocess.SubprocessError as error:
                raise RuntimeError(f"Training of '{name}' failed: {error}") from None
    return trained(name, path)


def _settled(name: str) -> nn.Module:
    """Return an untrained network whose batch norms hold the statistics of training images."""
    network = untrained(name)
    inputs = images.load("digits32").train_inputs[:64]
    weights.settle(network, images.to_tensor(inputs))
    return network
