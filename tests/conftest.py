from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cosim.job import MacroJob, MacroRun, Pauses
from hw_spec.chip import ChipSpec, SarSettings, Setting
from hw_spec.macro import AdcSpec, MacroSpec

ROOT = Path(__file__).parents[1]

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
