"""Analog sides of many macros, asked together: one call answers all that wait."""

from collections.abc import Sequence

import numpy as np

from behavioral import adc, crossbar, randomness, sar
from behavioral.crossbar import Crossbar
from behavioral.device import preset
from behavioral.randomness import VECTORS_PER_BLOCK
from behavioral.sar import SarConverters
from cosim.job import MacroJob
from cosim.noise import decision_noise, read_noise
from hw_spec.chip import ChipSpec


def manufacture(job: MacroJob) -> tuple[Crossbar, SarConverters | None]:
    """Return array and converters of a job's macro, with their frozen errors."""
    spec, device, errors = job.chip.macro, preset(job.chip.device), job.chip.sar
    if job.ideal:
        device = device.ideal()
    elif not job.read_noise:
        device = device.noiseless()
    rng = randomness.frozen(job.seed, macro=job.macro)
    array = crossbar.program(job.levels, spec=spec, device=device, rng=rng)
    if errors is None:
        return array, None
    converters = sar.make(
        spec,
        mismatch=0.0 if job.ideal else errors.capacitor_mismatch.value,
        noise_codes=errors.comparator_noise.value if job.read_noise and not job.ideal else 0.0,
        rng=rng,
    )
    return array, converters


def energy_j(chip: ChipSpec, array: Crossbar, drawn_units: int) -> float:
    """Return the energy of conversions, in joules: V**2 times conductance times time.

    What conducted is added up in whole numbers, of :func:`crossbar.unit_s`, so the order of
    conversions does not matter.
    """
    read_s = chip.macro.adc.conversion_cycles * chip.clock_period_s.value
    return chip.read_v.value**2 * crossbar.unit_s(array) * drawn_units * read_s


