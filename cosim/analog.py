"""Answers the sample strobes of a macro with codes from the array."""

from typing import Protocol

import numpy as np

from behavioral import adc, crossbar, randomness
from behavioral.device import preset
from cosim.job import MacroJob
from cosim.predict import row_drives
from hw_spec.port import pack

CHUNK = 64
"""Vectors whose codes are computed at once; bounds the memory."""


class Analog(Protocol):
    """Whatever stands behind the analog port of a macro."""

    conversions: int
    """Conversions of each lane so far."""

    @property
    def array_j(self) -> float:
        """Energy drawn from the row drivers so far, in joules."""

    def answer(self, *, row_drive: int, word_lines: int, column_select: int) -> int:
        """Convert one column of every lane.

        Parameters
        ----------
        row_drive, word_lines, column_select : int
            Analog port in the cycle of the sample strobe.

        Returns
        -------
        int
            Codes of all lanes, lane 0 in the lowest bits.
        """


class AnalogService:
    """The analog side of one macro while it is being simulated.

    Read noise is that of the vector, bit plane, row group and column a conversion belongs to, which
    follow from the number of conversions before it. So the codes are the same whichever engine
    asks, and however often the macro was held up.
    """

    def __init__(self, job: MacroJob):
        self._spec = job.chip.macro
        device = preset(job.chip.device)
        self._array = crossbar.program(
            job.levels,
            spec=self._spec,
            device=device.ideal() if job.ideal else device,
            rng=randomness.frozen(job.seed, macro=job.macro),
        )
        self._references = adc.references(self._spec.adc)
        self._job = job
        self._noise = np.empty(0)
        self._drawn_units = 0
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
        spec = self._spec
        if column_select.bit_count() != 1:
            raise ValueError(
                f"Column select must have one bit set, not {column_select:#x} "
                f"(conversion {self.conversions})"
            )
        column = column_select.bit_length() - 1
        if column >= spec.columns_per_adc:
            raise ValueError(
                f"Column select must choose one of {spec.columns_per_adc} columns, not "
                f"{column_select:#x} (conversion {self.conversions})"
            )
        columns = np.arange(column, spec.columns, spec.columns_per_adc)
        driven = (row_drive & word_lines).to_bytes(-(-spec.rows // 8), "little")
        drive = np.unpackbits(np.frombuffer(driven, np.uint8), count=spec.rows, bitorder="little")
        steps = crossbar.read(self._array, drive[None], columns, self._next_noise()[None])
        codes = adc.convert(steps[0], self._references)

        self._conduct(drive[None], columns)
        return pack(codes.tolist(), spec.adc.bits)

    def answer_all(self) -> np.ndarray:
        """Convert everything the job asks for, as :meth:`answer` would one by one.

        Returns
        -------
        ndarray of int64, shape (vectors, conversions, lanes)
            Codes; conversions in their order.

        Raises
        ------
        RuntimeError
            If something has been converted already.
        """
        if self.conversions:
            raise RuntimeError(f"All codes must be asked for first, not after {self.conversions}")
        vectors = len(self._job.inputs)
        codes = np.empty((vectors, self._per_vector, self._spec.lanes), dtype=np.int64)
        for first in range(0, vectors, CHUNK):
            chunk = range(first, min(first + CHUNK, vectors))
            codes[chunk.start : chunk.stop] = self._answer_chunk(chunk)
        self.conversions = vectors * self._per_vector
        return codes

    def _answer_chunk(self, vectors: range) -> np.ndarray:
        """Return the codes of some vectors; shape (vectors, conversions, lanes)."""
        spec = self._spec
        drives = row_drives(self._job.inputs[vectors.start : vectors.stop], spec)
        drives = drives.reshape(-1, spec.rows)
        noise = np.stack([self._noise_of(vector) for vector in vectors])
        noise = noise.reshape(len(drives), spec.columns_per_adc, spec.lanes + 1)
        codes = np.empty((len(drives), spec.columns_per_adc, spec.lanes), dtype=np.int64)
        for column in range(spec.columns_per_adc):
            columns = np.arange(column, spec.columns, spec.columns_per_adc)
            steps = crossbar.read(self._array, drives, columns, noise[:, column])
            codes[:, column] = adc.convert(steps, self._references)
            self._conduct(drives, columns)
        return codes.reshape(len(vectors), -1, spec.lanes)

    @property
    def _per_vector(self) -> int:
        spec = self._spec
        return spec.input_bits * spec.row_groups * spec.columns_per_adc

    def _conduct(self, drives: np.ndarray, columns: np.ndarray) -> None:
        self._drawn_units += int(crossbar.drawn_units(self._array, drives, columns).sum())

    def _noise_of(self, vector: int) -> np.ndarray:
        """Return the read noise of a vector, shape (conversions, lanes + 1)."""
        rng = randomness.reads(self._job.seed, macro=self._job.macro, vector=vector)
        return rng.standard_normal((self._per_vector, self._spec.lanes + 1))

    def _next_noise(self) -> np.ndarray:
        """Return the read noise of the next conversion, shape (lanes + 1,)."""
        vector, conversion = divmod(self.conversions, self._per_vector)
        if conversion == 0:
            self._noise = self._noise_of(vector)
        self.conversions += 1
        return self._noise[conversion]
