"""Answers the strobes of a macro with codes or decisions from the array."""

from functools import lru_cache, partial
from typing import Protocol

import numpy as np

from behavioral import adc, crossbar, randomness, sar
from behavioral.device import preset
from behavioral.randomness import VECTORS_PER_BLOCK
from cosim.job import MacroJob
from cosim.noise import blocks, decision_noise, read_noise
from cosim.predict import bit_planes, row_groups
from hw_spec.port import pack, unpack

CHUNK = 4 * VECTORS_PER_BLOCK
"""Vectors whose codes are computed at once; bounds the memory."""


class Analog(Protocol):
    """Whatever stands behind the analog port of a macro."""

    conversions: int
    """Conversions of each lane so far."""

    @property
    def array_j(self) -> float:
        """Energy drawn from the row drivers so far, in joules."""

    def answer(self, *, row_drive: int, word_lines: int, column_select: int) -> int:
        """Convert one column of every lane; for flash converters.

        Parameters
        ----------
        row_drive, word_lines, column_select : int
            Analog port in the cycle of the sample strobe.

        Returns
        -------
        int
            Codes of all lanes, lane 0 in the lowest bits.
        """

    def hold(self, *, row_drive: int, word_lines: int, column_select: int) -> None:
        """Sample one column of every lane; for SAR converters. Parameters as in :meth:`answer`."""

    def decide(self, trials: int) -> int:
        """Return which lanes' held values reach their trials.

        Parameters
        ----------
        trials : int
            Codes on trial, lane 0 in the lowest bits.

        Returns
        -------
        int
            Bit l is the decision of lane l.
        """


