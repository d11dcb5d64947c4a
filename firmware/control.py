"""How a host starts a program, waits for its end and reads the log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware.driver import Access
from hw_spec.host import DATA_BITS, LOG_WORDS, Control, Event, Region, Status
from hw_spec.tile import TileSpec

START = Access(Region.CONTROL, Control.COMMAND, 1)
"""Starts the program."""

RESUME = Access(Region.CONTROL, Control.COMMAND, 2)
"""Goes on after HOST."""

STATUS = Access(Region.CONTROL, Control.STATUS)
"""Asks for the status."""

_TOLD = (Control.STATUS, Control.COUNTER, Control.TRAP_WORD, Control.MARKS)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a tile tells about its program."""

    status: Status
    counter: int
    """Number of the instruction it is at."""
    trap_word: int
    marks: int
    """Entries of the log; one more than it holds if marks were dropped."""


def progress_accesses() -> list[Access]:
    """Return the reads whose answers :func:`progress` takes."""
    return [Access(Region.CONTROL, place) for place in _TOLD]


def progress(answers: Sequence[int]) -> Progress:
    """Return what the answers to :func:`progress_accesses` say."""
    status, counter, trap_word, marks = answers
    return Progress(status=Status(status), counter=counter, trap_word=trap_word, marks=marks)


def wait_for_stop(ask: Callable[[Access], int], *, polls: int) -> Progress:
    """Ask until the program waits for the host or has halted.

    Parameters
    ----------
    ask : callable
        Carries a read out and returns its answer.
    polls : int
        How often the status is asked for at most.

    Raises
    ------
    RuntimeError
        If the program trapped, or none was started.
    TimeoutError
        If it still runs after ``polls``.
    """
    if any(ask(STATUS) != Status.RUNNING for _ in range(polls)):
        told = progress([ask(access) for access in progress_accesses()])
        if told.status not in (Status.HOST, Status.HALTED):
            raise RuntimeError(
                f"Program must halt or wait for the host, not be {told.status.name} at word "
                f"{told.counter} on {told.trap_word:#010x}"
            )
        return told
    counter = ask(Access(Region.CONTROL, Control.COUNTER))
    raise TimeoutError(f"Program still ran after {polls} polls, at word {counter}")


def log_accesses(tile: TileSpec, marks: int) -> list[Access]:
    """Return the reads of all entries of the log, whose answers :func:`log_entries` takes.

    Parameters
    ----------
    marks : int
        As the tile tells it.

    Raises
    ------
    RuntimeError
        If marks were dropped.
    """
    if marks > tile.table.marks:
        raise RuntimeError(f"Log must hold every mark, not only the first {tile.table.marks}")
    return [Access(Region.LOG, n) for n in range(LOG_WORDS * marks)]


def log_entries(answers: Sequence[int]) -> list[dict[Event, int]]:
    """Return the entries of the log: counts since the start, modulo 2**32."""
    starts = range(0, len(answers), LOG_WORDS)
    return [dict(zip(Event, answers[n : n + LOG_WORDS], strict=True)) for n in starts]


def intervals(entries: Sequence[dict[Event, int]]) -> list[dict[Event, int]]:
    """Return what was counted up to the first mark, and from each mark to the next.

    Counters that wrapped around do no harm unless one counted more than 2**32 - 1 in between.
    """
    before = [dict.fromkeys(Event, 0), *entries]
    return [
        {event: (entry[event] - earlier[event]) % 2**DATA_BITS for event in Event}
        for earlier, entry in zip(before, entries, strict=False)
    ]
