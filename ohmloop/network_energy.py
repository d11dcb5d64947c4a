"""What the macros of the steps of a network did, and the joules it took."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cosim.job import MacroRun
from energy.analog_macro import SWITCHED, AnalogEnergy, analog_energy
from network.compiled import Step
from ohmloop.network_case import Prepared


@dataclass(frozen=True, kw_only=True)
class Macros:
    """What the macros of a step did together."""

    conversions: int
    """Of each of their lanes."""

    code_counts: tuple[int, ...] | None
    """How often each code was given; None without macros."""

    array_j: float
    """Energy that their arrays drew, in joules."""


def together(parts: Iterable[MacroRun | Macros]) -> Macros:
    """Return what macros did together, or the macros of a step in several parts of a run."""
    parts = list(parts)
    counts = [np.asarray(one.code_counts) for one in parts if one.code_counts is not None]
    return Macros(
        conversions=sum(part.conversions for part in parts),
        code_counts=tuple(np.sum(counts, axis=0).tolist()) if counts else None,
        array_j=math.fsum(part.array_j for part in parts),
    )


def step_analog(
    prepared: Prepared, step: Step, macros: Macros, toggles: dict[str, int] | None
) -> AnalogEnergy | None:
    """Return the energy of the analog side of a step.

    Parameters
    ----------
    prepared : Prepared
        What was run.
    step : Step
        One of its steps.
    macros : Macros
        What its macros did.
    toggles : dict of str to int, or None
        Toggles of all registers of the tile, by their paths.

    Returns
    -------
    AnalogEnergy or None
        None of a step without macros, and without toggles.
    """
    if toggles is None or not step.pes:
        return None
    paths = [
        f"tile.pe_{pe}.macro_{macro}"
        for pe in step.pes
        for macro in range(prepared.compiled.pes[pe].macros)
    ]
    switched = {
        name: sum(toggles[path + name.removeprefix("macro")] for path in paths) for name in SWITCHED
    }
    return analog_energy(
        prepared.chip, toggles=switched, conversions=macros.conversions, array_j=macros.array_j
    )
