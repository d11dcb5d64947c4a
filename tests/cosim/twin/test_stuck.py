import numpy as np
import pytest

from cosim.engines import pysim
from cosim.job import Pauses
from cosim.loop import pause_blocks
from cosim.twin.compute import compute

HOPELESS = {
    "no inputs": Pauses(inputs=1.0),
    "no psums": Pauses(psums=1.0),
    "neither": Pauses(inputs=1.0, psums=1.0),
    "hardly any inputs": Pauses(inputs=0.9995, seed=1),
    "hardly any psums": Pauses(psums=0.9995, seed=2),
    "hardly any of either": Pauses(inputs=0.998, psums=0.9999, seed=3),
    "almost never": Pauses(inputs=1 - 1e-12, seed=4),
}


def message_of(run):
    with pytest.raises(TimeoutError) as caught:
        run()
    return str(caught.value)


@pytest.mark.parametrize("pauses", HOPELESS.values(), ids=HOPELESS)
@pytest.mark.parametrize("macro", [{}, {"columns_per_adc": 1, "parallel_rows": 10}])
def test_says_the_same_as_pysim_in_the_same_cycle(pauses, macro, make_chip, make_job):
    job = make_job(make_chip(**macro), pauses=pauses)
    expected = message_of(lambda: pysim.run(job, None, build_dir=None))
    assert message_of(lambda: compute(job)) == expected


@pytest.mark.parametrize(("seed", "first_open"), [(12428, 1010), (130, 1011)])  # found by trial
def test_longest_wait_is_that_of_pysim(seed, first_open, make_chip, make_job, assert_same):
    chip = make_chip(rows=1, parallel_rows=1)  # 9 cycles per vector, so 1009 may pass
    job = make_job(chip, vectors=1, pauses=Pauses(inputs=0.999, seed=seed))
    open_cycles = np.flatnonzero(next(pause_blocks(job)) & 1 == 0)
    assert open_cycles[0] == first_open
    if first_open == 1010:
        assert_same(compute(job).run, pysim.run(job, None, build_dir=None))
    else:
        expected = message_of(lambda: pysim.run(job, None, build_dir=None))
        assert message_of(lambda: compute(job)) == expected


def test_many_vectors_that_get_stuck_early_cost_little(make_chip, make_job):
    job = make_job(make_chip(), vectors=100_000, pauses=Pauses(inputs=0.9999, psums=0.9999))
    assert "of 100000 vectors done, cycle" in message_of(lambda: compute(job))
