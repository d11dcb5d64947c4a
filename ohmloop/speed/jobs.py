"""The jobs that are measured: the digits layer, often enough that starting up does not show."""

from pathlib import Path

import numpy as np

from cosim.job import MacroJob
from hw_spec.chip import read_chip
from network import place
from ohmloop.benches import fc_layer

CHIPS = Path(__file__).parents[2] / "chips"


def digits_job(*, vectors: int, chip: str = "rram_taox_32nm", macro: int = 0) -> MacroJob:
    """Return the digits layer on a shipped chip, its test images repeated to so many vectors."""
    described = read_chip(CHIPS / f"{chip}.toml")
    work = fc_layer(described.macro, 1)
    images = np.resize(np.arange(len(work.inputs)), vectors)
    return MacroJob(
        chip=described,
        ideal=False,
        levels=place.levels(work.weights, described.macro),
        inputs=place.pad_inputs(work.inputs[images], described.macro),
        seed=1,
        macro=macro,
    )
