"""Toggles of the registers that hold data: they follow from the values these take."""

import numpy as np

from cosim.twin.results import unsigned
from cosim.twin.sar import KeptBits
from cosim.twin.schedule import Schedule
from hw_spec.port import psums_per_beat, row_beats, rows_per_beat

ROW_SUMS = (
    "row_registers.row_sum",
    "adc.driven",
    "adc.taken",
    "slice_combine.finished_row_sum",
    "slice_combine.result_row_sum",
)
"""Registers through which the sum of the inputs of each vector goes, some with control beside."""


class Register:
    """A register, or several alike, that takes one value after another. Starts at 0.

    Parameters
    ----------
    fields : int
        Fields of a value; toggles are counted for each.
    """

    def __init__(self, fields: int):
        self._held: np.ndarray | int = 0
        self.counts = np.zeros(fields, dtype=np.int64)
        """Toggles of each field so far."""

    @property
    def toggles(self) -> int:
        """Toggles of all fields so far."""
        return int(self.counts.sum())

    def take(self, values: np.ndarray) -> None:
        """Take up values; unsigned integers, shape (values, fields)."""
        changed = np.empty_like(values)
        np.bitwise_xor(values[1:], values[:-1], out=changed[1:])
        np.bitwise_xor(values[0], self._held, out=changed[0])
        self._held = values[-1].copy()
        self.counts += np.bitwise_count(changed).sum(axis=0, dtype=np.int64)


class DataRegisters:
    """All registers that hold data, over one chunk of vectors after another.

    Parameters
    ----------
    plan : Schedule
        When vectors follow each other without a gap.
    """

    def __init__(self, plan: Schedule):
        self._plan, self._spec = plan, plan.spec
        spec = plan.spec
        self._vector = Register(spec.rows)
        self._row_sum = Register(1)
        self._waiting_sum = Register(1)
        self._sums = Register(spec.columns)
        self._results = Register(spec.columns)
        self._payload = Register(psums_per_beat(spec))
        self._kept = KeptBits(plan) if spec.adc.kind == "sar" else None
        self._driven = 0
        self._last_drive = np.zeros(spec.rows, dtype=unsigned(spec.input_bits))

    def take(
        self,
        first: int,
        inputs: np.ndarray,
        codes: np.ndarray,
        walk: np.ndarray,
        psums: np.ndarray,
    ) -> None:
        """Take up the vectors from ``first`` on.

        Parameters
        ----------
        first : int
            Number of the first vector.
        inputs : ndarray of unsigned, shape (vectors, rows)
        codes : ndarray of unsigned, shape (vectors, input_bits, row_groups, columns)
            The first bit plane is the most significant.
        walk : ndarray
            As :func:`cosim.twin.results.column_walk` returns.
        psums : ndarray
            As :func:`cosim.twin.results.psums_of_sums` returns.
        """
        spec = self._spec
        self._vector.take(inputs)
        self._drive(first, inputs)
        if spec.row_sum_bits:
            self._add_rows(inputs)
        self._sums.take(walk.reshape(-1, spec.columns))
        self._results.take(walk[:, -1])
        top = 2**spec.psum_bits - 1
        fields = (psums & top).astype(unsigned(spec.psum_bits))
        self._payload.take(fields.reshape(-1, psums_per_beat(spec)))
        if self._kept is not None:
            self._kept.take(first, codes)

    def toggles(self, *, let_go: bool) -> dict[str, int]:
        """Return the toggles so far, by path below the top module.

        Parameters
        ----------
        let_go : bool
            Whether the rows are let go after the last vector.
        """
        spec, vector = self._spec, self._vector.toggles
        held = 0 if let_go else int((self._last_drive & 1).sum())
        lanes = self._sums.counts.reshape(spec.lanes, spec.columns_per_adc).sum(axis=1)
        toggles = {
            "row_registers.waiting": vector,
            "row_registers.vector": vector,
            "switch_matrix.row_drive": self._driven - held,
            "slice_combine.results": self._results.toggles,
            "slice_combine.psums__payload": self._payload.toggles,
        }
        toggles |= {f"lane_{lane}.sums": int(count) for lane, count in enumerate(lanes)}
        if self._kept is not None:
            toggles["sar.kept"] = self._kept.toggles
        if spec.row_sum_bits:
            toggles["row_registers.waiting_sum"] = self._waiting_sum.toggles
            for register in ROW_SUMS:
                toggles[register] = self._row_sum.toggles
        return toggles

    def _add_rows(self, inputs: np.ndarray) -> None:
        """Follow the sum of inputs while beat after beat is taken, and once it is complete."""
        spec = self._spec
        ends = np.minimum(rows_per_beat(spec) * np.arange(1, row_beats(spec) + 1), spec.rows) - 1
        sums = np.cumsum(inputs, axis=1, dtype=np.uint32)[:, ends]
        self._waiting_sum.take(sums.reshape(-1, 1))
        self._row_sum.take(sums[:, -1:])

    def _drive(self, first: int, inputs: np.ndarray) -> None:
        """Count how rows rise and fall.

        A row rises and falls once for each bit that is set, unless it was driven right before.
        """
        driven = int(np.bitwise_count(inputs).sum(dtype=np.int64))
        kept = 0
        if self._spec.row_groups == 1:
            kept = int(np.bitwise_count(inputs & inputs >> 1).sum(dtype=np.int64))
            before = np.concatenate([self._last_drive[None], inputs[:-1]])
            joined = self._plan.joined[first : first + len(inputs)]
            last_and_first = before & inputs >> (self._spec.input_bits - 1) & 1
            kept += int(last_and_first[joined].sum(dtype=np.int64))
        self._driven += 2 * (driven - kept)
        self._last_drive = inputs[-1]
