"""Two things at a time, which an interrupt ends at once."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def two_at_a_time(make: Callable[[Given], Made], given: Mapping[str, Given]) -> dict[str, Made]:
    """Return what a function makes of each thing, by its name; the first ones begin first.

    Their threads do not keep the program from ending, as those of an executor do, and what they
    started ends with it: see :func:`cosim.process.run_logged`.

    Raises
    ------
    Exception
        What the function raises, when all are done.
    KeyboardInterrupt
        At once.
    """
    jobs: dict[str, Future[Made]] = {name: Future() for name in given}
    waiting: SimpleQueue[str] = SimpleQueue()
    for name in given:
        waiting.put(name)

    def work() -> None:
        while True:
            try:
                name = waiting.get_nowait()
            except Empty:
                return
            try:
                jobs[name].set_result(make(given[name]))
            except BaseException as error:
                jobs[name].set_exception(error)

    for _ in range(2):
        Thread(target=work, daemon=True).start()
    wait(jobs.values())
    return {name: job.result() for name, job in jobs.items()}
