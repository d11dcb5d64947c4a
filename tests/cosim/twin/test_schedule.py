"""Every beat, sample and state of the schedule, against what the macro does."""

import numpy as np
import pytest

from cosim.job import Pauses
from cosim.twin.plan import plan_macro
from cosim.twin.stuck import status_word

ALL = slice(0, None)


def cycles_of(seen, moves):
    """Return the cycles in which something moved."""
    return [cycle for cycle, (drive, sense) in enumerate(seen) if moves(drive, sense)]


def test_every_beat_sample_and_state_is_that_of_the_macro(observed):
    job, _, seen = observed
    plan = plan_macro(job)
    rows = cycles_of(seen, lambda drive, sense: drive.row_valid and sense.row_ready)
    assert plan.row_beat_cycles(ALL).ravel().tolist() == rows
    samples = cycles_of(seen, lambda _, sense: sense.sample)
    assert plan.sample_cycles(ALL).ravel().tolist() == samples
    psums = cycles_of(seen, lambda drive, sense: drive.psum_ready and sense.psum_valid)
    assert plan.psum_beat_cycles(ALL).ravel().tolist() == psums
    states = [status_word(plan, cycle) for cycle in range(len(seen))]
    assert states == [sense.status for _, sense in seen]


def test_codes_are_taken_once_due_and_not_while_held(macro, pauses, make_chip, make_job):
    job = make_job(make_chip(**macro), vectors=20, pauses=pauses)
    plan = plan_macro(job)
    samples, takes = plan.sample_cycles(ALL), plan.take_cycles(ALL)
    assert (takes[:, -1] == plan.finish).all()
    due = samples + job.chip.macro.adc.conversion_cycles
    # The codes on the port change with the next conversion, so they are taken before.
    assert (takes.ravel()[:-1] < due.ravel()[1:]).all()
    held = np.zeros(takes.max() + 1, dtype=bool)
    for finish, capture in zip(plan.finish, plan.capture, strict=True):
        held[finish + 1 : capture] = True
    assert not held[takes].any()
    late = takes > due
    assert all(held[first:last].all() for first, last in zip(due[late], takes[late], strict=True))
    assert not (late.any() and pauses.psums == 0)


def test_some_vectors_expand_as_all_do(make_chip, make_job):
    plan = plan_macro(make_job(make_chip(), vectors=9, pauses=Pauses(inputs=0.5, psums=0.7)))
    for expand in (
        plan.row_beat_cycles,
        plan.sample_cycles,
        plan.take_cycles,
        plan.psum_beat_cycles,
    ):
        np.testing.assert_array_equal(expand(slice(3, 7)), expand(ALL)[3:7])


def test_pauses_so_rare_that_none_falls_into_the_run_change_nothing(macro, make_chip, make_job):
    chip = make_chip(**macro)
    free = plan_macro(make_job(chip, vectors=50))
    rare = plan_macro(make_job(chip, vectors=50, pauses=Pauses(inputs=1e-12, psums=1e-12)))
    for name in ("first_row", "last_row", "start", "finish", "capture", "first_move", "drained"):
        np.testing.assert_array_equal(getattr(free, name), getattr(rare, name), err_msg=name)
    np.testing.assert_array_equal(free.psum_beat_cycles(ALL), rare.psum_beat_cycles(ALL))
    np.testing.assert_array_equal(free.row_beat_cycles(ALL), rare.row_beat_cycles(ALL))


@pytest.mark.parametrize("vectors", [1, 5])
def test_schedule_by_hand(vectors, make_chip, make_job):
    # 10 row beats, 27 cycles per vector, 6 psum beats; see hw_spec/timing.py for the stages
    plan = plan_macro(make_job(make_chip(), vectors=vectors))
    later = 27 * np.arange(vectors)
    np.testing.assert_array_equal(plan.start, 10 + later)
    np.testing.assert_array_equal(plan.last_step, 10 + 27 + later)
    np.testing.assert_array_equal(plan.finish, 10 + 27 + 2 + later)
    np.testing.assert_array_equal(plan.last_psum, 10 + 27 + 5 + 6 - 1 + later)
