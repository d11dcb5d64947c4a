"""Runs a compiled network on images, step by step, with every macro on an engine."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from cosim.job import MacroJob, MacroRun
from cosim.tile.arithmetic import MatrixTrace, VectorTrace, run_matrix, run_vector
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

    trace: MatrixTrace | VectorTrace
    """What moved."""

    output: np.ndarray
    """Unsigned, shape (images, height, width, channels)."""


RunMacro = Callable[[MacroJob], MacroRun]


def infer(
    compiled: Compiled,
    chip: ChipSpec,
    images: np.ndarray,
    conditions: Conditions,
    *,
    run_macro: RunMacro,
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
        Runs the vectors of all images on one macro: an engine.
    seen : callable
        Told the number and the job of every macro before it runs.
    """
    tile = compiled.tile
    chip = chip.model_copy(update={"macro": tile.macro})
    kind = np.uint8 if tile.macro.input_bits <= 8 else np.uint16
    memory = np.zeros((len(images), tile.table.activations), dtype=kind)
    write_tensor(memory, compiled.input, images)
    for step in compiled.steps:
        runs: dict[int, MacroRun] = {}

        @cache
        def table(pe: int, macro: int, step: Step = step):  # type: ignore[no-untyped-def]
            return timetable(compiled, step, compiled.pes[pe], macro, images=len(images))

        def psums(pe: int, macro: int, vectors: np.ndarray, runs=runs, table=table):  # type: ignore[no-untyped-def]
            number = pe * tile.table.macros_per_pe + macro
            job = MacroJob(
                chip=chip,
                ideal=conditions.ideal,
                read_noise=conditions.read_noise,
                levels=place.levels(compiled.weights(pe, macro), tile.macro),
                inputs=vectors,
                seed=conditions.seed,
                macro=number,
                timetable=table(pe, macro),
            )
            seen(number, job)
            run = run_macro(job)
            runs[number] = dataclasses.replace(run, psums=run.psums[:0])
            return run.psums

        trace: MatrixTrace | VectorTrace
        if step.kind is Kind.MATRIX:
            trace = run_matrix(compiled, step, memory, psums)
        else:
            trace = run_vector(compiled, step, memory)
        output = read_tensor(memory, step.output)
        yield StepRun(step=step, macros=runs, trace=trace, output=output)
