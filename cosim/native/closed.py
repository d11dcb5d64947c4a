"""Closed loop: macros run until they ask their analog side something, and are answered together.

Nothing is predicted. The rows that a macro drives are what is converted, so this is the loop for
whatever decides its next step by the last answer.
"""

import ctypes
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cosim.bank import AnalogBank
from cosim.build import RUN_LIMIT_S
from cosim.job import MacroJob, MacroRun
from cosim.loop import PATIENCE_CYCLES, PAUSE_BLOCK, overtime_text, pause_blocks, stuck_text
from cosim.native.library import load
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


@dataclass(frozen=True)
class ClosedRuns:
    """What macros did that were answered together."""

    runs: list[MacroRun]
    """Results, in the order of the jobs."""

    requests: int
    """Questions of single macros that were answered."""


def run_closed(
    jobs: Sequence[MacroJob],
    library: Path,
    registers: dict[str, int],
    *,
    limit_s: float = RUN_LIMIT_S,
) -> ClosedRuns:
    """Run jobs of one kind of macro to their ends, each on a macro of its own.

    Parameters
    ----------
    jobs : sequence of MacroJob
        What to run; of one chip, and all ideal or none.
    library : Path
        Shared library of the design.
    registers : dict of str to int
        Width of every register of the design, by its path.
    limit_s : float
        Longest time, in seconds.

    Raises
    ------
    ValueError
        If the macros differ in kind.
    TimeoutError
        If a macro makes no progress, or the time is over.
    """
    port = _Port(jobs)
    called = load(library)
    loops = [called.ohmloop_closed_new(ctypes.byref(struct)) for struct in port.structs]
    try:
        requests = _turn_to_end(called, loops, port, time.monotonic() + limit_s, limit_s)
        runs = []
        for n, (job, loop) in enumerate(zip(jobs, loops, strict=True)):
            runs.append(port.run(n, job, _toggles(called, loop, registers)))
    finally:
        for loop in loops:
            called.ohmloop_closed_free(loop)
    return ClosedRuns(runs, requests)


class _Port:
    """Buffers through which macros and their bank see each other; row n is that of macro n."""

    def __init__(self, jobs: Sequence[MacroJob]):
        self.bank, self.spec = AnalogBank(jobs), jobs[0].chip.macro
        self.jobs = jobs
        spec, widths, count = self.spec, analog_port(self.spec), len(jobs)
        self.answer_bits = spec.adc.bits if spec.adc.kind == "flash" else 1
        words = {
            "row_drive": widths.row_drive,
            "word_lines": widths.word_lines,
            "column_select": widths.column_select,
            "trials": max(1, widths.trials),
            "answers": spec.lanes * self.answer_bits,
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
            array_j=self.bank.array_j(n),
            toggles=toggles,
        )


def _turn_to_end(
    called: ctypes.CDLL, loops: list[int], port: _Port, deadline_s: float, limit_s: float
) -> int:
    """Turn all macros until each is done; return how many questions were answered."""
    addresses = np.array(loops, dtype=np.uint64)
    pauses = [
        pause_blocks(job.pauses) if job.pauses.inputs or job.pauses.psums else None
        for job in port.jobs
    ]
    ended = np.zeros(len(loops), dtype=bool)
    requests, last_cycle = 0, 0
    while not ended.all():
        # Every macro is turned from question to question until all stand at the end of the block.
        first_cycle, last_cycle = last_cycle, last_cycle + PAUSE_BLOCK
        turning = np.flatnonzero(~ended)
        held = [next(blocks) if (blocks := pauses[n]) else None for n in turning]
        pause_of = np.zeros(len(loops), dtype=np.uint64)
        pause_of[turning] = [0 if block is None else block.ctypes.data for block in held]
        while len(turning):
            some, their_pauses = addresses[turning], pause_of[turning]
            port.state[:] = 0
            called.ohmloop_closed_turn(
                some.ctypes.data, len(some), last_cycle, first_cycle, their_pauses.ctypes.data
            )
            silent = np.flatnonzero(port.state & SILENT)
            if len(silent):
                raise TimeoutError(_stuck(called, loops, port, int(silent[0])))
            requests += port.answer()
            ended |= (port.state & ENDED) != 0
            if time.monotonic() > deadline_s:
                raise TimeoutError(_late(called, loops, port, int(turning[0]), limit_s))
            turning = turning[(port.state[turning] & ASKS) != 0]
    return requests


def _progress(called: ctypes.CDLL, loop: int) -> tuple[int, int, int, int]:
    """Return cycle, psum beats taken, status, and whether a row beat waits, of one macro."""
    words = np.zeros(5, dtype=np.uint64)
    called.ohmloop_closed_progress(loop, words.ctypes.data)
    cycle, _sent, received, status, offered = words.tolist()
    return cycle, received, status, offered


def _toggles(called: ctypes.CDLL, loop: int, registers: dict[str, int]) -> dict[str, int]:
    """Return the changes of each register of one macro, which must not be turned any more."""
    first = np.zeros(len(registers), np.uint64)
    changes = np.zeros(called.ohmloop_counters(first.ctypes.data), np.uint64)
    called.ohmloop_closed_counts(loop, changes.ctypes.data)
    places = zip(registers.items(), first.tolist(), strict=True)
    return {path: int(changes[low : low + bits].sum()) for (path, bits), low in places}


def _stuck(called: ctypes.CDLL, loops: list[int], port: _Port, n: int) -> str:
    spec = port.spec
    cycle, received, status, offered = _progress(called, loops[n])
    return stuck_text(
        spec,
        idle=spec.cycles_per_vector + PATIENCE_CYCLES + 1,
        offered=bool(offered),
        done=received // psum_beats(spec),
        vectors=len(port.jobs[n].inputs),
        cycle=cycle,
        status=status,
    )


def _late(called: ctypes.CDLL, loops: list[int], port: _Port, n: int, limit_s: float) -> str:
    cycle, received, _status, _offered = _progress(called, loops[n])
    return overtime_text(
        macro=port.jobs[n].macro,
        cycle=cycle,
        done=received // psum_beats(port.spec),
        vectors=len(port.jobs[n].inputs),
        limit_s=limit_s,
    )


def _bits(words: np.ndarray, count: int) -> np.ndarray:
    """Return the lowest bits of rows of words; uint8, shape (rows, count)."""
    octets = np.ascontiguousarray(words, dtype="<u4").view(np.uint8)
    return np.unpackbits(octets, axis=1, count=count, bitorder="little")
