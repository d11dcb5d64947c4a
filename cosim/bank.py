"""Analog sides of many macros, asked together: one call answers all that wait."""

from collections.abc import Sequence

import numpy as np

from behavioral import sar
from cosim.analog import AnalogService
from cosim.job import MacroJob
from hw_spec.macro import MacroSpec


class AnalogBank:
    """The SAR converters and arrays of many macros of one kind.

    Gives what an :class:`cosim.analog.AnalogService` per macro would give, decisions of all macros
    in one operation.

    Raises
    ------
    ValueError
        If the macros differ in kind, or their converters are not SAR.
    """

    def __init__(self, jobs: Sequence[MacroJob]):
        chip = jobs[0].chip
        if chip.macro.adc.kind != "sar":
            raise ValueError(f"Converters of a bank must be 'sar', not {chip.macro.adc.kind!r}")
        if any(job.chip != chip or job.ideal != jobs[0].ideal for job in jobs):
            raise ValueError("Macros of a bank must be of one chip and all ideal or none")
        self.spec: MacroSpec = chip.macro
        self.services = [AnalogService(job) for job in jobs]
        spec, count = self.spec, len(jobs)
        self._levels = np.stack([service.converters.thresholds for service in self.services])
        self._held = np.zeros((count, spec.lanes))
        self._noise = np.zeros((count, spec.adc.bits, spec.lanes), dtype=np.float32)
        self._decisions = np.full(count, spec.adc.bits)

    def hold(self, macro: int, *, row_drive: int, word_lines: int, column_select: int) -> None:
        """Sample one column of every lane of one macro; see :class:`cosim.analog.Analog`."""
        service = self.services[macro]
        service.hold(row_drive=row_drive, word_lines=word_lines, column_select=column_select)
        self._held[macro], self._noise[macro] = service.held()
        self._decisions[macro] = 0

    def decide(self, macros: np.ndarray, trials: np.ndarray) -> np.ndarray:
        """Return whether the held values of some macros reach their trials.

        Parameters
        ----------
        macros : ndarray of int, shape (n,)
            Numbers of the macros in the bank, each once.
        trials : ndarray of int, shape (n, lanes)
            Codes on trial.

        Returns
        -------
        ndarray of bool, shape (n, lanes)

        Raises
        ------
        ValueError
            If a macro asks more often than its code has bits.
        """
        asked = self._decisions[macros]
        if (asked == self.spec.adc.bits).any():
            macro = int(macros[np.argmax(asked == self.spec.adc.bits)])
            raise ValueError(
                f"Comparators must be asked {self.spec.adc.bits} times per sample, not once more "
                f"(macro {macro} of the bank)"
            )
        levels = self._levels[macros[:, None], np.arange(self.spec.lanes), trials]
        self._decisions[macros] = asked + 1
        return sar.reached(
            self._held[macros],
            levels,
            noise_steps=self.services[0].converters.noise_steps,
            noise=self._noise[macros, asked],
        )
