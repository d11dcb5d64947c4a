"""The macro farm: many jobs spread over worker processes, each result kept in a file."""

import contextlib
import itertools
import shutil
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path

from distributed import Client, Future, KilledWorker, wait

from cosim.build import design
from cosim.cache import writable
from cosim.cluster import (
    WORKER_MEMORY_BYTES,
    ask,
    check_cluster,
    connect,
    signals_held,
    start_limit_s,
)
from cosim.engines import ENGINES
from cosim.job import MacroRun
from cosim.results import job_key, load_run, sweep
from cosim.source import edition
from cosim.worker import JobSource, Task, work
from hw_spec.check import integer, one_of

IN_FLIGHT = 2
"""Jobs per worker that are sent out at once: one is computed while the next one waits."""

POLL_S = 5
"""Time between two looks at whether any worker is left, in seconds."""

GRACE_S = 120
"""What a job may take beyond the limit of its run, in seconds."""

MOST_WORKERS = 1024

LOST = "Cluster was lost on the way; the macros that are done are kept"


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A result, and where it came from."""

    macro: int
    """Number of the macro."""

    run: MacroRun
    """Its result."""

    kept: bool
    """Whether it was found in its file rather than computed."""


@contextlib.contextmanager
def run_farm(
    sources: Iterable[JobSource],
    folder: Path,
    *,
    engine_name: str,
    build_dir: Path,
    workers: int,
    cluster: str | None = None,
    limit_s: float,
) -> Iterator[Iterator[Finished]]:
    """Run jobs on many processes; give their results, kept ones first, others as they come.

    The results are an iterator for a ``with`` block, at whose end the workers end, whatever is done
    by then.

    Results do not depend on workers or order. Each is a file in ``folder``, written whole or not at
    all; a file whose key is that of the job is kept, any other is computed anew. So a run that was
    killed goes on where it was. A job whose worker dies is tried once more, alone.

    What the engine needs is built once, before any job. Only sources are held here, and `IN_FLIGHT`
    jobs per worker are out at a time, so memory does not grow with the jobs.

    Parameters
    ----------
    sources : iterable of JobSource
        What to run; their numbers must differ.
    folder : Path
        Folder of the results, for one run at a time. Workers on other machines must see it, the
        build folder and what the sources read under the same paths, and have the same Ohmloop.
    engine_name : str
        Engine, one of `cosim.engines.ENGINES`.
    build_dir : Path
        Build folder, with the cache.
    workers : int
        Workers to start, with one thread each.
    cluster : str or None
        See :func:`cosim.cluster.connect`.
    limit_s : float
        Longest wall time of one job, in seconds.

    Raises
    ------
    ValueError
        If a number is given twice, or a worker has another Ohmloop or other files.
    OSError
        If the folder cannot be written, a tool is missing, or a cluster does not answer.
    RuntimeError
        If a job fails, or its worker dies again. The message names the macro.
    TimeoutError
        If a job makes no progress, or there are no workers.
    """
    integer("Workers", workers, 1, MOST_WORKERS)
    one_of("Engine", engine_name, ENGINES)
    check_cluster(cluster)
    writable(folder)
    scratch = folder / "work"
    shutil.rmtree(scratch, ignore_errors=True)  # of a run that failed or was killed
    sweep(folder)
    with contextlib.ExitStack() as stack:

        def start() -> Client:
            scratch.mkdir()
            return stack.enter_context(connect(cluster, workers=workers, folder=scratch))

        tasks = _tasks(
            sources, folder, scratch, engine_name=engine_name, build_dir=build_dir, limit_s=limit_s
        )
        yield _results(tasks, start, limit_s, start_limit_s(cluster))
    shutil.rmtree(scratch, ignore_errors=True)


def _results(
    tasks: Iterable[Task], start: Callable[[], Client], limit_s: float, no_worker_s: float
) -> Iterator[Finished]:
    """Yield the results of all tasks; workers are started only if there is something to do."""
    missing = []
    for task in tasks:
        run = load_run(task.file, task.key)
        if run is None:
            missing.append(task)
        else:
            yield Finished(macro=task.source.macro, run=run, kept=True)
    if missing:
        yield from _compute(start(), missing, limit_s, no_worker_s)


def _tasks(
    sources: Iterable[JobSource],
    folder: Path,
    scratch: Path,
    *,
    engine_name: str,
    build_dir: Path,
    limit_s: float,
) -> Iterator[Task]:
    """Yield the tasks of a run, and build what they need."""
    rtl_hashes: dict[object, str] = {}
    seen = set()
    for source in sources:
        job = source.job()
        if job.macro in seen:
            raise ValueError(f"Numbers of macros must differ, but {job.macro} is given twice")
        seen.add(job.macro)
        spec = job.chip.macro
        if spec not in rtl_hashes:
            ENGINES[engine_name].build(spec, build_dir, waves=False)
            rtl_hashes[spec] = design(spec, build_dir).rtl_hash
        rtl_hash = rtl_hashes[spec]
        yield Task(
            source=source,
            key=job_key(job, engine_name=engine_name, rtl_hash=rtl_hash),
            file=folder / f"macro-{job.macro:06d}.npz",
            engine_name=engine_name,
            rtl_hash=rtl_hash,
            build_dir=build_dir,
            scratch=scratch,
            limit_s=limit_s,
            edition=edition(),
        )


def _compute(
    client: Client, tasks: list[Task], limit_s: float, no_worker_s: float
) -> Iterator[Finished]:
    """Yield results as they come; jobs that may have killed a worker are tried again, alone.

    When a worker dies, a job that merely waited there is under suspicion as well.
    """
    suspects = yield from _attempt(client, tasks, limit_s, no_worker_s)
    for task in suspects:
        if (yield from _attempt(client, [task], limit_s, no_worker_s)):
            raise RuntimeError(
                f"Macro {task.source.macro}: its worker died twice; it crashed, was killed, or "
                f"needed more than {WORKER_MEMORY_BYTES / 2**30:g} GiB of memory"
            )


def _attempt(
    client: Client, tasks: Iterable[Task], limit_s: float, no_worker_s: float
) -> Generator[Finished, None, list[Task]]:
    """Yield results as they come, and return the tasks whose workers died."""
    waiting = iter(tasks)
    out: dict[Future, Task] = {}
    suspects: list[Task] = []
    while True:
        room = max(1, IN_FLIGHT * _threads(client)) - len(out)
        for task in itertools.islice(waiting, max(0, room)):
            out[client.submit(work, task, pure=False)] = task
        if not out:
            return suspects
        for future in _wait(client, out, IN_FLIGHT * limit_s + GRACE_S, no_worker_s):
            task = out.pop(future)
            try:
                run = _result(future, task)
            except KilledWorker:
                suspects.append(task)
            else:
                yield Finished(macro=task.source.macro, run=run, kept=False)


def _wait(
    client: Client, out: dict[Future, Task], limit_s: float, no_worker_s: float
) -> list[Future]:
    """Return what is done, once there is something."""
    macros = ", ".join(str(task.source.macro) for task in out.values())
    start = last_worker = time.monotonic()
    while True:
        try:
            return list(wait(list(out), timeout=POLL_S, return_when="FIRST_COMPLETED").done)
        except CancelledError:
            raise RuntimeError(LOST) from None
        except TimeoutError:
            now = time.monotonic()
        if _threads(client):
            last_worker = now
        if now - last_worker > no_worker_s:
            raise TimeoutError(f"No worker was left for {no_worker_s:g} s (macros {macros})")
        if now - start > limit_s:
            raise TimeoutError(f"No job was done within {limit_s:g} s (macros {macros})")


def _threads(client: Client) -> int:
    """Return how many jobs can run at once; 0 while no worker is there."""
    try:
        return sum(ask(client, client.nthreads).values())
    except OSError:
        raise RuntimeError(LOST) from None


def _result(future: Future, task: Task) -> MacroRun:
    """Return the result of a job, or raise what it ended with, the macro in front."""
    macro = task.source.macro
    try:
        return future.result()
    except KilledWorker:
        raise
    except Exception as error:
        for kind in (TimeoutError, OSError, ValueError, TypeError):
            if isinstance(error, kind):
                raise kind(f"Macro {macro}: {error}") from None
        what = "" if type(error) is RuntimeError else f"{type(error).__name__}: "
        raise RuntimeError(f"Macro {macro}: {what}{error}") from None
    finally:
        with signals_held():  # an interrupt that falls into Future.__del__ would be lost
            future.release()
