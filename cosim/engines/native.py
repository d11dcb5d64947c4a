"""Engine `native`: Verilated RTL in a shared library; compiled code turns the clock and checks."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cosim.build import RUN_LIMIT_S, Design, design
from cosim.codes import convert_all
from cosim.job import MacroJob, MacroRun
from cosim.loop import half_period_ps
from cosim.native.activity import write_activity
from cosim.native.batch import Batch, batch
from cosim.native.build import TRACES, native_library
from cosim.native.difference import raise_late, raise_unless_done
from cosim.native.library import Counting, MacroLoop, Outcome, macro_loop
from cosim.native.recording import Sink
from cosim.native.slices import turn_to_end
from cosim.predict import psums_of_words
from cosim.window import check_window
from hw_spec.check import integer
from hw_spec.macro import MacroSpec
from hw_spec.port import psum_beats

MOST_THREADS = 1024


@dataclass(frozen=True, kw_only=True)
class _Watch:
    """What a run leaves besides its result, and of which cycles."""

    waves: Path | None = None
    window: range | None = None
    activity: Path | None = None
    sink: Sink | None = None

    def __post_init__(self) -> None:
        if self.window is not None:
            check_window(self.window)
        if self.trace not in (None, *TRACES) and self.waves is not None:
            known = ", ".join(f".{name}" for name in TRACES)
            raise ValueError(f"Waveform must end in one of {known}, not '{self.waves.name}'")
        if self.trace == "saif" and self.window is not None:
            raise ValueError("Verilator's SAIF must cover the whole run; give no window")
        if self.activity is not None and self.activity.suffix != ".saif":
            raise ValueError(f"Activity file must end in .saif, not '{self.activity.name}'")

    @property
    def trace(self) -> str | None:
        """Kind of trace that the name of the waveform asks for."""
        return None if self.waves is None else self.waves.suffix.removeprefix(".")

    @property
    def first_cycle(self) -> int:
        """First cycle that is watched."""
        return 0 if self.window is None else self.window.start


def build(spec: MacroSpec, build_dir: Path, *, waves: bool) -> None:
    """Build the library, or the one that writes waves; see :class:`cosim.engines.Engine`."""
    _library(spec, build_dir, trace="vcd" if waves else None)


def run(
    job: MacroJob,
    work_dir: Path,
    *,
    build_dir: Path,
    waves: Path | None = None,
    window: range | None = None,
    activity: Path | None = None,
    sink: Sink | None = None,
    limit_s: float = RUN_LIMIT_S,
    progress: Callable[[int, int], None] | None = None,
) -> MacroRun:
    """Run a job; see :class:`cosim.engines.Engine`.

    Codes are computed beforehand for the drives the macro must show; the compiled loop compares
    every drive, select and strobe with the prediction, and every handshake while the streams never
    pause.

    Parameters
    ----------
    waves : Path or None
        Waveform to write: ``.vcd``, ``.fst``, or ``.saif`` for Verilator's own count of activity.
        It is left even if the run ends in an error. Cycle n begins at n clock periods.
    window : range or None
        Cycles, counted from 0, to which waveform, toggles and activity are confined.
    activity : Path or None
        SAIF file to write: what every bit of every register did; beside it, sums as JSON.
    sink : Sink or None
        Takes registers and inputs of every cycle, of the window if there is one.
    progress : callable or None
        Told now and then how many cycles and vectors are done.

    Raises
    ------
    RuntimeError
        If the macro does otherwise than predicted. There is no result then.
    ValueError
        If the window is none, or begins after the run has ended, or a name ends otherwise.
    """
    watch = _Watch(waves=waves, window=window, activity=activity, sink=sink)
    rtl, library = _library(job.chip.macro, build_dir, trace=watch.trace)
    deadline_s = time.monotonic() + limit_s

    def check(outcome: Outcome) -> None:
        if progress is not None:
            progress(outcome.cycle, outcome.received // psum_beats(job.chip.macro))
        if time.monotonic() > deadline_s:
            raise_late(job, outcome, limit_s)

    return _run(job, work_dir, rtl, partial(macro_loop, library), watch, check)


def prepared(
    spec: MacroSpec,
    work_dir: Path,
    *,
    build_dir: Path,
    toggles: bool = True,
    sink_of: Callable[[MacroJob], Sink | None] = lambda job: None,
    limit_s: float = RUN_LIMIT_S,
) -> Callable[[MacroJob], MacroRun]:
    """Return a function that runs jobs of one kind of macro, as :func:`run` does; for any threads.

    The library is looked up once, and macros are used again, with nothing left of the job before,
    which for short jobs saves most of the time.

    Parameters
    ----------
    spec : MacroSpec
        Macro of all jobs.
    work_dir : Path
        Folder with a folder for each macro whose job ends in a difference.
    build_dir : Path
        Build folder, with the cache.
    toggles : bool
        Whether to count toggles.
    sink_of : callable
        Told a job, gives who takes registers and inputs of every cycle, for any thread.
    limit_s : float
        Longest time for each job, in seconds.
    """
    rtl, library = _library(spec, build_dir, trace=None)
    idle: list[MacroLoop] = []

    @contextmanager
    def borrowed(work: Batch, counting: Counting) -> Iterator[MacroLoop]:
        counting = counting if toggles else Counting.NOTHING
        try:
            loop = idle.pop()
        except IndexError:
            loop = MacroLoop(library, work, counting)
        else:
            loop.again(work, counting)
        try:
            yield loop
        finally:
            idle.append(loop)

    def run_one(job: MacroJob) -> MacroRun:
        if job.chip.macro != spec:
            raise ValueError(f"Macro {job.macro} must be of the kind that was prepared for")
        deadline_s = time.monotonic() + limit_s
        watch = _Watch(sink=sink_of(job))

        def check(outcome: Outcome) -> None:
            if time.monotonic() > deadline_s:
                raise_late(job, outcome, limit_s)

        return _run(job, work_dir / f"macro_{job.macro}", rtl, borrowed, watch, check)

    return run_one


def run_many(
    jobs: Sequence[MacroJob],
    work_dir: Path,
    *,
    build_dir: Path,
    threads: int,
    limit_s: float = RUN_LIMIT_S,
) -> list[MacroRun]:
    """Run jobs of one kind of macro side by side, each on a macro of its own in one library.

    Parameters
    ----------
    jobs : sequence of MacroJob
        What to run.
    work_dir : Path
        Folder with a folder for each job that ends in a difference.
    build_dir : Path
        Build folder, with the cache.
    threads : int
        Jobs that run at the same time. Results do not depend on it.
    limit_s : float
        Longest time for all of them together, in seconds.

    Returns
    -------
    list of MacroRun
        In the order of the jobs.

    Raises
    ------
    ValueError
        If the macros of the jobs differ.
    TimeoutError, RuntimeError
        What the first job that fails, in their order, ends with.
    """
    integer("Number of threads", threads, 1, MOST_THREADS)
    for n, job in enumerate(jobs):
        if job.chip.macro != jobs[0].chip.macro:
            raise ValueError(f"Jobs must have the same macro, but job {n} has not that of job 0")
    if not jobs:
        return []
    rtl, library = _library(jobs[0].chip.macro, build_dir, trace=None)
    deadline_s = time.monotonic() + limit_s
    stopped = threading.Event()

    def run_one(n: int) -> MacroRun:
        def check(outcome: Outcome) -> None:
            if stopped.is_set() or time.monotonic() > deadline_s:
                raise_late(jobs[n], outcome, limit_s)

        loops = partial(macro_loop, library)
        return _run(jobs[n], work_dir / f"job_{n}", rtl, loops, _Watch(), check)

    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(run_one, n) for n in range(len(jobs))]
        try:
            return [future.result() for future in futures]
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)


def _library(spec: MacroSpec, build_dir: Path, *, trace: str | None) -> tuple[Design, Path]:
    """Return the RTL of a macro and the library that runs it."""
    rtl = design(spec, build_dir)
    return rtl, native_library(rtl, build_dir, trace=trace)


def _run(
    job: MacroJob,
    work_dir: Path,
    rtl: Design,
    loops: Callable[[Batch, Counting], AbstractContextManager[MacroLoop]],
    watch: _Watch,
    check: Callable[[Outcome], None],
) -> MacroRun:
    analog = convert_all(job)
    work = batch(job, analog.codes)
    half_ps = half_period_ps(job.chip)
    counting = Counting.CHANGES if watch.activity is None else Counting.CHANGES_AND_ONES
    check(Outcome())
    with loops(work, counting) as loop:

        def trace(watching: bool) -> None:
            if watch.waves is not None and watching:
                loop.begin_trace(watch.waves, half_period=half_ps)
            elif watch.waves is not None:
                loop.end_trace()

        if watch.sink is not None:
            loop.begin_recording(watch.sink)
        outcome = turn_to_end(loop, job=job, window=watch.window, watch=trace, check=check)
        loop.end_recording()
        raise_unless_done(job, outcome, work_dir)
        counts = loop.counts(rtl.registers)
        # Once it is given back, the loop may run another job in another thread.
        psums, done_cycles = loop.psums, loop.done_cycles
    if counts is not None and not counts.cycles:
        raise ValueError(
            f"Window must begin before the run ends in cycle {outcome.cycle}, not in cycle "
            f"{watch.first_cycle}"
        )
    if watch.activity is not None and counts is not None:
        write_activity(watch.activity, counts, first_cycle=watch.first_cycle, period_ps=2 * half_ps)
    return MacroRun(
        psums=psums_of_words(psums, job.chip.macro),
        done_cycles=done_cycles,
        conversions=analog.conversions,
        code_counts=analog.code_counts,
        array_j=analog.array_j,
        toggles={} if counts is None else counts.toggles,
    )
