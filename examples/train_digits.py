"""Train a perceptron on the digits data set, quantise it, and keep it as a checkpoint.

Run as ``python examples/train_digits.py [--out PATH]``; it takes a few seconds. The checkpoint that
lies beside this script was written by it.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from network import digits, perceptron
from network.quantise import FloatPerceptron, quantise

HIDDEN = 48
DIGITS = 10
SEED = 1
EPOCHS = 60
BATCH = 64
RATE = 3e-3
DECAY = 1e-2
NOISE = 0.1
"""Standard deviation of the noise on the inputs while training, where white is 1."""


def train(inputs: np.ndarray, labels: np.ndarray) -> FloatPerceptron:
    """Return a perceptron trained on integer inputs from 0 to 255.

    All random numbers come from one local generator, and one thread adds them up in one order.
    """
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    images = torch.from_numpy(inputs).float() / 255
    targets = torch.from_numpy(labels)
    pixels = images.shape[1]
    members = {
        "hidden_weights": torch.randn(pixels, HIDDEN, generator=generator) * (2 / pixels) ** 0.5,
        "hidden_biases": torch.zeros(HIDDEN),
        "output_weights": torch.randn(HIDDEN, DIGITS, generator=generator) * (2 / HIDDEN) ** 0.5,
        "output_biases": torch.zeros(DIGITS),
    }
    optimiser = torch.optim.AdamW(members.values(), lr=RATE, weight_decay=DECAY)
    for member in members.values():
        member.requires_grad_()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images), generator=generator).split(BATCH):
            noise = NOISE * torch.randn(len(batch), pixels, generator=generator)
            sums = (images[batch] + noise) @ members["hidden_weights"] + members["hidden_biases"]
            logits = sums.relu() @ members["output_weights"] + members["output_biases"]
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(logits, targets[batch]).backward()
            optimiser.step()
    return FloatPerceptron(**{name: member.detach().numpy() for name, member in members.items()})


def main() -> None:
    """Train, quantise, measure, write."""
    parser = argparse.ArgumentParser(description="Train the digits perceptron.")
    default = Path(__file__).with_name("digits_perceptron.npz")
    parser.add_argument("--out", type=Path, default=default, metavar="PATH", help="file to write")
    out = parser.parse_args().out

    data = digits.load()
    trained = train(data.train_inputs, data.train_labels)
    network = quantise(trained, data.train_inputs)
    float_accuracy = digits.accuracy(trained.predict(data.test_inputs), data.test_labels)
    integer_accuracy = digits.accuracy(network.predict(data.test_inputs), data.test_labels)
    perceptron.save(out, network, float_accuracy=float_accuracy, integer_accuracy=integer_accuracy)

    print(f"Trained on {len(data.train_labels)} images, tested on {len(data.test_labels)} others")
    print(f"Accuracy in floats    {float_accuracy:.2%}")
    print(f"Accuracy in integers  {integer_accuracy:.2%}")
    print(f"Wrote {out} ({out.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