class AnalogService:
    """The analog side of one macro while it is being simulated.

    Read noise is that of the vector, bit plane, row group and column a conversion belongs to, which
    follow from the number of conversions before it. So the codes are the same whichever engine
    asks, and however often the macro was held up.
    """

    def __init__(self, job: MacroJob):
        spec, device = job.chip.macro, preset(job.chip.device)
        rng = randomness.frozen(job.seed, macro=job.macro)
        self._spec, self._job = spec, job
        self._array = crossbar.program(
            job.levels, spec=spec, device=device.ideal() if job.ideal else device, rng=rng
        )
        self._noisy = self._array.device.read_noise.value > 0
        if job.chip.sar is not None:
            errors = job.chip.sar
            self.converters = sar.make(
                spec,
                mismatch=0.0 if job.ideal else errors.capacitor_mismatch.value,
                noise_codes=0.0 if job.ideal else errors.comparator_noise.value,
                rng=rng,
            )
        self._held = np.empty(0)
        self._decisions = 0
        self._drawn_units = 0
        # Conversions come in order, so the block in use is all that needs to be kept.
        self._read_noise = lru_cache(maxsize=1)(partial(read_noise, job))
        self._decision_noise = lru_cache(maxsize=1)(partial(decision_noise, job))
        self.conversions = 0

    @property
    def array_j(self) -> float:
        """Energy drawn from the row drivers so far, in joules: V**2 times conductance times time.

        What conducted is added up in whole numbers, so the order of conversions does not matter.
        """
        chip = self._job.chip
        conductance_s = crossbar.unit_s(self._array) * self._drawn_units
        read_s = self._spec.adc.conversion_cycles * chip.clock_period_s.value
        return chip.read_v.value**2 * conductance_s * read_s

    def answer(self, *, row_drive: int, word_lines: int, column_select: int) -> int:
        """Convert one column of every lane; see :class:`Analog`.

        A driven row conducts only through an open word line.

        Raises
        ------
        ValueError
            If not exactly one column of each lane is selected.
        """
        values = self._read(row_drive & word_lines, column_select)
        return pack(adc.convert(values, self._spec.adc).tolist(), self._spec.adc.bits)

    def hold(self, *, row_drive: int, word_lines: int, column_select: int) -> None:
        """Sample one column of every lane; see :class:`Analog`, and :meth:`answer` for errors."""
        self._held = self._read(row_drive & word_lines, column_select)
        self._decisions = 0

    def decide(self, trials: int) -> int:
        """Return which held values reach their trials; see :class:`Analog`.

        Raises
        ------
        ValueError
            If nothing is held, or every bit of it has been decided.
        """
        spec = self._spec
        if not len(self._held) or self._decisions == spec.adc.bits:
            raise ValueError(
                f"Comparators must be asked {spec.adc.bits} times per sample, not once more "
                f"(conversion {self.conversions})"
            )
        values, noise = self.held()
        codes = np.array(unpack(trials, spec.adc.bits, spec.lanes))
        reached = sar.decide(self.converters, values, codes, noise[self._decisions])
        self._decisions += 1
        return pack(reached.tolist(), 1)

    def held(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what the converters hold, and the noise of the decisions about it.

        Returns
        -------
        values : ndarray of float, shape (lanes,)
            Held values, in conductance steps.
        noise : ndarray of float32, shape (adc.bits, lanes)
            Standard normal numbers, in the order of the decisions.
        """
        vector, conversion = divmod(self.conversions - 1, self._per_vector)
        read, column = divmod(conversion, self._spec.columns_per_adc)
        noise = self._decision_noise(vector // VECTORS_PER_BLOCK)
        return self._held, noise[vector % VECTORS_PER_BLOCK, :, read, :, column]

    def convert_all(self) -> np.ndarray:
        """Convert everything the job asks for, as one by one.

        Returns
        -------
        ndarray of uint8 or uint16, shape (vectors, input_bits, row_groups, columns)
            Codes; the first bit plane is the most significant.

        Raises
        ------
        RuntimeError
            If something has been converted already.
        """
        spec, vectors = self._spec, len(self._job.inputs)
        if self.conversions:
            raise RuntimeError(f"All codes must be asked for first, not after {self.conversions}")
        shape = (vectors, spec.input_bits, spec.row_groups, spec.columns)
        codes = np.empty(shape, dtype=adc.code_type(spec.adc))
        for first in range(0, vectors, CHUNK):
            chunk = range(first, min(first + CHUNK, vectors))
            codes[chunk.start : chunk.stop] = self._convert_chunk(chunk)
        self.conversions = vectors * self._per_vector
        return codes

    def _convert_chunk(self, vectors: range) -> np.ndarray:
        """Return the codes of some vectors, of which the first begins a block."""
        spec = self._spec
        planes = bit_planes(self._job.inputs[vectors.start : vectors.stop], spec)
        planes = planes.reshape(-1, spec.rows)
        sums = np.empty(
            (len(planes), spec.row_groups, self._array.lines.shape[1]), self._array.lines.dtype
        )
        driven = np.empty((len(planes), spec.row_groups), dtype=np.int64)
        for group, rows in enumerate(row_groups(spec)):
            sums[:, group] = crossbar.line_sums(self._array, planes[:, rows], rows)
            driven[:, group] = planes[:, rows].sum(axis=1)
        sums, driven_rows = sums.reshape(-1, sums.shape[-1]), driven.reshape(-1)
        noise = self._noise_of_chunk(vectors) if self._noisy else None
        values = crossbar.column_values(self._array, sums, driven_rows, noise)
        self._drawn_units += crossbar.drawn_units_of_all(self._array, sums, driven_rows)
        if spec.adc.kind == "sar":
            codes = self._approximate(values, vectors)
        else:
            codes = adc.convert(values, spec.adc)
        return codes.reshape(len(vectors), spec.input_bits, spec.row_groups, spec.columns)

    def _approximate(self, values: np.ndarray, vectors: range) -> np.ndarray:
        """Return the codes of SAR converters; shape of ``values``, (reads, columns)."""
        spec = self._spec
        noise = np.concatenate([self._decision_noise(block) for block in blocks(vectors)])
        noise = noise[: len(vectors)].transpose(1, 0, 2, 4, 3)  # decisions first, lanes last
        by_lane = (len(values), spec.lanes, spec.columns_per_adc)
        held = values.reshape(by_lane).swapaxes(1, 2)
        codes = sar.convert(self.converters, held, noise.reshape(spec.adc.bits, *held.shape))
        return codes.swapaxes(1, 2).reshape(values.shape)

    def _read(self, row_drive: int, column_select: int) -> np.ndarray:
        """Return what the converters see in the next conversion; shape (lanes,)."""
        spec = self._spec
        columns = np.arange(self._column(column_select), spec.columns, spec.columns_per_adc)
        driven = row_drive.to_bytes(-(-spec.rows // 8), "little")
        drive = np.unpackbits(np.frombuffer(driven, np.uint8), count=spec.rows, bitorder="little")
        drive = drive[None]
        selected = crossbar.selected_lines(spec, columns)
        sums, driven_rows = crossbar.line_sums(self._array, drive), drive.sum(axis=1)
        noise = self._noise_of_next(columns[0])[None] if self._noisy else None
        values = crossbar.column_values(self._array, sums[:, selected], driven_rows, noise)
        self._drawn_units += int(crossbar.drawn_units(self._array, sums, driven_rows, selected)[0])
        self.conversions += 1
        return values[0]

    def _column(self, column_select: int) -> int:
        """Return the column of each lane that a one-hot select chooses."""
        if column_select.bit_count() != 1:
            raise ValueError(
                f"Column select must have one bit set, not {column_select:#x} "
                f"(conversion {self.conversions})"
            )
        column = column_select.bit_length() - 1
        if column >= self._spec.columns_per_adc:
            raise ValueError(
                f"Column select must choose one of {self._spec.columns_per_adc} columns, not "
                f"{column_select:#x} (conversion {self.conversions})"
            )
        return column

    @property
    def _per_vector(self) -> int:
        return self._spec.input_bits * self._spec.row_groups * self._spec.columns_per_adc

    def _noise_of_next(self, column: int) -> np.ndarray:
        """Return the read noise of the next conversion, shape (lanes,)."""
        vector, conversion = divmod(self.conversions, self._per_vector)
        noise = self._read_noise(vector // VECTORS_PER_BLOCK)
        read = conversion // self._spec.columns_per_adc
        return noise[vector % VECTORS_PER_BLOCK, read, :, column]

    def _noise_of_chunk(self, vectors: range) -> np.ndarray:
        """Return the read noise of some vectors, shape (reads, columns)."""
        noise = np.concatenate([self._read_noise(block) for block in blocks(vectors)])
        return noise[: len(vectors)].reshape(-1, self._spec.columns)
