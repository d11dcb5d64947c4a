"""The chip of a point: as asked for, then as large as its network, with converters that suit it."""

from typing import Any

import numpy as np
from pydantic import ValidationError

from behavioral import adc, ideal
from cosim.job import MacroJob, MacroRun
from cosim.tile.inference import Conditions, infer
from cosim.twin.compute import compute
from hw_spec.chip import ChipSpec, first_problem
from network import images as image_sets
from network import integer
from network.compile import compile_network
from network.compiled import Compiled
from network.integer import IntegerNetwork
from ohmloop.sweep.plan import merged

MOST_PES = 1024
"""Most processing elements (PEs) that a tile may have."""

VECTORS_AT_ONCE = 64
"""Vectors whose conversions are held in memory together."""


def chip_of(tree: dict[str, Any]) -> ChipSpec:
    """Return the chip of a description.

    Raises
    ------
    ValueError
        If it breaks a rule. One line.
    """
    try:
        return ChipSpec.model_validate(tree)
    except ValidationError as error:
        raise ValueError(first_problem(error, ChipSpec)) from None


def fitted(chip: ChipSpec, compiled: Compiled) -> ChipSpec:
    """Return a chip with as many PEs as a network takes that is compiled for more of them."""
    return changed(chip, {"tile": {"pes": max(1, len(compiled.pes))}})


def calibrated(
    chip: ChipSpec, network: IntegerNetwork, data: image_sets.Images, images: int
) -> ChipSpec:
    """Return a chip whose converters suit what a network gives them.

    Step and zero code are those of least squared error over all conversions of all layers; see
    :func:`behavioral.adc.calibrate`.

    Parameters
    ----------
    chip, network, data, images
        See :func:`column_values`.
    """
    values, counts = column_values(chip, network, data, images)
    step, zero_code = adc.calibrate(values, chip.macro.adc.bits, counts)
    return changed(chip, {"macro": {"adc": {"step": step, "zero_code": zero_code}}})


def column_values(
    chip: ChipSpec, network: IntegerNetwork, data: image_sets.Images, images: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return what converters see of training images, and how often, of ideal cells.

    Parameters
    ----------
    chip : ChipSpec
        Chip with a tile that holds the network.
    network : IntegerNetwork
        What it computes; its converters lose nothing meanwhile.
    data : Images
        Images, of whose training part the first are taken. Test images play no part.
    images : int
        How many, 1 or more.

    Returns
    -------
    values, counts : ndarray of int64
        Rising values, in conductance steps; columns without weights do not count.
    """
    lossless = chip.lossless()
    compiled = compile_network(network, lossless.tile_spec())
    pixels = integer.pixels(data.train_inputs[:images], network.input_bits)
    spec = lossless.macro
    lowest = -spec.parallel_rows * spec.top_level
    counts = np.zeros(1 - 2 * lowest, np.int64)

    def look(number: int, job: MacroJob) -> None:
        columns = _used_columns(compiled, number)
        for first in range(0, len(job.inputs), VECTORS_AT_ONCE):
            inputs = job.inputs[first : first + VECTORS_AT_ONCE]
            steps = ideal.column_steps(inputs, job.levels, spec)[..., :columns]
            counts[:] += np.bincount(steps.ravel() - lowest, minlength=len(counts))

    for _ in infer(
        compiled,
        lossless,
        pixels,
        Conditions(ideal=True),
        run_macro=lambda step: _run,
        traced=False,
        seen=look,
    ):
        pass
    found = np.flatnonzero(counts)
    return found + lowest, counts[found]


def changed(chip: ChipSpec, change: dict[str, Any]) -> ChipSpec:
    """Return a chip with changes, checked."""
    return chip_of(merged(chip.model_dump(exclude_none=True), change))


def _run(job: MacroJob) -> MacroRun:
    return compute(job, toggles=False).run


def _used_columns(compiled: Compiled, number: int) -> int:
    """Return the columns of a macro of the tile that hold weights; they are the first ones."""
    pe, macro = divmod(number, compiled.tile.table.macros_per_pe)
    return compiled.weights(pe, macro).shape[1] * compiled.tile.macro.slices
