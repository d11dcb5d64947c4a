"""Train an example network and keep its weights.

Run as ``python examples/train_networks.py NAME [--out PATH] [--epochs N]``; names are those of the
functions in ``networks.py``. The small ones take seconds, VGG-8 takes minutes. ``--check`` trains
nothing and tells the accuracy of the weights that are kept.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import networks
import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import nn

from network import digits, images, weights

SEED = 1
DECAY = 1e-2
TEST_BATCH = 64
INTERRUPTED = 130
"""Exit status after Ctrl-C."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained."""

    data: str
    """Name of the image set."""

    epochs: int

    batch: int = 32
    """Images per step."""

    rate: float = 3e-3
    """Highest learning rate; it rises to this and falls again."""

    noise: float = 0.1
    """Standard deviation of the noise on the inputs, where white is 1."""


RECIPES = {
    "digits_mlp": Recipe(data="digits", epochs=60),
    "digits_cnn": Recipe(data="digits", epochs=30),
    "digits_resnet": Recipe(data="digits", epochs=30),
    "vgg8": Recipe(data="digits32", epochs=6, rate=1e-3),
    "vgg8_half": Recipe(data="digits32", epochs=6, rate=1e-3),
    "vgg8_quarter": Recipe(data="digits32", epochs=6, rate=1e-3),
}


def train(name: str, data: images.Images, recipe: Recipe, progress: Progress) -> nn.Module:
    """Return a network trained on the training images.

    All random numbers come from one local generator, and one thread adds them up in one order.
    """
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    network = networks.untrained(name).to(memory_format=torch.channels_last)
    inputs = images.to_tensor(data.train_inputs).contiguous(memory_format=torch.channels_last)
    labels = torch.from_numpy(data.train_labels)
    batches = -(-len(inputs) // recipe.batch)
    steps = recipe.epochs * batches
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=DECAY)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=steps)
    bar = progress.add_task(f"training {name}", total=steps)
    for _ in range(recipe.epochs):
        for batch in torch.randperm(len(inputs), generator=generator).split(recipe.batch):
            clean = inputs[batch]
            noise = recipe.noise * torch.randn(clean.shape, generator=generator)
            loss = nn.functional.cross_entropy(network(clean + noise), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rates.step()
            progress.advance(bar)
    return network


def accuracy(network: nn.Module, data: images.Images) -> float:
    """Return the share of test images that a network in eval mode recognises, from 0 to 1."""
    with torch.no_grad():
        batches = images.to_tensor(data.test_inputs).split(TEST_BATCH)
        logits = torch.cat([network(batch) for batch in batches])
    return digits.accuracy(np.asarray(logits.argmax(dim=1)), data.test_labels)


def keep(name: str, data: images.Images, recipe: Recipe, out: Path) -> None:
    """Train a network and write its weights, with a progress bar on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        progress.console.print(
            f"Training {name} on {len(data.train_labels)} images, to be kept in {out}"
        )
        weights.save(train(name, data, recipe, progress), out)
    print(f"Wrote {out} ({out.stat().st_size} bytes)")


def main() -> None:
    """Train, write, read what was written, measure."""
    parser = argparse.ArgumentParser(description="Train an example network.")
    parser.add_argument("name", choices=RECIPES, metavar="NAME", help=", ".join(RECIPES))
    parser.add_argument("--out", type=Path, metavar="PATH", help="file to write")
    parser.add_argument("--epochs", type=positive, metavar="N", help="rounds through the images")
    parser.add_argument("--check", action="store_true", help="train nothing, only measure")
    options = parser.parse_args()
    name, recipe = options.name, RECIPES[options.name]
    out = options.out or networks.weights_file(name)
    if options.epochs:
        recipe = replace(recipe, epochs=options.epochs)
    try:
        data = images.load(recipe.data)
        if not options.check:
            keep(name, data, recipe, out)
        # Measured with the rounded weights of the file, which are what everything else uses.
        share = accuracy(networks.trained(name, out), data)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print(f"Accuracy in floats  {share:.2%} of {len(data.test_labels)} other images")


def positive(text: str) -> int:
    """Return a count given on the command line."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"must be a positive integer, not {text!r}")
    return int(text)


if __name__ == "__main__":
    main()
