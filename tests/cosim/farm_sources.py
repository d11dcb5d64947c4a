"""Job sources of the farm tests, in a module of their own so that worker processes find it."""

import multiprocessing
import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

from cosim.job import MacroJob


@dataclass(frozen=True)
class Given:
    """A job as it is."""

    given: MacroJob
    macro: int

    def job(self):
        return replace(self.given, macro=self.macro)


def in_worker():
    return multiprocessing.parent_process() is not None


@dataclass(frozen=True)
class Killer(Given):
    """Kills its worker a number of times, and leaves a byte in a file each time."""

    marks: Path
    times: int

    def job(self):
        if in_worker() and (not self.marks.exists() or self.marks.stat().st_size < self.times):
            with self.marks.open("a") as file:
                file.write("x")
            time.sleep(0.3)  # so that another job waits on this worker by now
            os.kill(os.getpid(), signal.SIGKILL)
        return super().job()


@dataclass(frozen=True)
class Changing(Given):
    """Makes another job in the worker than here, as another file under the same path would."""

    def job(self):
        return replace(super().job(), seed=99) if in_worker() else super().job()


@dataclass(frozen=True)
class Failing(Given):
    """Fails in the worker."""

    error: Exception

    def job(self):
        if in_worker():
            raise self.error
        return super().job()


@dataclass(frozen=True)
class Slow(Given):
    """Takes its time in the worker."""

    seconds: float

    def job(self):
        if in_worker():
            time.sleep(self.seconds)
        return super().job()
