"""All codes of a job at once, for engines that know beforehand what will be converted."""

from dataclasses import dataclass

import numpy as np

from behavioral import adc, crossbar, sar
from behavioral.crossbar import Crossbar
from behavioral.randomness import VECTORS_PER_BLOCK
from behavioral.sar import SarConverters
from cosim.bank import energy_j, manufacture
from cosim.job import MacroJob
from cosim.noise import blocks, decision_noise, read_noise
from cosim.predict import bit_planes, row_groups

CHUNK = 8 * VECTORS_PER_BLOCK
"""Vectors whose codes are computed at once; bounds the memory."""


@dataclass(frozen=True, kw_only=True)
class Converted:
    """What the analog side of a macro gives in a whole job."""

    codes: np.ndarray
    """uint8 or uint16, shape (vectors, input_bits, row_groups, columns); the first bit plane is the
    most significant."""

    code_counts: np.ndarray
    """int64, shape (2**bits,): how often each code was given, by all lanes together."""

    conversions: int
    """Conversions of each lane."""

    array_j: float
    """Energy drawn from the row drivers, in joules."""


def convert_all(job: MacroJob) -> Converted:
    """Convert everything a job asks for; equal to what an analog bank gives one by one."""
    spec, vectors = job.chip.macro, len(job.inputs)
    array, converters = manufacture(job)
    shape = (vectors, spec.input_bits, spec.row_groups, spec.columns)
    codes = np.empty(shape, dtype=adc.code_type(spec.adc))
    code_counts = np.zeros(2**spec.adc.bits, dtype=np.int64)
    drawn_units = 0
    for first in range(0, vectors, CHUNK):
        chunk = range(first, min(first + CHUNK, vectors))
        values, drawn = _read(job, array, chunk)
        drawn_units += drawn
        if converters is None:
            of_chunk = adc.convert(values, spec.adc)
        else:
            of_chunk = _approximate(job, converters, values, chunk)
        code_counts += adc.histogram(of_chunk, spec.adc)
        codes[chunk.start : chunk.stop] = of_chunk.reshape(-1, *shape[1:])
    return Converted(
        codes=codes,
        code_counts=code_counts,
        conversions=vectors * spec.input_bits * spec.row_groups * spec.columns_per_adc,
        array_j=energy_j(job.chip, array, drawn_units),
    )


def _read(job: MacroJob, array: Crossbar, vectors: range) -> tuple[np.ndarray, int]:
    """Return what the converters see, shape (reads, columns), and the conductance drawn in all."""
    spec = job.chip.macro
    planes = bit_planes(job.inputs[vectors.start : vectors.stop], spec).reshape(-1, spec.rows)
    shape = (len(planes), spec.row_groups)
    sums = np.empty((*shape, array.lines.shape[1]), dtype=array.lines.dtype)
    driven = np.empty(shape, dtype=np.int64)
    for group, rows in enumerate(row_groups(spec)):
        sums[:, group] = crossbar.line_sums(array, planes[:, rows], rows)
        driven[:, group] = planes[:, rows].sum(axis=1)
    sums, driven_rows = sums.reshape(-1, sums.shape[-1]), driven.reshape(-1)
    noise = None
    if array.device.read_noise.value:
        noise = np.concatenate([read_noise(job, block) for block in blocks(vectors)])
        noise = noise[: len(vectors)].reshape(-1, spec.columns)
    values = crossbar.column_values(array, sums, driven_rows, noise)
    return values, crossbar.drawn_units_of_all(array, sums, driven_rows)


def _approximate(
    job: MacroJob, converters: SarConverters, values: np.ndarray, vectors: range
) -> np.ndarray:
    """Return the codes of SAR converters; shape of ``values``, (reads, columns)."""
    spec = job.chip.macro
    noise = np.concatenate([decision_noise(job, block) for block in blocks(vectors)])
    noise = noise[: len(vectors)].transpose(1, 0, 2, 4, 3)  # decisions first, lanes last
    by_lane = (len(values), spec.lanes, spec.columns_per_adc)
    held = values.reshape(by_lane).swapaxes(1, 2)
    codes = sar.convert(converters, held, noise.reshape(spec.adc.bits, *held.shape))
    return codes.swapaxes(1, 2).reshape(values.shape)
