"""A small network compiled for a small tile, and what it does with every macro on one engine."""

from types import SimpleNamespace

import numpy as np
import pytest

from cosim.tile.engines import macro_runner
from cosim.tile.inference import Conditions, infer
from hw_spec.tile import TileTable
from network.compile import compile_network
from network.integer import INPUT, Convolution, IntegerNetwork, Pooling

SEEN = {"zero": 0, "scale": 1 / 255, "bits": 8}
MACRO = {
    "rows": 8,
    "columns": 8,
    "parallel_rows": 4,
    "columns_per_adc": 4,
    "cell_bits": 4,
    "input_bits": 8,
    "weight_bits": 8,
    "reference_level": 8,
}


def convolution(name, source, kernel, outputs, seed, **members):
    rng = np.random.default_rng(seed)
    return Convolution(
        name=name,
        source=source,
        weights=rng.integers(-127, 128, (*kernel, outputs)).astype(np.int8),
        biases=rng.integers(-900, 900, outputs).astype(np.int32),
        multipliers=rng.integers(2**15, 2**16, outputs).astype(np.uint16),
        shift=25,
        stride=1,
        pad_value=0,
        **SEEN,
        **members,
    )


def small_network():
    """A layer on a chain of two PEs, the vector unit, and a layer on one PE."""
    pooling = {"window": (2, 2), "stride": 2, "padding": 0, "multiplier": 2000, "bias": 77}
    return IntegerNetwork(
        input_shape=(5, 4, 2),
        input_bits=8,
        operations=(
            convolution("first", INPUT, (3, 3, 2), 4, 1, padding=1),
            Pooling(name="mean", source="first", kind="average", shift=13, **pooling, **SEEN),
            convolution("second", "mean", (2, 2, 4), 3, 2, padding=0),
        ),
        output="second",
    )


@pytest.fixture(scope="session")
def make_case(make_chip):
    """Return a function that compiles the small network for a chip with a converter."""

    def make_case(adc, images=2, **table):
        sizes = {"activations": 256, "pieces": 64, "program_words": 128, "scales": 4, "marks": 8}
        chip = make_chip(adc=adc, **MACRO)
        table = TileTable(**{"macros_per_pe": 2, "pes": 3, **sizes, **table})
        chip = chip.model_copy(update={"tile": table})
        network = small_network()
        shape = (images, *network.input_shape)
        return SimpleNamespace(
            chip=chip,
            network=network,
            compiled=compile_network(network, chip.tile_spec(), schedule="single"),
            images=np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8),
        )

    return make_case


@pytest.fixture(scope="session")
def run_steps(build_dir, tmp_path_factory):
    """Return a function that gives the runs of all steps of a case, and the jobs of its macros.

    Macros run on the twin where it is not given another address.
    """

    def run_steps(case, addresses=()):
        every = {step.name: "twin" for step in case.compiled.steps} | dict(addresses)
        work_dir = tmp_path_factory.mktemp("macros")
        run_macro = macro_runner(every, build_dir=build_dir, work_dir=work_dir)
        jobs = {}
        steps = infer(
            case.compiled,
            case.chip,
            case.images,
            Conditions(),
            run_macro=run_macro,
            seen=jobs.__setitem__,
        )
        return list(steps), jobs

    return run_steps
