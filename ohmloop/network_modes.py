"""The ways to run a prepared network; see :data:`ohmloop.network_case.Mode`."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from cosim.job import MacroJob, MacroRun
from cosim.tile.cocotb import run_cocotb
from cosim.tile.engines import macro_runner
from cosim.tile.flat import run_flat
from cosim.tile.inference import IMAGES_PER_PART, Conditions, RunMacro, StepRun, infer
from cosim.tile.partition import replay_steps
from cosim.tile.toggles.tile import TileToggles
from network.compiled import Step
from ohmloop.network_case import Prepared
from ohmloop.network_collect import Left, TileRun, join

Progress: TypeAlias = Callable[[str, float | None], None]
"""Told what is being done, and which share of it is done, from 0 to 1; None: nobody knows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Work:
    """What is to be run, and how."""

    prepared: Prepared
    build_dir: Path
    work_dir: Path
    """Folder for logs, and for what a difference leaves."""

    threads: int
    """Macros that run at the same time."""

    deadline_s: float
    """Time of :func:`time.monotonic` after which no macro is begun and no tile is turned."""

    progress: Progress


def run_flat_tile(work: Work) -> tuple[Left, TileRun]:
    """Run the operations one by one, then the tile in RTL, which is given the codes of all."""
    prepared, left = work.prepared, Left(tensors={}, fingerprints={}, macros={})
    jobs: dict[int, MacroJob] = {}
    for _ in left.watch(run_steps(work, seen=jobs.__setitem__)):
        pass
    work.progress("simulating the tile", None)
    whole = set(prepared.addresses.values())
    run_tile = partial(run_cocotb, work_dir=work.work_dir) if whole == {"cocotb"} else run_flat
    run = run_tile(
        prepared.compiled,
        prepared.images,
        jobs,
        build_dir=work.build_dir,
        limit_s=max(0.0, work.deadline_s - time.monotonic()),
    )
    return left, TileRun(
        toggles=run.toggles,
        outputs=run.outputs,
        run_cycles=run.run_cycles,
        log=run.log,
        simulated_cycles=run.simulated_cycles,
    )


def run_partitioned_tile(work: Work) -> tuple[Left, TileRun]:
    """Run the operations one by one, after each the PEs, and at last the core, all in RTL."""
    prepared, left = work.prepared, Left(tensors={}, fingerprints={}, macros={})
    run = replay_steps(
        prepared.compiled,
        prepared.images,
        left.watch(run_steps(work)),
        build_dir=work.build_dir,
        deadline_s=work.deadline_s,
    )
    return left, TileRun(
        toggles=run.toggles, outputs=run.outputs, run_cycles=run.run_cycles, log=run.log
    )


def run_operations(work: Work) -> tuple[Left, TileRun]:
    """Run the operations one by one, and compute what the registers around the macros do."""
    if not work.prepared.case.toggles:
        # Nothing of what moves is kept, so that any number of images fits the memory.
        firsts = range(0, len(work.prepared.images), IMAGES_PER_PART)
        return join([_left(run_steps(work, part=first)) for first in firsts]), TileRun()
    left = Left(tensors={}, fingerprints={}, macros={})
    toggles = TileToggles(work.prepared.compiled, len(work.prepared.images))
    for run in left.watch(run_steps(work)):
        toggles.take(run)
    return left, TileRun(toggles=toggles.toggles())


def _left(steps: Iterator[StepRun]) -> Left:
    """Run steps, and return what they left."""
    left = Left(tensors={}, fingerprints={}, macros={})
    for _ in left.watch(steps):
        pass
    return left


def run_steps(
    work: Work,
    *,
    part: int | None = None,
    seen: Callable[[int, MacroJob], None] = lambda number, job: None,
) -> Iterator[StepRun]:
    """Run the operations one by one on all images, or on a part that begins with one of them."""
    prepared, first = work.prepared, part or 0
    images = prepared.images if part is None else prepared.images[first : first + IMAGES_PER_PART]
    case = prepared.case
    return infer(
        prepared.compiled,
        prepared.chip,
        images,
        Conditions(ideal=case.ideal, read_noise=case.read_noise, seed=case.seed),
        run_macro=_told(work, first),
        threads=work.threads,
        first_image=first,
        traced=part is None,
        seen=seen,
    )


def _told(work: Work, first: int) -> Callable[[Step], RunMacro]:
    """Return the engine of each step, which tells after each macro how far the run is."""
    prepared = work.prepared
    addresses, toggles = prepared.addresses, prepared.case.toggles
    if prepared.mode == "flat":
        # The tile in RTL does it all once more, checks it, and counts toggles.
        addresses, toggles = dict.fromkeys(addresses, "twin"), False
    engine_of = macro_runner(
        addresses, build_dir=work.build_dir, work_dir=work.work_dir, toggles=toggles
    )
    vectors = [
        step.positions * prepared.compiled.pes[pe].macros
        for step in prepared.compiled.steps
        for pe in step.pes
    ]
    total, done = sum(vectors) * len(prepared.images), [sum(vectors) * first]

    def told(step: Step) -> RunMacro:
        run_macro = engine_of(step)

        def run(job: MacroJob) -> MacroRun:
            if time.monotonic() > work.deadline_s:
                raise TimeoutError(
                    f"Simulation did not end within {prepared.case.limit_s:g} s, but was at macro "
                    f"{job.macro} of layer '{step.name}'"
                )
            finished = run_macro(job)
            done.append(len(job.inputs))
            work.progress("converting", sum(done) / total)
            return finished

        return run

    return told
