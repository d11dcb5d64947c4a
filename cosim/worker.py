"""What a worker process of the farm does: one job at a time."""

import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from threadpoolctl import threadpool_limits

from cosim.engines import ENGINES
from cosim.job import MacroJob, MacroRun
from cosim.results import job_key, save_run
from cosim.source import edition


class JobSource(Protocol):
    """What a job is made from; small, because it is kept and sent instead of the job."""

    @property
    def macro(self) -> int:
        """Number of the macro, which names its result."""

    def job(self) -> MacroJob:
        """Return the job, the same on every machine."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A job as it is sent to a worker."""

    source: JobSource
    """What the job is made from."""

    key: str
    """Key of its result; see :func:`cosim.results.job_key`."""

    file: Path
    """File of its result."""

    engine_name: str
    """Engine that runs it."""

    rtl_hash: str
    """SHA-256 of the Verilog it runs on."""

    build_dir: Path
    """Build folder, where the simulator lies already."""

    scratch: Path
    """Folder for what the engine writes."""

    limit_s: float
    """Longest wall time of the run, in seconds."""

    edition: str
    """Ohmloop that sent it; see :func:`cosim.source.edition`."""


def work(task: Task) -> MacroRun:
    """Run a job, keep its result in its file, and return it.

    What the engine wrote is removed if it succeeds.

    Raises
    ------
    ValueError
        If this machine has another Ohmloop or other files than the one that sent the job.
    FileNotFoundError
        If it does not see the folder of the run.
    Exception
        Whatever the engine ends with.
    """
    host = socket.gethostname()
    if task.edition != edition():
        raise ValueError(
            f"Workers must run {task.edition}, as this machine does, but '{host}' has {edition()}"
        )
    if not task.scratch.is_dir():
        raise FileNotFoundError(
            f"Folder '{task.scratch.parent}' must be shared with all workers, but '{host}' lacks it"
        )
    job = task.source.job()
    if task.key != job_key(job, engine_name=task.engine_name, rtl_hash=task.rtl_hash):
        raise ValueError(
            f"Folder '{task.scratch.parent}' must be the same on all workers, "
            f"but '{host}' has other files in it"
        )
    work_dir = Path(tempfile.mkdtemp(dir=task.scratch, prefix=f"macro-{job.macro}-"))
    # There is a worker per core already.
    with threadpool_limits(1):
        engine = ENGINES[task.engine_name]
        run = engine.run(job, work_dir, build_dir=task.build_dir, limit_s=task.limit_s)
    save_run(task.file, task.key, run)
    shutil.rmtree(work_dir, ignore_errors=True)
    return run
