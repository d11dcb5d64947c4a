"""Turns a loop to the end of its batch, a slice of cycles at a time.

Between slices, Python sees Ctrl-C, the wall-clock limit and whoever watches the progress.
"""

import time
from collections.abc import Callable

import numpy as np

from cosim.job import MacroJob
from cosim.loop import pause_blocks
from cosim.native.library import MacroLoop, Outcome, Verdict

SLICE_S = 0.3
"""Wall time of a slice, about."""

FIRST_SLICE = 5_000
"""Cycles of the first slice, whose rate sizes the others."""


def turn_to_end(
    loop: MacroLoop,
    *,
    job: MacroJob | None = None,
    window: range | None = None,
    watch: Callable[[bool], None] = lambda watching: None,
    check: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Turn a loop until its verdict is there.

    Parameters
    ----------
    loop : MacroLoop
        What to turn.
    job : MacroJob or None
        Tells when the macro is held up; None: never.
    window : range or None
        Cycles to watch; None: all.
    watch : callable
        Told when the window begins, with True, and when it ends before the run does, with False.
    check : callable
        Told, after each slice but the last, how far the loop is; may raise.
    """
    pause = _pause_source(job)
    last = None if job is None or job.timetable is None else job.timetable.cycles
    cycle, cycles, watching = 0, FIRST_SLICE, False
    while True:
        ahead, watched = until_border(cycle, window)
        if watched != watching:
            watch(watched)
            watching = watched
        step = cycles if ahead is None else min(cycles, ahead)
        step = step if last is None else min(step, last - cycle)
        start = time.perf_counter()
        outcome = loop.turn(step, pauses=pause(step), watched=watched)
        elapsed_s = time.perf_counter() - start
        cycle += step
        if outcome.verdict != Verdict.RUNNING:
            return outcome
        if cycle == last:
            complete = outcome.received == len(loop.psums)
            outcome.verdict = Verdict.DONE if complete else Verdict.STUCK
            return outcome
        check(outcome)
        if step == cycles:
            cycles = max(1, int(cycles * SLICE_S / max(elapsed_s, SLICE_S / 10)))


def until_border(cycle: int, window: range | None) -> tuple[int | None, bool]:
    """Return the cycles until the window begins or ends, and whether this cycle is inside."""
    if window is None:
        return None, True
    if cycle < window.start:
        return window.start - cycle, False
    if cycle < window.stop:
        return window.stop - cycle, True
    return None, False


def _pause_source(job: MacroJob | None) -> Callable[[int], np.ndarray | None]:
    """Return a function that gives the pauses of the next cycles; None if there are never any."""
    if job is None or not (job.timetable or job.pauses.inputs or job.pauses.psums):
        return lambda cycles: None
    blocks = pause_blocks(job)
    left = np.zeros(0, np.uint8)

    def take(cycles: int) -> np.ndarray:
        nonlocal left
        parts, have = [left], len(left)
        while have < cycles:
            parts.append(next(blocks))
            have += len(parts[-1])
        joined = np.concatenate(parts)
        left = joined[cycles:]
        return joined[:cycles]

    return take
