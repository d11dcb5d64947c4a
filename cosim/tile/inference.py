"""Runs a compiled network on images, step by step, with every macro on an engine."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from behavioral.randomness import VECTORS_PER_BLOCK
from cosim.job import MacroJob, MacroRun, Timetable
from cosim.tile.arithmetic import (
    MacroWork,
    MatrixTrace,
    VectorTrace,
    run_matrix,
    run_vector,
)
from cosim.tile.memory import read_tensor, write_tensor
from cosim.tile.schedule import timetable
from hw_spec.chip import ChipSpec
from hw_spec.program import Kind
from network import place
from network.compiled import Compiled, Step


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What the analog side of a run is like."""

    ideal: bool = False
    """Whether cells are ideal: no variation, no noise."""

    read_noise: bool = True
    """Whether reads are noisy; never where cells are ideal."""

    seed: int = 1
    """Seed of all randomness of the chip."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StepRun:
    """What one step left."""

    step: Step
    macros: dict[int, MacroRun]
    """Runs of its macros by their number on the tile, psums left out."""

    trace: MatrixTrace | VectorTrace | None
    """What moved; None if that was not kept."""

    output: np.ndarray
    """Unsigned, shape (images, height, width, channels)."""


RunMacro = Callable[[MacroJob], MacroRun]
"""Runs the vectors of all images on one macro: an engine."""

IMAGES_PER_PART = VECTORS_PER_BLOCK
"""Parts of a set of images begin at multiples of this, each with a block of noise."""


def infer(
    compiled: Compiled,
    chip: ChipSpec,
    images: np.ndarray,
    conditions: Conditions,
    *,
    run_macro: Callable[[Step], RunMacro],
    threads: int = 1,
    first_image: int = 0,
    traced: bool = True,
    seen: Callable[[int, MacroJob], None] = lambda number, job: None,
) -> Iterator[StepRun]:
    """Run images through a compiled network; yield what each step left.

    Parameters
    ----------
    compiled : Compiled
        Network.
    chip : ChipSpec
        Chip it was compiled for.
    images : ndarray of uint8, shape (images, height, width, channels)
        Inputs; as many runs of the program, one after the other.
    conditions : Conditions
        What the analog side is like.
    run_macro : callable
        Told a step, gives what runs its macros; asked of MATRIX operations only. See
        :func:`cosim.tile.engines.macro_runner`.
    threads : int
        Macros of a step that run at the same time; the result does not depend on it.
    first_image : int
        Number of the first image, a multiple of `IMAGES_PER_PART`. Images in several parts have
        the outputs of all at once; toggles are those of each part alone.
    traced : bool
        Whether to keep what moved, which takes much memory for many images.
    seen : callable
        Told the number and the job of every macro before it runs, in the thread that runs it.
    """
    if first_image % IMAGES_PER_PART:
        raise ValueError(f"First image must be a multiple of {IMAGES_PER_PART}, not {first_image}")
    tile = compiled.tile
    kind = np.uint8 if tile.macro.input_bits <= 8 else np.uint16
    memory = np.zeros((len(images), tile.table.activations), dtype=kind)
    write_tensor(memory, compiled.input, images)
    with ThreadPoolExecutor(threads) as pool:
        for step in compiled.steps:
            runs: dict[int, MacroRun] = {}
            trace: MatrixTrace | VectorTrace | None
            if step.kind is Kind.MATRIX:
                images_of = range(first_image, first_image + len(images))
                job_of = _job_maker(compiled, chip, conditions, step, images_of)
                run_one = partial(_run_one, job_of, run_macro(step), seen)
                run_all = partial(_run_all, pool, run_one, runs)
                trace = run_matrix(compiled, step, memory, run_all, traced=traced)
            else:
                trace = run_vector(compiled, step, memory)
            trace = trace if traced else None
            output = read_tensor(memory, step.output)
            yield StepRun(step=step, macros=runs, trace=trace, output=output)


JobMaker = Callable[[MacroWork], MacroJob]


def _run_one(
    job_of: JobMaker,
    run_macro: RunMacro,
    seen: Callable[[int, MacroJob], None],
    work: MacroWork,
) -> tuple[int, MacroRun]:
    """Run one macro; return its number as well. For any thread."""
    job = job_of(work)
    seen(job.macro, job)
    return job.macro, run_macro(job)


def _run_all(
    pool: ThreadPoolExecutor,
    run_one: Callable[[MacroWork], tuple[int, MacroRun]],
    runs: dict[int, MacroRun],
    work: Sequence[MacroWork],
) -> Iterator[np.ndarray]:
    """Run macros and yield their psums, in order; what else they leave goes into ``runs``."""
    for number, run in pool.map(run_one, work):
        runs[number] = dataclasses.replace(run, psums=run.psums[:0])
        yield run.psums


def _job_maker(
    compiled: Compiled, chip: ChipSpec, conditions: Conditions, step: Step, images: range
) -> JobMaker:
    """Return a function that makes the job of each macro of a step."""
    tile = compiled.tile
    chip = chip.model_copy(update={"macro": tile.macro})

    @cache
    def table(copy: int, block: int) -> Timetable:
        return timetable(compiled, step, copy=copy, block=block, images=len(images))

    def job_of(work: MacroWork) -> MacroJob:
        pe = compiled.pes[work.pe]
        return MacroJob(
            chip=chip,
            ideal=conditions.ideal,
            read_noise=conditions.read_noise,
            levels=place.levels(compiled.weights(work.pe, work.macro), tile.macro),
            inputs=work.vectors,
            seed=conditions.seed,
            first_block=images.start * step.positions // VECTORS_PER_BLOCK,
            macro=work.pe * tile.table.macros_per_pe + work.macro,
            timetable=table(pe.copy, pe.first_block + work.macro),
        )

    return job_of
