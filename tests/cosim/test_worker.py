import re
from dataclasses import dataclass, replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from cosim import worker
from cosim.engines import pysim
from cosim.job import MacroJob
from cosim.results import job_key, load_run
from cosim.source import edition
from cosim.worker import Task, work


@dataclass(frozen=True)
class Given:
    given: MacroJob
    macro: int = 0

    def job(self):
        return self.given


@pytest.fixture
def task(make_chip, make_job, tmp_path, build_dir):
    job = make_job(make_chip(), vectors=2)
    (tmp_path / "work").mkdir()
    return Task(
        source=Given(job),
        key=job_key(job, engine_name="pysim", rtl_hash="a"),
        file=tmp_path / "macro.npz",
        engine_name="pysim",
        rtl_hash="a",
        build_dir=build_dir,
        scratch=tmp_path / "work",
        limit_s=60,
        edition=edition(),
    )


def test_result_is_returned_and_kept_and_the_work_folder_goes(task, tmp_path, build_dir):
    run = work(task)
    expected = pysim.run(task.source.job(), tmp_path, build_dir=build_dir)
    np.testing.assert_array_equal(run.psums, expected.psums)
    np.testing.assert_array_equal(load_run(task.file, task.key).psums, expected.psums)
    assert not list(task.scratch.iterdir())


def test_engine_has_one_thread(task, monkeypatch):
    seen = []

    class Spy:
        @staticmethod
        def run(*args, **options):
            assert options["limit_s"] == 60
            seen.extend(pool["num_threads"] for pool in threadpool_info())
            raise TimeoutError("spied")

    monkeypatch.setitem(worker.ENGINES, "pysim", Spy)
    with pytest.raises(TimeoutError, match=r"^spied$"):
        work(task)
    assert set(seen) == {1}
    assert len(list(task.scratch.iterdir())) == 1  # what a failed engine wrote is left to be read
    assert not task.file.exists()


def test_other_edition_is_refused(task):
    message = (
        rf"^Workers must run Ohmloop 0, as this machine does, but '.*' has {re.escape(edition())}$"
    )
    with pytest.raises(ValueError, match=message):
        work(replace(task, edition="Ohmloop 0"))


def test_folder_that_is_not_shared(task, tmp_path):
    message = rf"^Folder '{tmp_path}/else' must be shared with all workers, but '.*' lacks it$"
    with pytest.raises(FileNotFoundError, match=message):
        work(replace(task, scratch=tmp_path / "else" / "work"))


def test_other_files_are_refused(task, tmp_path):
    message = rf"^Folder '{tmp_path}' must be the same on all workers, but '.*' has other files"
    with pytest.raises(ValueError, match=message):
        work(replace(task, key="0"))
