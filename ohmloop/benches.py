"""The benches: what is run on a macro, and what counts as right."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cosim.job import Pauses
from hw_spec.check import one_of
from hw_spec.macro import MacroSpec
from network import digits, perceptron
from network.perceptron import Checkpoint


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A layer and its inputs, put onto one kind of macro."""

    layer: str
    """Name of the layer."""

    weights: np.ndarray
    """Signed integers, shape (inputs, outputs)."""

    inputs: np.ndarray
    """Unsigned integers, shape (vectors, inputs)."""

    pauses: Pauses = field(default_factory=Pauses)
    """When the streams of the macro are held up. Cycles are predicted only if they never are."""

    checkpoint: Checkpoint | None = None
    """Network the layer is the first of, if accuracy is to be measured."""

    labels: np.ndarray | None = None
    """Labels of the inputs, shape (vectors,); goes with ``checkpoint``."""


@dataclass(frozen=True)
class Bench:
    """One bench: its name, what it is in one line, and how it is made for a macro and a seed."""

    name: str
    summary: str
    workload: Callable[[MacroSpec, int], Workload]


CHECKPOINT = Path(__file__).parents[1] / "examples" / "digits_perceptron.npz"
IMAGES = 100
"""Test images the digits bench runs."""

RANDOM_VECTORS = 20


def fc_layer(spec: MacroSpec, seed: int) -> Workload:
    """Return the first layer of the digits network, 64 x 48, and 100 test images."""
    data, checkpoint = digits.load(), perceptron.load(CHECKPOINT)
    return Workload(
        layer="fc1",
        weights=checkpoint.network.hidden_weights,
        inputs=data.test_inputs[:IMAGES],
        checkpoint=checkpoint,
        labels=data.test_labels[:IMAGES],
    )


def random_layer(spec: MacroSpec, seed: int) -> Workload:
    """Return weights that fill the macro and random vectors, with pauses on both streams."""
    rng = np.random.Generator(np.random.Philox(seed))
    half = 2 ** (spec.weight_bits - 1)
    low = 1 - half if spec.encoding == "differential" else -half  # pairs cannot hold the lowest
    return Workload(
        layer="random",
        weights=rng.integers(low, half, (spec.rows, spec.outputs)),
        inputs=rng.integers(0, 2**spec.input_bits, (RANDOM_VECTORS, spec.rows)),
        pauses=Pauses(inputs=0.3, psums=0.3, seed=seed),
    )


BENCHES = (
    Bench("fc_layer", "first layer of the digits network (64 x 48), 100 test images", fc_layer),
    Bench(
        "random_layer", "random weights fill the macro, both streams pause at random", random_layer
    ),
)


def find_bench(name: str) -> Bench:
    """Return the bench of that name, or raise :class:`ValueError` that names the nearest."""
    one_of("Bench", name, [bench.name for bench in BENCHES])
    return next(bench for bench in BENCHES if bench.name == name)