class AnalogBank:
    """Arrays and converters of macros of one kind.

    Noise is that of the vector, bit plane, row group and column a conversion belongs to, which
    follow from the number of conversions of its macro before it. So results are the same whoever
    asks, in whatever company, and however often a macro was held up.

    Raises
    ------
    ValueError
        If the macros differ in kind.
    """

    conversions: np.ndarray
    """int64, shape (macros,): conversions of each lane so far."""

    code_counts: np.ndarray
    """int64, shape (macros, 2**bits): how often each code was given so far, by all lanes."""

    drawn_units: list[int]
    """Conductance seen by the row drivers so far, in units of :func:`crossbar.unit_s`."""

    def __init__(self, jobs: Sequence[MacroJob]):
        kinds = [(job.chip, job.ideal, job.read_noise) for job in jobs]
        if any(kind != kinds[0] for kind in kinds):
            raise ValueError("Macros of a bank must be of one chip, and alike in what is ideal")
        self.spec = spec = jobs[0].chip.macro
        self.jobs = list(jobs)
        made = [manufacture(job) for job in jobs]
        self.arrays = crossbar.stack([array for array, _ in made])
        self.converters = [converters for _, converters in made if converters is not None]
        self.conversions = np.zeros(len(jobs), dtype=np.int64)
        self.code_counts = np.zeros((len(jobs), 2**spec.adc.bits), dtype=np.int64)
        self.drawn_units = [0] * len(jobs)

        self._block = np.full(len(jobs), -1)
        reads = (len(jobs), VECTORS_PER_BLOCK, spec.input_bits * spec.row_groups)
        lanes = (spec.lanes, spec.columns_per_adc)
        self._noisy = self.arrays.device.read_noise.value > 0
        self._noise = np.zeros((*reads, *lanes) if self._noisy else 0, dtype=np.float32)
        if self.converters:
            self._levels = np.stack([one.thresholds for one in self.converters])
            bits = (*reads[:2], spec.adc.bits, reads[2])
            self._decision_noise = np.zeros((*bits, *lanes), dtype=np.float32)
            self._held = np.zeros((len(jobs), spec.lanes))
            self._held_noise = np.zeros((len(jobs), spec.adc.bits, spec.lanes), dtype=np.float32)
            self._decisions = np.full(len(jobs), spec.adc.bits)

    def convert(self, macros: np.ndarray, drive: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Convert one column of every lane of some macros; for flash converters.

        Parameters
        ----------
        macros : ndarray of int, shape (n,)
            Numbers of the macros in the bank, each once.
        drive : ndarray of int, shape (n, rows)
            1 where a row is at the read voltage behind an open word line.
        columns : ndarray of int, shape (n,)
            Column of each lane that is selected.

        Returns
        -------
        ndarray of uint8 or uint16, shape (n, lanes)
            Codes.
        """
        codes = adc.convert(self._read(macros, drive, columns)[0], self.spec.adc)
        np.add.at(self.code_counts, (macros[:, None], codes), 1)
        return codes

    def hold(self, macros: np.ndarray, drive: np.ndarray, columns: np.ndarray) -> None:
        """Sample one column of every lane; for SAR converters. Parameters as of :meth:`convert`."""
        values, places = self._read(macros, drive, columns)
        vector, read, column = places
        self._held[macros] = values
        self._held_noise[macros] = self._decision_noise[macros, vector, :, read, :, column]
        self._decisions[macros] = 0

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
            If a macro asks more often per sample than its code has bits.
        """
        asked = self._decisions[macros]
        if (asked == self.spec.adc.bits).any():
            macro = int(macros[np.argmax(asked == self.spec.adc.bits)])
            raise ValueError(
                f"Comparators must be asked {self.spec.adc.bits} times per sample, not once more "
                f"(macro {self.jobs[macro].macro}, conversion {self.conversions[macro]})"
            )
        levels = self._levels[macros[:, None], np.arange(self.spec.lanes), trials]
        self._decisions[macros] = asked + 1
        reached = sar.reached(
            self._held[macros],
            levels,
            noise_steps=self.converters[0].noise_steps,
            noise=self._held_noise[macros, asked],
        )
        # The lowest bit is tried last, and what lies above it is the code by then.
        last = asked == self.spec.adc.bits - 1
        codes = trials[last] & ~1 | reached[last]
        np.add.at(self.code_counts, (macros[last, None], codes), 1)
        return reached

    def array_j(self, macro: int) -> float:
        """Return the energy the row drivers of a macro gave so far, in joules."""
        return energy_j(self.jobs[macro].chip, self.arrays, self.drawn_units[macro])

    def _read(
        self, macros: np.ndarray, drive: np.ndarray, columns: np.ndarray
    ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return what the converters see, shape (n, lanes), and where the noise of it lies."""
        spec = self.spec
        arrays = crossbar.some(self.arrays, macros)
        sums, driven_rows = crossbar.line_sums(arrays, drive), drive.sum(axis=1)
        lanes = np.arange(0, spec.columns, spec.columns_per_adc)
        selected = crossbar.selected_lines(spec, lanes + columns[:, None])
        places = self._places(macros, columns)
        noise = None
        if self._noisy:
            vector, read, column = places
            noise = self._noise[macros, vector, read, :, column]
        chosen = np.take_along_axis(sums, selected, axis=1)
        values = crossbar.column_values(arrays, chosen, driven_rows, noise)
        units = crossbar.drawn_units(arrays, sums, driven_rows, selected)
        for macro, drawn in zip(macros.tolist(), units.tolist(), strict=True):
            self.drawn_units[macro] += drawn
        self.conversions[macros] += 1
        return values, places

    def _places(
        self, macros: np.ndarray, columns: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return vector in its block, read and column of the next conversions, noise drawn."""
        spec = self.spec
        per_vector = spec.input_bits * spec.row_groups * spec.columns_per_adc
        vector, conversion = np.divmod(self.conversions[macros], per_vector)
        blocks, vector = np.divmod(vector, VECTORS_PER_BLOCK)
        stale = self._block[macros] != blocks
        for macro, block in zip(macros[stale].tolist(), blocks[stale].tolist(), strict=True):
            self._block[macro] = block
            if self._noisy:
                self._noise[macro] = read_noise(self.jobs[macro], block)
            if self.converters:
                self._decision_noise[macro] = decision_noise(self.jobs[macro], block)
        return vector, conversion // spec.columns_per_adc, columns
