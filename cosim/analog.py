"""Answers the sample strobes of a macro with codes from the array."""

from typing import Protocol

import numpy as np

from behavioral import adc, crossbar, randomness
from behavioral.device import preset
from cosim.job import MacroJob
from hw_spec.port import pack


class Analog(Protocol):
    """Whatever stands behind the analog port of a macro."""

    conversions: int
    """Conversions of each lane so far."""

    array_j: float
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
        self.conversions = 0
        self.array_j = 0.0

    def answer(self, *, row_drive: int, word_lines: int, column_select: int) -> int:
        """Convert one column of every lane; see :class:`Analog`.

        A driven row conducts only through an open word line.

        Raises
        ------
        ValueError
            If not exactly one column is selected.
        """
        spec = self._spec
        if column_select.bit_count() != 1:
            raise ValueError(
                f"Column select must have one bit set, not {column_select:#x} "
                f"(conversion {self.conversions})"
            )
        column = column_select.bit_length() - 1
        columns = np.arange(column, spec.columns, spec.columns_per_adc)
        driven = (row_drive & word_lines).to_bytes(-(-spec.rows // 8), "little")
        drive = np.unpackbits(np.frombuffer(driven, np.uint8), count=spec.rows, bitorder="little")
        steps = crossbar.read(self._array, drive[None], columns, self._next_noise()[None])
        codes = adc.convert(steps[0], self._references)

        chip = self._job.chip
        drawn_a = crossbar.current_a(self._array, drive[None], columns, read_v=chip.read_v.value)
        read_s = spec.adc.conversion_cycles * chip.clock_period_s.value
        self.array_j += float(drawn_a[0]) * chip.read_v.value * read_s
        return pack(codes.tolist(), spec.adc.bits)

    def _next_noise(self) -> np.ndarray:
        """Return the read noise of the next conversion, shape (lanes + 1,)."""
        spec = self._spec
        per_vector = spec.input_bits * spec.row_groups * spec.columns_per_adc
        vector, conversion = divmod(self.conversions, per_vector)
        if conversion == 0:
            rng = randomness.reads(self._job.seed, macro=self._job.macro, vector=vector)
            self._noise = rng.standard_normal((per_vector, spec.lanes + 1))
        self.conversions += 1
        return self._noise[conversion]
