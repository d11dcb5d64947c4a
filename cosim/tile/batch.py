"""All that a tile is given in a run, known beforehand: what its host does, what arrays answer."""

from collections.abc import Mapping

import numpy as np

from cosim.codes import convert_all
from cosim.job import MacroJob
from cosim.loop import PATIENCE_CYCLES, half_period_ps
from cosim.native.batch import Batch, batch
from cosim.native.tile import TileBatch
from cosim.tile.script import host_script
from network.compiled import Compiled


def tile_batch(compiled: Compiled, images: np.ndarray, jobs: Mapping[int, MacroJob]) -> TileBatch:
    """Return what a tile is given to run images through a network, one after the other.

    Parameters
    ----------
    compiled : Compiled
        Network.
    images : ndarray of unsigned, shape (images, height, width, channels)
        Inputs.
    jobs : mapping of int to MacroJob
        What each macro in use converts, by its number on the tile, for all images.
    """
    table = compiled.tile.table
    feeds: list[Batch | None] = [None] * (table.pes * table.macros_per_pe)
    for number, job in jobs.items():
        feeds[number] = batch(job, convert_all(job).codes)
    return TileBatch(
        macro=compiled.tile.macro,
        feeds=feeds,
        script=host_script(compiled, images),
        patience_cycles=PATIENCE_CYCLES + _longest_silence(compiled),
    )


def tile_half_period_ps(jobs: Mapping[int, MacroJob]) -> int:
    """Return half the clock period in whole picoseconds; 1 if no macro tells of its chip."""
    return next((half_period_ps(job.chip) for job in jobs.values()), 1)


def _longest_silence(compiled: Compiled) -> int:
    """Return the longest time that a program may take without a conversion."""
    words = max(len(step.pieces) * step.positions for step in compiled.steps)
    return words + len(compiled.program)
