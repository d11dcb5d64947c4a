"""Runs cases side by side, each in a process of its own, and keeps what each gave."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from distributed import Client, Future, KilledWorker, wait
from pydantic import ValidationError

from cosim.cluster import WORKER_MEMORY_BYTES, connect
from ohmloop.regress.cases import Case
from ohmloop.regress.record import Record
from ohmloop.report import write_report

POLL_S = 1
"""Time between two looks at the limits of the cases, in seconds."""


class Runner(Protocol):
    """What runs a case. It is sent to other processes, so it is a function of a module."""

    def __call__(self, case: Case, folder: Path, *, build_dir: Path) -> Record:
        """Run a case whose paths are relative to a folder."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A case as it is sent to a worker."""

    case: Case
    folder: Path
    """Folder of the list of cases."""

    key: str
    """Hash of all that the result depends on."""

    file: Path
    """File that keeps the result."""

    build_dir: Path
    runner: Runner


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a case."""

    case: Case
    record: Record | None
    """Its result; None if it failed."""

    error: str = ""
    """What it failed with."""

    kept: bool = False
    """Whether the result was there from before."""


def load_kept(file: Path, key: str) -> Record | None:
    """Return the result in a file, or None if it is not there whole with that key."""
    try:
        tree = json.loads(file.read_bytes())
        if tree["key"] != key:
            return None
        return Record.model_validate_json(json.dumps(tree["record"]))
    except (OSError, ValueError, TypeError, KeyError, ValidationError):
        return None


def keep(file: Path, key: str, record: Record) -> None:
    """Write a result, whole or not at all."""
    write_report(file, {"key": key, "record": record.model_dump(mode="json")})


def run_cases(tasks: Sequence[Task], *, jobs: int, scratch: Path) -> Iterator[Outcome]:
    """Run cases, so many at a time; yield outcomes, kept ones first, others as they come.

    Results do not depend on the number of processes or the order. Whoever stops listening stops the
    processes; what is done by then is kept.

    Raises
    ------
    TimeoutError
        If a case reaches its limit; the others are given up as well.
    """
    missing = []
    for task in tasks:
        record = load_kept(task.file, task.key)
        if record is None:
            missing.append(task)
        else:
            yield Outcome(case=task.case, record=record, kept=True)
    if missing:
        jobs = min(jobs, len(missing))
        with connect(None, workers=jobs, folder=scratch) as client:
            yield from _compute(client, deque(missing), jobs)


def work(task: Task) -> Record:
    """Run a case, keep its result in its file, and return it."""
    record = task.runner(task.case, task.folder, build_dir=task.build_dir)
    keep(task.file, task.key, record)
    return record


def _compute(client: Client, missing: deque[Task], jobs: int) -> Iterator[Outcome]:
    """Yield outcomes as they come; no more cases are out than there are workers."""
    out: dict[Future, tuple[Task, float]] = {}
    while missing or out:
        while missing and len(out) < jobs:
            task = missing.popleft()
            end_s = time.monotonic() + task.case.limit_s
            out[client.submit(work, task, pure=False)] = (task, end_s)
        for future in _ended(list(out)):
            task, _ = out.pop(future)
            yield _outcome(task, future.result)
        late = [task for task, end_s in out.values() if time.monotonic() > end_s]
        if late:
            limit_s = late[0].case.limit_s
            raise TimeoutError(f"Case '{late[0].case.name}' did not end within {limit_s} s")


def _ended(futures: list[Future]) -> list[Future]:
    """Return what has ended, as soon as there is something; nothing after `POLL_S`."""
    try:
        return list(wait(futures, timeout=POLL_S, return_when="FIRST_COMPLETED").done)
    except CancelledError:
        raise RuntimeError("Processes of the cases were lost; what is done is kept") from None
    except TimeoutError:
        return []


def _outcome(task: Task, result: Callable[[], Record]) -> Outcome:
    """Return the outcome of a case that has ended; whatever it raises is its error."""
    try:
        return Outcome(case=task.case, record=result())
    except KilledWorker:
        memory = f"{WORKER_MEMORY_BYTES / 2**30:g} GiB"
        error = f"its process died; it crashed, was killed, or needed more than {memory} of memory"
    except Exception as failed:  # the case may run code of the user
        kind = "" if isinstance(failed, RuntimeError | ValueError) else f"{type(failed).__name__}: "
        error = f"{kind}{failed}"
    return Outcome(case=task.case, record=None, error=error)
