import signal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cosim.job import MacroJob, MacroRun, Pauses
from hw_spec.chip import ChipSpec, SarSettings, Setting
from hw_spec.macro import AdcSpec, MacroSpec
from hw_spec.tile import TileTable
from network.compile import compile_network
from network.integer import INPUT, Convolution, IntegerNetwork, Pooling

ROOT = Path(__file__).parents[1]

# A shell that starts something in the background has it ignore Ctrl-C, and so all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

SMALL = {
    "rows": 10,
    "columns": 12,
    "parallel_rows": 4,
    "columns_per_adc": 3,
    "cell_bits": 2,
    "input_bits": 3,
    "weight_bits": 3,
    "reference_level": 2,
}
SMALL_ADC = {"bits": 4, "step": 1, "zero_code": 8}
SAR = SarSettings(
    capacitor_mismatch=Setting(value=0.02, source="assumed: test"),
    comparator_noise=Setting(value=0.3, source="assumed: test"),
)


def small_chip(device="taox_hfox_iedm19", adc=(), **macro):
    """Return a chip small enough for every engine; awkward on purpose."""
    adc = {**SMALL_ADC, **dict(adc)}
    if adc.get("kind") == "sar":
        adc["conversion_cycles"] = adc["bits"] + 1
    if macro.get("encoding") == "differential":
        macro = {"reference_level": 0, **macro}
    spec = MacroSpec(**{**SMALL, **macro, "adc": AdcSpec(**adc)})
    return ChipSpec(
        name="small",
        source="none, for tests",
        device=device,
        node_nm=32,
        clock_period_s=Setting(value=1e-8, source="assumed: test"),
        read_v=Setting(value=0.2, source="assumed: test"),
        sar=SAR if spec.adc.kind == "sar" else None,
        macro=spec,
    )


def random_job(chip, *, vectors=12, ideal=False, pauses=None, seed=5):
    rng = np.random.default_rng(seed)
    spec = chip.macro
    return MacroJob(
        chip=chip,
        ideal=ideal,
        levels=rng.integers(0, spec.top_level + 1, (spec.rows, spec.bit_lines), dtype=np.uint8),
        inputs=rng.integers(0, 2**spec.input_bits, (vectors, spec.rows)),
        seed=seed,
        pauses=pauses or Pauses(),
    )


@pytest.fixture(scope="session")
def make_chip():
    return small_chip


@pytest.fixture(scope="session")
def make_job():
    return random_job


def simple_run(job):
    """Return what follows from the inputs of a job by simple rules, as the result of an engine."""
    sums = job.inputs.sum(axis=1, dtype=np.int64)
    return MacroRun(
        psums=np.tile(sums[:, None], job.chip.macro.outputs),
        done_cycles=np.arange(1, len(sums) + 1),
        conversions=len(sums),
        code_counts=np.array([len(sums)]),
        array_j=0.0,
        toggles={"macro.a": int(sums.sum()), "macro.b": 3},
    )


@pytest.fixture(scope="session")
def make_engine():
    """Return a function that makes an engine which computes something simple, in no time.

    It may be given a fault: a function that gets the job and the right result.
    """

    def make_engine(fault=lambda job, run: run):
        return SimpleNamespace(
            build=lambda spec, build_dir, *, waves: None,
            run=lambda job, work_dir, **_: fault(job, simple_run(job)),
        )

    return make_engine


@pytest.fixture(scope="session")
def flips_a_psum():
    """Return a fault: one bit of a psum is wrong as soon as any input is nonzero."""

    def flips_a_psum(job, run):
        if job.inputs.any():
            run.psums[np.flatnonzero(job.inputs.any(axis=1))[0], 0] ^= 1
        return run

    return flips_a_psum


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def build_dir():
    """The build folder of the checkout, so that simulators are built once and shared."""
    return ROOT / "build"


SEEN = {"zero": 0, "scale": 1 / 255, "bits": 8}
TILE_MACRO = {
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
    """Return a function that compiles a small network for a small tile of a chip."""

    def make_case(adc, images=2, **table):
        sizes = {"activations": 256, "pieces": 64, "program_words": 128, "scales": 4, "marks": 8}
        chip = make_chip(adc=adc, **TILE_MACRO)
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
