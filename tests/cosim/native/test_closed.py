"""Macros that are answered question by question, against macros that are predicted."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.build import design
from cosim.engines import closed, native
from cosim.job import Pauses
from cosim.native.build import native_library
from cosim.native.closed import run_closed

KINDS = {"flash": {}, "sar": {"adc": {"kind": "sar"}}}


@pytest.fixture(params=KINDS, name="jobs")
def _jobs(request, make_chip, make_job):
    """Jobs of different lengths, inputs and pauses."""
    chip = make_chip(**KINDS[request.param])
    pauses = [Pauses(), Pauses(inputs=0.9, psums=0.2, seed=1), Pauses(psums=0.7, seed=2)]
    return [
        replace(make_job(chip, vectors=3 + 9 * n, seed=n, pauses=pause), macro=n)
        for n, pause in enumerate(pauses)
    ]


def test_company_changes_nothing(jobs, tmp_path, build_dir):
    rtl = design(jobs[0].chip.macro, build_dir)
    done = run_closed(jobs, native_library(rtl, build_dir), rtl.registers)
    for job, run in zip(jobs, done.runs, strict=True):
        expected = native.run(job, tmp_path, build_dir=build_dir)
        np.testing.assert_array_equal(run.psums, expected.psums)
        np.testing.assert_array_equal(run.done_cycles, expected.done_cycles)
        np.testing.assert_array_equal(run.code_counts, expected.code_counts)
        assert (run.conversions, run.array_j) == (expected.conversions, expected.array_j)
        assert run.toggles == expected.toggles
    adc = jobs[0].chip.macro.adc
    questions = adc.bits if adc.kind == "sar" else 1
    assert done.requests == questions * sum(run.conversions for run in done.runs)


def test_run_of_several_blocks_of_cycles(make_chip, make_job, tmp_path, build_dir):
    job = make_job(make_chip(), vectors=400)  # 27 cycles each, in blocks of 4096
    run = closed.run(job, tmp_path, build_dir=build_dir)
    np.testing.assert_array_equal(
        run.done_cycles, native.run(job, tmp_path, build_dir=build_dir).done_cycles
    )


def test_waves_are_refused(make_chip, make_job, tmp_path, build_dir):
    job = make_job(make_chip())
    message = r"^Engine 'closed' leaves no waveform; run the same on engine 'native'$"
    with pytest.raises(ValueError, match=message):
        closed.run(job, tmp_path, build_dir=build_dir, waves=tmp_path / "waves.vcd")
