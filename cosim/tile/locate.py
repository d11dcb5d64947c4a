"""Finds the macro and the vector of a layer in which two engines first differ."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cosim.job import MacroJob, MacroRun
from cosim.tile.inference import Conditions, RunMacro, infer
from hw_spec.chip import ChipSpec
from network.compiled import Compiled, Step

EngineOf = Callable[[Step], RunMacro]


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """A psum that is not the same on two engines."""

    image: int
    vector: int
    """Number of the vector among those of its image."""

    macro: int
    """Number of the macro on the tile."""

    output: int
    values: tuple[int, int]
    """What each engine says."""


def locate(
    compiled: Compiled,
    chip: ChipSpec,
    images: np.ndarray,
    conditions: Conditions,
    *,
    step: str,
    engines: tuple[EngineOf, EngineOf],
) -> Place | None:
    """Return the first psum of a layer that is not the same on two engines, if there is one.

    What leads to the layer is run on the first engine, so both get the same vectors. The first is
    that of the first image, in it of the first vector, in that of the first macro.

    Parameters
    ----------
    compiled : Compiled
        Network.
    chip : ChipSpec
        Chip it was compiled for.
    images : ndarray of uint8, shape (images, height, width, channels)
        Inputs.
    conditions : Conditions
        What the analog side is like.
    step : str
        Name of the layer.
    engines : pair of callables
        Told a step, each gives what runs its macros; the first is taken for right. See
        :func:`cosim.tile.engines.macro_runner`.
    """
    places: list[Place] = []

    def engine_of(one: Step) -> RunMacro:
        return both if one.name == step else engines[0](one)

    def both(job: MacroJob) -> MacroRun:
        run, other = (engine(wanted)(job) for engine in engines)
        places.extend(_first(job.macro, wanted.positions, run, other))
        return run

    (wanted,) = (one for one in compiled.steps if one.name == step)
    steps = infer(compiled, chip, images, conditions, run_macro=engine_of)
    next(run for run in steps if run.step is wanted)  # nothing behind the layer is run
    return min(places, default=None)


def _first(macro: int, positions: int, one: MacroRun, other: MacroRun) -> list[Place]:
    """Return the first psum of a macro that differs, or nothing."""
    for at, output in np.argwhere(one.psums != other.psums).tolist():
        image, vector = divmod(at, positions)
        values = int(one.psums[at, output]), int(other.psums[at, output])
        return [Place(image=image, vector=vector, macro=macro, output=output, values=values)]
    return []
