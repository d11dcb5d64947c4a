"""Runs a network on a chip."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cosim.build import tile_design
from cosim.engines import ENGINES
from cosim.job import MacroJob, MacroRun
from cosim.native.build import native_library
from cosim.tile.engines import macro_runner
from cosim.tile.flat import run_flat
from cosim.tile.inference import IMAGES_PER_PART, Conditions, RunMacro, StepRun, infer
from cosim.tile.toggles.tile import TileToggles
from network.compiled import Step
from ohmloop.network_case import NetworkCase, Prepared, prepare
from ohmloop.network_collect import Left, TileRun, collect, join, leave
from ohmloop.network_result import NetworkResult, StepResult

__all__ = ["NetworkCase", "NetworkResult", "Progress", "StepResult", "run_case", "run_prepared"]

Progress = Callable[[str, float | None], None]
"""Told what is being done, and which share of it is done, from 0 to 1; None: nobody knows."""

EngineOf = Callable[[Step], RunMacro]
"""Told a step, gives what runs its macros."""


def run_case(
    case: NetworkCase,
    *,
    build_dir: Path,
    progress: Progress = lambda what, share: None,
    threads: int = 1,
) -> NetworkResult:
    """Run a network on a chip.

    Parameters
    ----------
    case : NetworkCase
        What to run.
    build_dir : Path
        Build folder.
    progress : callable
        Told what is being done, and which share of it is done; see :data:`Progress`.
    threads : int
        Macros that run at the same time; the result does not depend on it.

    Raises
    ------
    ValueError, TypeError, OSError
        If something is missing, damaged, or does not fit; before anything is built.
    RuntimeError
        If the RTL does otherwise than predicted, or a build fails.
    TimeoutError
        If a simulation makes no progress or reaches its limit.
    """
    progress("compiling", None)
    return run_prepared(prepare(case), build_dir=build_dir, progress=progress, threads=threads)


def run_prepared(
    prepared: Prepared, *, build_dir: Path, progress: Progress, threads: int
) -> NetworkResult:
    """Run a prepared case; see :func:`run_case`."""
    start = time.perf_counter()
    progress("building", None)
    rtl_hash = _build(prepared, build_dir)
    built = time.perf_counter()
    engine_of = _told(prepared, _engine_of(prepared, build_dir), progress)
    if prepared.flat:
        left, tile = _run_flat(prepared, engine_of, build_dir, progress, threads)
    elif prepared.case.toggles:
        left, tile = _run_counted(prepared, engine_of, threads)
    else:
        left, tile = _run_in_parts(prepared, engine_of, threads), TileRun()
    return collect(
        prepared,
        left,
        tile,
        rtl_hash=rtl_hash,
        build_s=built - start,
        wall_s=time.perf_counter() - built,
    )


def _build(prepared: Prepared, build_dir: Path) -> str | None:
    """Build what the engines need; return the hash of the tile in RTL, if it is to run."""
    tile = prepared.compiled.tile
    if prepared.flat:
        rtl = tile_design(tile, build_dir)
        native_library(rtl, build_dir)
        return rtl.rtl_hash
    for engine in sorted(set(prepared.addresses.values())):
        ENGINES[engine].build(tile.macro, build_dir, waves=False)
    return None


def _run_flat(
    prepared: Prepared, engine_of: EngineOf, build_dir: Path, progress: Progress, threads: int
) -> tuple[Left, TileRun]:
    """Run the operations one by one, then all of the tile in RTL, which is given their codes."""
    jobs: dict[int, MacroJob] = {}
    steps = _steps(prepared, engine_of, threads, seen=jobs.__setitem__)
    left = leave(steps)
    progress("simulating the tile", None)
    run = run_flat(
        prepared.compiled,
        prepared.images,
        jobs,
        build_dir=build_dir,
        limit_s=prepared.case.limit_s,
    )
    tile = TileRun(
        toggles=run.toggles,
        outputs=run.outputs,
        run_cycles=run.run_cycles,
        log=run.log,
        simulated_cycles=run.simulated_cycles,
    )
    return left, tile


def _run_counted(prepared: Prepared, engine_of: EngineOf, threads: int) -> tuple[Left, TileRun]:
    """Run the operations one by one, and compute what the registers around the macros do."""
    toggles = TileToggles(prepared.compiled, len(prepared.images))

    def watched() -> Iterator[StepRun]:
        for run in _steps(prepared, engine_of, threads):
            toggles.take(run)
            yield run

    left = leave(watched())
    return left, TileRun(toggles=toggles.toggles())


def _run_in_parts(prepared: Prepared, engine_of: EngineOf, threads: int) -> Left:
    """Run the operations on some images at a time, so that any number of them fits the memory."""
    firsts = range(0, len(prepared.images), IMAGES_PER_PART)
    parts = (_steps(prepared, engine_of, threads, first=first, traced=False) for first in firsts)
    return join([leave(steps) for steps in parts])


def _steps(
    prepared: Prepared,
    engine_of: EngineOf,
    threads: int,
    *,
    first: int | None = None,
    traced: bool = True,
    seen: Callable[[int, MacroJob], None] = lambda number, job: None,
) -> Iterator[StepRun]:
    """Run the operations one by one on all images, or on those of a part that begins somewhere."""
    case = prepared.case
    part = slice(None) if first is None else slice(first, first + IMAGES_PER_PART)
    return infer(
        prepared.compiled,
        prepared.chip,
        prepared.images[part],
        Conditions(ideal=case.ideal, read_noise=case.read_noise, seed=case.seed),
        run_macro=engine_of,
        threads=threads,
        first_image=first or 0,
        traced=traced,
        seen=seen,
    )


def _engine_of(prepared: Prepared, build_dir: Path) -> EngineOf:
    """Return what runs the macros of each step."""
    addresses, toggles = prepared.addresses, prepared.case.toggles
    if prepared.flat:
        # The RTL of the tile does it all once more, checks it, and counts toggles.
        addresses, toggles = dict.fromkeys(addresses, "twin"), False
    return macro_runner(
        addresses, build_dir=build_dir, work_dir=build_dir / "macros", toggles=toggles
    )


def _told(prepared: Prepared, engine_of: EngineOf, progress: Progress) -> EngineOf:
    """Return the same engines, which tell after each macro how far the run is."""
    steps = prepared.compiled.steps
    macros = {step.name: sum(prepared.compiled.pes[pe].macros for pe in step.pes) for step in steps}
    vectors = len(prepared.images) * sum(step.positions * macros[step.name] for step in steps)
    done: list[int] = []

    def told(step: Step) -> RunMacro:
        run_macro = engine_of(step)

        def run(job: MacroJob) -> MacroRun:
            finished = run_macro(job)
            done.append(len(job.inputs))
            progress("converting", sum(done) / vectors)
            return finished

        return run

    return told
