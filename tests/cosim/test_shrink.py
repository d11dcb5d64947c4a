import numpy as np
import pytest

from cosim.draw import draw_chip, draw_job
from cosim.job import Pauses
from cosim.shrink import shrink

PLENTY_S = 60


@pytest.fixture(params=range(5))
def job(request):
    """Give a drawn job with something in it."""
    chips = (draw_chip(1, number) for number in range(40 * request.param, 40 * request.param + 40))
    jobs = (draw_job(chip, 1, number) for number, chip in enumerate(chips))
    return next(job for job in jobs if len(job.inputs) > 3 and job.inputs.max(initial=0) > 2)


def test_job_of_which_anything_holds_becomes_the_smallest_there_is(job):
    small = shrink(job, lambda _: True, limit_s=PLENTY_S)
    assert small.inputs.tolist() == [[0]]
    assert not small.levels.any()
    assert (small.pauses, small.ideal, small.macro, small.seed) == (Pauses(), True, 0, 0)
    macro = small.chip.macro
    assert (macro.rows, macro.columns, macro.outputs) == (1, 2, 1)
    assert (macro.input_bits, macro.weight_bits, macro.cell_bits) == (1, 2, 1)
    assert (macro.parallel_rows, macro.columns_per_adc, macro.reference_level) == (1, 1, 0)
    assert macro.adc.model_dump() == {
        "kind": "flash",
        "bits": 1,
        "step": 1,
        "zero_code": 0,
        "conversion_cycles": 1,
    }


def test_what_matters_is_kept_and_no_more(job):
    def matters(trial):
        some_input = (trial.inputs > 1).any()
        return some_input and trial.chip.macro.outputs == job.chip.macro.outputs

    small = shrink(job, matters, limit_s=PLENTY_S)
    assert small.inputs.tolist() == [[2]]
    assert small.chip.macro.input_bits == 2
    assert small.chip.macro.outputs == job.chip.macro.outputs


def test_every_trial_is_a_valid_job_that_is_no_larger(job):
    def holds(trial):
        macro, before = trial.chip.macro, job.chip.macro
        assert len(trial.inputs) <= len(job.inputs)
        assert trial.inputs.sum(dtype=float) <= job.inputs.sum(dtype=float)
        type(trial.chip).model_validate(trial.chip.model_dump())
        for name in ("rows", "cell_bits", "weight_bits", "input_bits", "columns_per_adc"):
            assert getattr(macro, name) <= getattr(before, name)
        return np.count_nonzero(trial.levels) % 2 == 0

    shrink(job, holds, limit_s=PLENTY_S)


def test_no_trial_is_begun_after_the_limit(job):
    trials = []
    assert shrink(job, trials.append, limit_s=0) is job
    assert not trials
