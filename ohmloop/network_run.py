"""Runs a network on a chip."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cosim.build import tile_design
from cosim.job import MacroJob, MacroRun
from cosim.native.build import native_library
from cosim.tile.engines import macro_runner
from cosim.tile.fingerprint import Fingerprint, fingerprint
from cosim.tile.flat import FlatRun, run_flat
from cosim.tile.inference import Conditions, RunMacro, infer
from cosim.twin.compute import compute
from network.compiled import Step
from network.integer import INPUT
from ohmloop.network_case import NetworkCase, Prepared, prepare
from ohmloop.network_collect import collect
from ohmloop.network_result import NetworkResult, StepResult

__all__ = ["NetworkCase", "NetworkResult", "Progress", "StepResult", "run_case", "run_prepared"]

Progress = Callable[[str, float | None], None]
"""Told what is being done, and which share of it is done, from 0 to 1; None: nobody knows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Operations:
    """What the operations of a network left when every macro ran by itself."""

    tensors: dict[str, np.ndarray]
    """What each computed; unsigned, shape (images, height, width, channels)."""

    fingerprints: dict[str, Fingerprint]
    """Hashes of what each left."""

    toggles: dict[str, int]
    """Register bit toggles of the macros of each."""

    jobs: dict[int, MacroJob]
    """Jobs by the number of the macro, if they were to be kept."""


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
    rtl_hash = None
    if prepared.flat:
        progress("building the tile", None)
        rtl = tile_design(prepared.compiled.tile, build_dir)
        native_library(rtl, build_dir)
        rtl_hash = rtl.rtl_hash
    built = time.perf_counter()
    done = _run_operations(prepared, build_dir, progress, threads)
    flat = None
    if prepared.flat:
        progress("simulating the tile", None)
        flat = _run_tile(prepared, done, build_dir)
    return collect(
        prepared,
        tensors=done.tensors,
        fingerprints=done.fingerprints,
        macro_toggles=done.toggles,
        flat=flat,
        rtl_hash=rtl_hash,
        build_s=built - start,
        wall_s=time.perf_counter() - built,
    )


def _run_operations(
    prepared: Prepared, build_dir: Path, progress: Progress, threads: int
) -> Operations:
    """Run the operations one after the other, every macro by itself."""
    case, compiled = prepared.case, prepared.compiled
    done = Operations(tensors={INPUT: prepared.images}, fingerprints={}, toggles={}, jobs={})
    begun: list[int] = []

    def seen(number: int, job: MacroJob) -> None:
        progress("converting", len(begun) / compiled.macros)
        begun.append(number)
        if prepared.flat:
            done.jobs[number] = job

    runs = infer(
        compiled,
        prepared.chip,
        prepared.images,
        Conditions(ideal=case.ideal, read_noise=case.read_noise, seed=case.seed),
        run_macro=_run_macro(prepared, build_dir),
        threads=threads,
        seen=seen,
    )
    for run in runs:
        done.tensors[run.step.name] = run.output
        done.fingerprints[run.step.name] = fingerprint(run)
        done.toggles[run.step.name] = sum(sum(one.toggles.values()) for one in run.macros.values())
    return done


def _run_macro(prepared: Prepared, build_dir: Path) -> Callable[[Step], RunMacro]:
    """Return what runs the macros of each step."""
    if not prepared.flat:
        work_dir = build_dir / "macros"
        return macro_runner(prepared.addresses, build_dir=build_dir, work_dir=work_dir)

    def without_toggles(job: MacroJob) -> MacroRun:
        return compute(job, toggles=False).run

    # The RTL of the tile counts toggles, and checks all else.
    return lambda step: without_toggles


def _run_tile(prepared: Prepared, done: Operations, build_dir: Path) -> FlatRun:
    """Run the tile in RTL on the same images."""
    return run_flat(
        prepared.compiled,
        prepared.images,
        done.jobs,
        build_dir=build_dir,
        limit_s=prepared.case.limit_s,
    )
