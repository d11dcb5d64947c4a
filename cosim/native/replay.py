"""A part of a tile by itself, among predicted surroundings: turns it and holds it to them."""

import ctypes
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np

from cosim.build import Design
from cosim.native import replay_library
from cosim.native.batch import check_array
from cosim.native.counts import counter_places, register_toggles
from cosim.native.recording import SinkOfPhase
from cosim.native.tracks import Track, words

SLICE_CYCLES = 20_000
"""Cycles between two looks at the clock on the wall."""


class Verdict(IntEnum):
    """How a replay ended, or that it has not; the order is that of the C++ side."""

    DONE = 0
    RUNNING = 1
    DIFFERS = 2
    MOVED = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Replay:
    """All that crosses the ports of a part of a tile, from its reset on."""

    cycles: int

    feeds: Sequence[Track]
    """Inputs; 0 before their first value."""

    checks: Sequence[Track]
    """Outputs."""

    probes: Sequence[tuple[str, np.ndarray]] = ()
    """Outputs to be kept: port, and in which cycles; uint64, rising."""

    rests: np.ndarray
    """uint64, rising from 1: cycles in which every register is as in the cycle before."""

    windows: np.ndarray
    """uint64, shape (windows, 2), rising: first cycle in which registers are counted, and first in
    which they no longer are. The edge into the latter counts."""

    spans: np.ndarray
    """From :func:`cosim.native.recording.spans`."""

    def check(self, design: Design) -> None:
        """Refuse what the library would read wrongly; raises what :meth:`Track.check` raises."""
        for tracks, direction in ((self.feeds, "input"), (self.checks, "output")):
            for track in tracks:
                track.check(design.ports[track.port], direction)
        check_array("windows", self.windows, np.uint64, (len(self.windows), 2))
        check_array("spans", self.spans, np.uint64, (len(self.spans), 3))
        check_array("rests", self.rests, np.uint64, (len(self.rests),))


@dataclass(frozen=True, kw_only=True, eq=False)
class Replayed:
    """What a replay left."""

    toggles: dict[str, int]
    """Bit toggles of every register within the windows, by its path."""

    probes: list[np.ndarray]
    """uint32, shape (cycles, words): what each probe has seen."""


def run_replay(
    library: Path,
    design: Design,
    replay: Replay,
    *,
    where: Callable[[int], str],
    deadline_s: float,
    sinks: SinkOfPhase | None = None,
) -> Replayed:
    """Turn a part of a tile through its replay.

    Parameters
    ----------
    library : Path
        Library of the design.
    design : Design
        The part.
    replay : Replay
        What it is given and must show.
    where : callable
        Names a cycle and what the part does then.
    deadline_s : float
        When to give up, on the monotonic clock.
    sinks : tuple of Sink or None
        Who takes registers, inputs and words read of memories, by :class:`Phase`.

    Raises
    ------
    RuntimeError
        At the first difference.
    TimeoutError
        After the deadline.
    """
    replay.check(design)
    probes = [
        Track(port=port, cycles=cycles, values=_room(design.ports[port].bits, len(cycles)))
        for port, cycles in replay.probes
    ]
    seen = _room(max(port.bits for port in design.ports.values()), 1)
    struct = replay_library.struct(
        list(design.ports),
        feeds=replay.feeds,
        checks=replay.checks,
        probes=probes,
        cycles=replay.cycles,
        rest=replay.rests,
        window=replay.windows,
        seen=seen,
    )
    calls = replay_library.load(library)
    loop = calls.ohmloop_replay_new(ctypes.byref(struct))
    try:
        if sinks is not None:
            replay_library.record(calls, loop, sinks, replay.spans)
        outcome = replay_library.Outcome(verdict=Verdict.RUNNING)
        while outcome.verdict == Verdict.RUNNING:
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"Simulation did not end in time, but in {where(outcome.cycle)}")
            calls.ohmloop_replay_turn(loop, SLICE_CYCLES, ctypes.byref(outcome))
        _raise_unless_done(replay, outcome, seen[0], where)
        calls.ohmloop_replay_recorded(loop)
        counters, places = counter_places(calls, design.registers)
        changes = np.zeros(counters, np.uint64)
        calls.ohmloop_replay_counts(loop, changes.ctypes.data)
    finally:
        calls.ohmloop_replay_free(loop)
    return Replayed(
        toggles=register_toggles(changes, places),
        probes=[track.values for track in probes],
    )


def _room(bits: int, rows: int) -> np.ndarray:
    return np.zeros((rows, words(bits)), np.uint32)


def _raise_unless_done(
    replay: Replay,
    outcome: replay_library.Outcome,
    seen: np.ndarray,
    where: Callable[[int], str],
) -> None:
    if outcome.verdict == Verdict.DONE:
        return
    text = f"RTL of the tile differs from the prediction in {where(outcome.cycle)}"
    if outcome.verdict == Verdict.MOVED:
        raise RuntimeError(f"{text}: no register must change")
    track = replay.checks[outcome.check]
    expected = track.values[outcome.value]
    want, have = (
        int.from_bytes(row.astype("<u4").tobytes(), "little")
        for row in (expected, seen[: len(expected)])
    )
    raise RuntimeError(f"{text}: port '{track.port}' must be {want:#x}, not {have:#x}")
