"""The loop in slices: results do not depend on them, and what happens between them."""

import signal
from pathlib import Path

import numpy as np
import pytest

from cosim.codes import convert_all
from cosim.job import Pauses
from cosim.native import slices
from cosim.native.batch import batch
from cosim.native.library import Counting, Verdict, loop_bytes, macro_loop, run_raw
from cosim.native.slices import turn_to_end
from hw_spec.timing import layer_cycles

HELD_UP = Pauses(inputs=0.62, psums=0.5, seed=2)


@pytest.fixture
def many(make_chip, make_job):
    """A job of some seconds, and a batch whose codes are all zero."""
    job = make_job(make_chip(), vectors=300_000)
    return job, batch(job, np.zeros((300_000, 3, 3, 12), np.uint8))


@pytest.mark.parametrize("pauses", [Pauses(), HELD_UP], ids=["free", "paused"])
@pytest.mark.parametrize("cycles", [1, 7, 5000])
def test_slices_do_not_show(pauses, cycles, make_chip, make_job, library, monkeypatch):
    job = make_job(make_chip(), vectors=40, pauses=pauses)
    work = batch(job, convert_all(job).codes)
    with macro_loop(library(job), work) as whole:
        assert turn_to_end(whole, job=job).verdict == Verdict.DONE
    seen = []
    monkeypatch.setattr(slices, "FIRST_SLICE", cycles)
    monkeypatch.setattr(slices, "SLICE_S", 0.0)  # slices never grow
    with macro_loop(library(job), work) as sliced:
        outcome = turn_to_end(sliced, job=job, check=lambda now: seen.append(now.cycle))
    assert outcome.verdict == Verdict.DONE
    assert seen[:3] == [cycles, cycles + 1, cycles + 2][: len(seen)]
    np.testing.assert_array_equal(sliced.psums, whole.psums)
    np.testing.assert_array_equal(sliced.done_cycles, whole.done_cycles)


def test_interrupt_ends_a_long_run(many, library):
    job, work = many

    def interrupt(signum, frame):
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        with macro_loop(library(job), work) as loop:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(KeyboardInterrupt):
                turn_to_end(loop)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert not loop.done_cycles[-1]


def test_loop_that_has_ended_stays_there(make_chip, make_job, library):
    job = make_job(make_chip())
    work = batch(job, convert_all(job).codes)
    with macro_loop(library(job), work) as loop:
        ended = turn_to_end(loop)
        again = loop.turn(100, watched=True)
    assert (again.verdict, again.cycle) == (Verdict.DONE, ended.cycle)


def test_plain_loop_takes_as_many_cycles(make_chip, make_job, library):
    job = make_job(make_chip())
    work = batch(job, convert_all(job).codes)
    assert run_raw(library(job), work) == layer_cycles(job.chip.macro, len(job.inputs))


def test_memory_of_a_loop_is_what_many_of_them_add(make_chip, make_job, library):
    job = make_job(make_chip(), vectors=1)
    work = batch(job, convert_all(job).codes)
    counting = Counting.CHANGES_AND_ONES
    path = library(job)
    told = loop_bytes(path, work, counting=counting)
    before = resident_bytes()
    opened = [macro_loop(path, work, counting=counting) for _ in range(2000)]
    loops = [one.__enter__() for one in opened]
    for loop in loops:
        loop.turn(1, watched=True)
    grown = (resident_bytes() - before) / len(loops)
    for one in opened:
        one.__exit__(None, None, None)
    assert 0.7 * told < grown < 1.3 * told + 4096  # Python's own objects


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
