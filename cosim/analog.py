"""Answers the strobes of a macro with codes or decisions from the array."""

from typing import Protocol

import numpy as np

from cosim.bank import AnalogBank
from cosim.job import MacroJob
from hw_spec.port import pack, unpack

ALONE = np.zeros(1, dtype=np.int64)
"""The one macro of a bank of one."""


class Analog(Protocol):
    """Whatever stands behind the analog port of a macro."""

    @property
    def conversions(self) -> int:
        """Conversions of each lane so far."""

    @property
    def code_counts(self) -> np.ndarray:
        """int64, shape (2**bits,): how often each code was given so far, by all lanes together."""

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
    """The analog side of one macro while it is being simulated: words at its port."""

    def __init__(self, job: MacroJob):
        self._spec = job.chip.macro
        self._bank = AnalogBank([job])

    @property
    def conversions(self) -> int:
        """Conversions of each lane so far."""
        return int(self._bank.conversions[0])

    @property
    def code_counts(self) -> np.ndarray:
        """int64, shape (2**bits,): how often each code was given so far, by all lanes together."""
        return self._bank.code_counts[0]

    @property
    def array_j(self) -> float:
        """Energy drawn from the row drivers so far, in joules."""
        return self._bank.array_j(0)

    def answer(self, *, row_drive: int, word_lines: int, column_select: int) -> int:
        """Convert one column of every lane; see :class:`Analog`.

        A driven row conducts only through an open word line.

        Raises
        ------
        ValueError
            If not exactly one column of each lane is selected.
        """
        column = self._column(column_select)
        codes = self._bank.convert(ALONE, self._drive(row_drive & word_lines), column)
        return pack(codes[0].tolist(), self._spec.adc.bits)

    def hold(self, *, row_drive: int, word_lines: int, column_select: int) -> None:
        """Sample one column of every lane; see :class:`Analog`, and :meth:`answer` for errors."""
        column = self._column(column_select)
        self._bank.hold(ALONE, self._drive(row_drive & word_lines), column)

    def decide(self, trials: int) -> int:
        """Return which held values reach their trials; see :class:`Analog`.

        Raises
        ------
        ValueError
            If nothing is held, or every bit of it has been decided.
        """
        codes = unpack(trials, self._spec.adc.bits, self._spec.lanes)
        return pack(self._bank.decide(ALONE, np.array([codes]))[0].tolist(), 1)

    def _drive(self, row_drive: int) -> np.ndarray:
        """Return the bits of a row drive, shape (1, rows)."""
        rows = self._spec.rows
        driven = np.frombuffer(row_drive.to_bytes(-(-rows // 8), "little"), np.uint8)
        return np.unpackbits(driven, count=rows, bitorder="little")[None]

    def _column(self, column_select: int) -> np.ndarray:
        """Return the column of each lane that a one-hot select chooses, shape (1,)."""
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
        return np.array([column])
