"""Closed loop: macros run until they ask their analog side something, and are answered together.

Nothing is predicted. The rows that a macro drives are what is converted, so this is the loop for
whatever decides its next step by the last answer.
"""

import ctypes
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cosim.build import RUN_LIMIT_S
from cosim.job import MacroJob, MacroRun
from cosim.loop import PATIENCE_CYCLES, PAUSE_BLOCK, overtime_text, pause_blocks, stuck_text
from cosim.native.closed_port import ASKS, ENDED, SILENT, Port
from cosim.native.counts import counter_places, register_toggles
from cosim.native.library import load
from hw_spec.port import psum_beats


@dataclass(frozen=True)
class ClosedRuns:
    """What macros did that were answered together."""

    runs: list[MacroRun]
    """Results, in the order of the jobs."""

    requests: int
    """Questions of single macros that were answered."""


def run_closed(
    jobs: Sequence[MacroJob],
    library: Path,
    registers: dict[str, int],
    *,
    limit_s: float = RUN_LIMIT_S,
) -> ClosedRuns:
    """Run jobs of one kind of macro to their ends, each on a macro of its own.

    Parameters
    ----------
    jobs : sequence of MacroJob
        What to run; of one chip, and all ideal or none.
    library : Path
        Shared library of the design.
    registers : dict of str to int
        Width of every register of the design, by its path.
    limit_s : float
        Longest time, in seconds.

    Raises
    ------
    ValueError
        If the macros differ in kind, or one has a timetable.
    TimeoutError
        If a macro makes no progress, or the time is over.
    """
    if any(job.timetable is not None for job in jobs):
        raise ValueError("Engine 'closed' keeps no timetable; run the same on engine 'native'")
    port = Port(jobs)
    called = load(library)
    loops = [called.ohmloop_closed_new(ctypes.byref(struct)) for struct in port.structs]
    try:
        requests = _turn_to_end(called, loops, port, time.monotonic() + limit_s, limit_s)
        runs = []
        for n, (job, loop) in enumerate(zip(jobs, loops, strict=True)):
            runs.append(port.run(n, job, _toggles(called, loop, registers)))
    finally:
        for loop in loops:
            called.ohmloop_closed_free(loop)
    return ClosedRuns(runs, requests)


def _turn_to_end(
    called: ctypes.CDLL, loops: list[int], port: Port, deadline_s: float, limit_s: float
) -> int:
    """Turn all macros until each is done; return how many questions were answered."""
    addresses = np.array(loops, dtype=np.uint64)
    pauses = [
        pause_blocks(job) if job.pauses.inputs or job.pauses.psums else None for job in port.jobs
    ]
    ended = np.zeros(len(loops), dtype=bool)
    requests, last_cycle = 0, 0
    while not ended.all():
        # Every macro is turned from question to question until all stand at the end of the block.
        first_cycle, last_cycle = last_cycle, last_cycle + PAUSE_BLOCK
        turning = np.flatnonzero(~ended)
        held = [next(blocks) if (blocks := pauses[n]) else None for n in turning]
        pause_of = np.zeros(len(loops), dtype=np.uint64)
        pause_of[turning] = [0 if block is None else block.ctypes.data for block in held]
        while len(turning):
            some, their_pauses = addresses[turning], pause_of[turning]
            port.state[:] = 0
            called.ohmloop_closed_turn(
                some.ctypes.data, len(some), last_cycle, first_cycle, their_pauses.ctypes.data
            )
            silent = np.flatnonzero(port.state & SILENT)
            if len(silent):
                raise TimeoutError(_stuck(called, loops, port, int(silent[0])))
            requests += port.answer()
            ended |= (port.state & ENDED) != 0
            if time.monotonic() > deadline_s:
                raise TimeoutError(_late(called, loops, port, int(turning[0]), limit_s))
            turning = turning[(port.state[turning] & ASKS) != 0]
    return requests


def _progress(called: ctypes.CDLL, loop: int) -> tuple[int, int, int, int]:
    """Return cycle, psum beats taken, status, and whether a row beat waits, of one macro."""
    words = np.zeros(5, dtype=np.uint64)
    called.ohmloop_closed_progress(loop, words.ctypes.data)
    cycle, _sent, received, status, offered = words.tolist()
    return cycle, received, status, offered


def _toggles(called: ctypes.CDLL, loop: int, registers: dict[str, int]) -> dict[str, int]:
    """Return the changes of each register of one macro, which must not be turned any more."""
    counters, places = counter_places(called, registers)
    changes = np.zeros(counters, np.uint64)
    called.ohmloop_closed_counts(loop, changes.ctypes.data)
    return register_toggles(changes, places)


def _stuck(called: ctypes.CDLL, loops: list[int], port: Port, n: int) -> str:
    spec = port.spec
    cycle, received, status, offered = _progress(called, loops[n])
    return stuck_text(
        spec,
        idle=spec.cycles_per_vector + PATIENCE_CYCLES + 1,
        offered=bool(offered),
        done=received // psum_beats(spec),
        vectors=len(port.jobs[n].inputs),
        cycle=cycle,
        status=status,
    )


def _late(called: ctypes.CDLL, loops: list[int], port: Port, n: int, limit_s: float) -> str:
    cycle, received, _status, _offered = _progress(called, loops[n])
    return overtime_text(
        macro=port.jobs[n].macro,
        cycle=cycle,
        done=received // psum_beats(port.spec),
        vectors=len(port.jobs[n].inputs),
        limit_s=limit_s,
    )
