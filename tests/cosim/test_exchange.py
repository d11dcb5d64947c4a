import dataclasses

import numpy as np
import pytest

from cosim.exchange import load_job, load_outcome, save_job, save_outcome
from cosim.job import MacroRun, Pauses


def test_job_survives_the_file(make_chip, make_job, tmp_path):
    job = make_job(make_chip(), pauses=Pauses(inputs=0.25, seed=9))
    save_job(tmp_path / "job.npz", job)
    loaded = load_job(tmp_path / "job.npz")
    for name in ("levels", "inputs"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(job, name))
        assert getattr(loaded, name).dtype == getattr(job, name).dtype
    rest = [field.name for field in dataclasses.fields(job) if field.name not in vars(np)]
    for name in set(rest) - {"levels", "inputs"}:
        assert getattr(loaded, name) == getattr(job, name)


def test_result_survives_the_file(tmp_path):
    run = MacroRun(
        psums=np.array([[-(2**40), 5]]),
        done_cycles=np.array([77]),
        conversions=24,
        array_j=1.25e-12,
    )
    save_outcome(tmp_path / "outcome.npz", run)
    loaded = load_outcome(tmp_path / "outcome.npz")
    np.testing.assert_array_equal(loaded.psums, run.psums)
    assert (loaded.cycles, loaded.conversions, loaded.array_j) == (77, 24, 1.25e-12)


@pytest.mark.parametrize("kind", [TimeoutError, ValueError])
def test_failure_is_raised_again(kind, tmp_path):
    save_outcome(tmp_path / "outcome.npz", kind("stuck at 3"))
    with pytest.raises(kind, match=r"^stuck at 3$"):
        load_outcome(tmp_path / "outcome.npz")
