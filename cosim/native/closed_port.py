"""What macros in a closed loop and their analog side see of each other: buffers, and answers."""

import ctypes
from collections.abc import Sequence

import numpy as np

from cosim.bank import AnalogBank
from cosim.job import MacroJob, MacroRun
from cosim.loop import PATIENCE_CYCLES
from cosim.predict import pack_words, psums_of_words, row_beat_words, unpack_words
from hw_spec.port import analog_port, psum_beats, psums_per_beat, row_beats

SAMPLED, ASKS, ENDED, SILENT = 1, 2, 4, 8
"""Bits of what a turn ended with, as in ``closed_loop.h``."""

_COUNTS = (
    "vectors",
    "row_beats",
    "psum_beats",
    "conversion_cycles",
    "patience_cycles",
    "row_words",
    "psum_words",
)
_ARRAYS = (
    "row_beat_words",
    "psums",
    "done_cycles",
    "state",
    "row_drive",
    "word_lines",
    "column_select",
    "trials",
    "answers",
)


class _Closed(ctypes.Structure):
    """``Closed`` of ``closed_loop.h``."""

    _fields_ = [
        *((name, ctypes.c_uint64) for name in _COUNTS),
        *((name, ctypes.c_void_p) for name in _ARRAYS),
    ]


class Port:
    """Buffers through which macros and their bank see each other; row n is that of macro n."""

    def __init__(self, jobs: Sequence[MacroJob]):
        self.bank, self.spec = AnalogBank(jobs), jobs[0].chip.macro
        self.jobs = jobs
        spec, widths, count = self.spec, analog_port(self.spec), len(jobs)
        words = {
            "row_drive": widths.row_drive,
            "word_lines": widths.word_lines,
            "column_select": widths.column_select,
            "trials": max(1, widths.trials),
            "answers": widths.codes or widths.decisions,
        }
        self.words = {
            name: np.zeros((count, -(-bits // 32)), np.uint32) for name, bits in words.items()
        }
        self.state = np.zeros(count, np.uint8)
        psum_words = -(-psums_per_beat(spec) * spec.psum_bits // 32)
        self.beats = [row_beat_words(job) for job in jobs]
        self.psums = [
            np.zeros((len(job.inputs) * psum_beats(spec), psum_words), np.uint32) for job in jobs
        ]
        self.done_cycles = [np.zeros(len(job.inputs), np.int64) for job in jobs]
        self.structs = [self._struct(n, job) for n, job in enumerate(jobs)]

    def _struct(self, n: int, job: MacroJob) -> _Closed:
        spec = self.spec
        rows = {name: array[n] for name, array in self.words.items()}
        arrays = {
            "row_beat_words": self.beats[n],
            "psums": self.psums[n],
            "done_cycles": self.done_cycles[n],
            "state": self.state[n : n + 1],
            **rows,
        }
        return _Closed(
            vectors=len(job.inputs),
            row_beats=row_beats(spec),
            psum_beats=psum_beats(spec),
            conversion_cycles=spec.adc.conversion_cycles,
            patience_cycles=spec.cycles_per_vector + PATIENCE_CYCLES,
            row_words=self.beats[n].shape[1],
            psum_words=self.psums[n].shape[1],
            **{name: array.ctypes.data for name, array in arrays.items()},
        )

    def answer(self) -> int:
        """Answer all macros that ask; return how many did."""
        spec = self.spec
        sampled = np.flatnonzero(self.state & SAMPLED)
        asking = np.flatnonzero(self.state & ASKS)
        if len(sampled):
            lines = self.words["row_drive"][sampled] & self.words["word_lines"][sampled]
            drive = _bits(lines, spec.rows)
            columns = self._columns(sampled)
            if spec.adc.kind == "flash":
                codes = self.bank.convert(sampled, drive, columns)
                self.words["answers"][sampled] = pack_words(codes, spec.adc.bits)
            else:
                self.bank.hold(sampled, drive, columns)
        if len(asking) and spec.adc.kind == "sar":
            words = self.words["trials"][asking]
            trials = unpack_words(words, spec.adc.bits, spec.lanes, signed=False)
            decisions = self.bank.decide(asking, trials)
            self.words["answers"][asking] = pack_words(decisions.view(np.uint8), 1)
        return len(asking)

    def _columns(self, macros: np.ndarray) -> np.ndarray:
        """Return the column that each macro's one-hot select chooses."""
        selects = _bits(self.words["column_select"][macros], self.spec.columns_per_adc)
        wrong = np.flatnonzero(selects.sum(axis=1) != 1)
        if len(wrong):
            bits = np.flatnonzero(selects[wrong[0]])
            raise RuntimeError(
                f"Column select of macro {self.jobs[macros[wrong[0]]].macro} must have one bit "
                f"set, not the bits {bits.tolist()}"
            )
        return selects.argmax(axis=1)

    def run(self, n: int, job: MacroJob, toggles: dict[str, int]) -> MacroRun:
        """Return the result of a macro."""
        return MacroRun(
            psums=psums_of_words(self.psums[n], self.spec),
            done_cycles=self.done_cycles[n],
            conversions=int(self.bank.conversions[n]),
            code_counts=self.bank.code_counts[n],
            array_j=self.bank.array_j(n),
            toggles=toggles,
        )


def _bits(words: np.ndarray, count: int) -> np.ndarray:
    """Return the lowest bits of rows of words; uint8, shape (rows, count)."""
    octets = np.ascontiguousarray(words, dtype="<u4").view(np.uint8)
    return np.unpackbits(octets, axis=1, count=count, bitorder="little")
