"""A whole tile as one compiled model: its host, its program, all its macros."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from cosim.build import RUN_LIMIT_S, tile_design
from cosim.job import MacroJob
from cosim.native.build import native_library
from cosim.native.library import Counting
from cosim.native.slices import until_border
from cosim.native.tile import TileBatch, TileLoop, TileOutcome, Verdict
from cosim.tile.batch import tile_batch, tile_half_period_ps
from cosim.tile.ending import Ending, raise_unless_done
from cosim.tile.result import FlatRun, flat_run
from cosim.window import check_window
from network.compiled import Compiled

SLICE_CYCLES = 20_000
"""Cycles between two looks at the clock on the wall."""


def run_flat(
    compiled: Compiled,
    images: np.ndarray,
    jobs: dict[int, MacroJob],
    *,
    build_dir: Path,
    waves: Path | None = None,
    window: range | None = None,
    limit_s: float = RUN_LIMIT_S,
) -> FlatRun:
    """Run images through a tile in RTL, one after the other.

    Parameters
    ----------
    compiled : Compiled
        Network.
    images : ndarray of unsigned, shape (images, height, width, channels)
        Inputs.
    jobs : dict of int to MacroJob
        What each macro in use converts, by its number on the tile, for all images.
    build_dir : Path
        Build folder.
    waves : Path or None
        Waveform to write, ``.vcd`` or ``.fst``. It is left even if the run ends in an error. Cycle
        n begins at n clock periods.
    window : range or None
        Cycles, counted from 0 after the reset, those of the host included, to which the waveform is
        confined; None: all. Toggles are not.
    limit_s : float
        Longest time, in seconds.

    Raises
    ------
    RuntimeError
        If a macro is driven otherwise than predicted.
    TimeoutError
        If the tile makes no progress, or the time is over.
    ValueError
        If the window is none, begins after the run has ended, or comes without a waveform, or the
        name of the waveform ends otherwise.
    """
    _check_waves(waves, window)
    rtl = tile_design(compiled.tile, build_dir)
    trace = None if waves is None else waves.suffix.removeprefix(".")
    library = native_library(rtl, build_dir, trace=trace)
    half_ps = tile_half_period_ps(jobs)
    with _loop(library, tile_batch(compiled, images, jobs)) as loop:

        def watch(watching: bool) -> None:
            if waves is not None and watching:
                loop.begin_trace(waves, half_period=half_ps)
            elif waves is not None:
                loop.end_trace()

        outcome = _turn_to_end(loop, limit_s, window, watch)
        raise_unless_done(_ending(outcome), compiled)
        counts = loop.counts(rtl.registers)
    if window is not None and window.start > outcome.cycle:
        raise ValueError(
            f"Window must begin before the run ends in cycle {outcome.cycle}, not in cycle "
            f"{window.start}"
        )
    return flat_run(
        compiled,
        answers=loop.answers,
        run_cycles=loop.run_cycles,
        toggles=counts.toggles,
        cycles=outcome.cycle,
    )


@contextmanager
def _loop(library: Path, work: TileBatch) -> Iterator[TileLoop]:
    loop = TileLoop(library, work, Counting.CHANGES)
    try:
        yield loop
    finally:
        loop.free()


def _check_waves(waves: Path | None, window: range | None) -> None:
    if window is not None:
        check_window(window)
        if waves is None:
            raise ValueError("Window must come with a waveform")
    if waves is not None and waves.suffix not in (".vcd", ".fst"):
        raise ValueError(f"Waveform must end in one of .vcd, .fst, not '{waves.name}'")


def _turn_to_end(
    loop: TileLoop, limit_s: float, window: range | None, watch: Callable[[bool], None]
) -> TileOutcome:
    deadline_s = time.monotonic() + limit_s
    cycle, watching = 0, False
    while True:
        ahead, watched = until_border(cycle, window)
        if watched != watching:
            watch(watched)
            watching = watched
        cycles = SLICE_CYCLES if ahead is None else min(SLICE_CYCLES, ahead)
        outcome = loop.turn(cycles)
        cycle += cycles
        if outcome.verdict != Verdict.RUNNING:
            return outcome
        if time.monotonic() > deadline_s:
            raise TimeoutError(
                f"Simulation of the tile did not end within {limit_s:g} s "
                f"({outcome.access} host accesses done, cycle {outcome.cycle})"
            )


def _ending(outcome: TileOutcome) -> Ending:
    expected, seen = (
        sum(word << 32 * n for n, word in enumerate(words))
        for words in (outcome.expected, outcome.seen)
    )
    return Ending(
        verdict=Verdict(outcome.verdict),
        cycle=outcome.cycle,
        access=outcome.access,
        macro=outcome.macro,
        conversions=outcome.conversions,
        expected=expected,
        seen=seen,
    )
