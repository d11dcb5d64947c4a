"""Ctypes front of ``macro_loop.cpp``: a loop that is turned some cycles at a time."""

import ctypes
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from functools import cache
from pathlib import Path

import numpy as np

from cosim.native.batch import Batch, BatchStruct, check_array
from cosim.native.counts import Counts, read_counts
from cosim.native.recording import Places, Sink
from hw_spec.port import psum_beats

WORDS = 32
"""Words of the widest port that is compared: 1024 rows."""


class Verdict(IntEnum):
    """How a batch ended, or that it has not; the order is that of the C++ side."""

    DONE = 0
    RUNNING = 1
    STUCK = 2
    SAMPLE = 3
    ROW_DRIVE = 4
    WORD_LINES = 5
    COLUMN_SELECT = 6
    INPUTS_READY = 7
    PSUMS_VALID = 8
    COMPARE = 9
    TRIALS = 10


class Counting(IntEnum):
    """What is counted of the registers in watched cycles; the values are those of the C++ side."""

    NOTHING = 0
    CHANGES = 1
    CHANGES_AND_ONES = 2


class Outcome(ctypes.Structure):
    """How far a batch is, or how it ended, and where; see ``macro_loop.h``."""

    _fields_ = [
        ("verdict", ctypes.c_int64),
        ("cycle", ctypes.c_uint64),
        ("conversions", ctypes.c_uint64),
        ("sent", ctypes.c_uint64),
        ("received", ctypes.c_uint64),
        ("status", ctypes.c_uint32),
        ("offered", ctypes.c_uint32),
        ("expected", ctypes.c_uint32 * WORDS),
        ("seen", ctypes.c_uint32 * WORDS),
    ]


class MacroLoop:
    """One macro after its reset, and how far it is in a batch; made by :func:`macro_loop`.

    Macros are independent: each may be turned in a thread of its own, and Python runs meanwhile.

    Attributes
    ----------
    psums : ndarray of uint32, shape (vectors * psum beats, words of a beat)
        Payloads of the psum beats so far.
    done_cycles : ndarray of int64, shape (vectors,)
        Of the vectors done so far: the cycle in which the last psum beat was taken, counted from 1
        at the first row beat.
    """

    def __init__(self, library: Path, batch: Batch, counting: Counting):
        self._library = load(library)
        struct = self._take(batch, counting)
        self._loop = self._library.ohmloop_loop_new(ctypes.byref(struct), counting)
        # Whoever drops it without freeing it, has it freed.
        self._free = weakref.finalize(self, self._library.ohmloop_loop_free, self._loop)

    def again(self, batch: Batch, counting: Counting) -> None:
        """Reset the macro for another batch. Less work than a new one, and the same to the batch.

        Not while a trace is written.
        """
        struct = self._take(batch, counting)
        self._library.ohmloop_loop_again(self._loop, ctypes.byref(struct), counting)

    def _take(self, batch: Batch, counting: Counting) -> BatchStruct:
        """Keep a batch, whose buffers the library reads, and make those that it writes."""
        self._counting = counting
        beats = batch.vectors * psum_beats(batch.spec)
        self.psums = np.zeros((beats, batch.psum_words), np.uint32)
        self.done_cycles = np.zeros(batch.vectors, np.int64)
        self._batch = batch
        return batch.struct(self.psums, self.done_cycles)

    def turn(self, cycles: int, *, pauses: np.ndarray | None = None, watched: bool) -> Outcome:
        """Turn the clock ``cycles`` times, or until the batch ends; then no more.

        Parameters
        ----------
        cycles : int
            Bound of this call.
        pauses : ndarray of uint8, shape (cycles,), or None
            Per cycle: bit 0, no row beat is offered; bit 1, no psum beat is taken. None: the
            streams never pause, and every handshake is held to its predicted cycle. Must be given
            in all calls or in none.
        watched : bool
            Whether these cycles are counted, recorded and traced.
        """
        if pauses is not None:
            check_array("pauses", pauses, np.uint8, (cycles,))
        outcome = Outcome()
        address = None if pauses is None else pauses.ctypes.data
        self._library.ohmloop_loop_turn(self._loop, cycles, address, watched, ctypes.byref(outcome))
        return outcome

    def begin_trace(self, path: Path, *, half_period: int) -> None:
        """Begin a trace of the cycles to come; only in a library that can write one.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        begin_trace(self._library.ohmloop_loop_begin_trace, self._loop, path, half_period)

    def end_trace(self) -> None:
        """End the trace, if there is one."""
        self._library.ohmloop_loop_end_trace(self._loop)

    def begin_recording(self, sink: Sink) -> None:
        """Hand registers and inputs of watched cycles to a sink, from now on."""
        self._library.ohmloop_loop_begin_recording(self._loop, sink.function, sink.context)

    def end_recording(self) -> None:
        """Hand on the last cycles, and record no more."""
        self._library.ohmloop_loop_end_recording(self._loop)

    def counts(self, registers: Mapping[str, int]) -> Counts | None:
        """Return what was counted so far, given the width of every register of the design.

        None if nothing is counted.
        """
        if self._counting is Counting.NOTHING:
            return None
        call = self._library.ohmloop_loop_counts
        return read_counts(self._library, call, self._loop, registers)

    def free(self) -> None:
        """Free the macro and end its trace. Nothing may be called afterwards."""
        self._free()


@contextmanager
def macro_loop(
    library: Path, batch: Batch, counting: Counting = Counting.CHANGES
) -> Iterator[MacroLoop]:
    """Give a macro for a batch, and free it at the end, its trace written whatever happened."""
    loop = MacroLoop(library, batch, counting)
    try:
        yield loop
    finally:
        loop.free()


def recorded_places(library: Path, names: Sequence[str]) -> Places:
    """Return where a library records what: registers of its design by path, then its inputs."""
    first = np.zeros(len(names), np.uint64)
    bits = load(library).ohmloop_recorded(first.ctypes.data)
    return Places(bits, dict(zip(names, first.tolist(), strict=True)))


def run_raw(library: Path, batch: Batch) -> int:
    """Run a batch in a plain loop that checks and keeps nothing; return the cycles.

    This is the ceiling that benchmarks compare the other loop with.
    """
    nothing = np.zeros((batch.vectors * psum_beats(batch.spec), batch.psum_words), np.uint32)
    struct = batch.struct(nothing, np.zeros(batch.vectors, np.int64))
    return int(load(library).ohmloop_run_raw(ctypes.byref(struct)))


def loop_bytes(library: Path, batch: Batch, *, counting: Counting = Counting.CHANGES) -> int:
    """Return the memory that each further loop over a batch takes, without its buffers, in bytes.

    Measured by the allocator of the C library, so nothing else may run meanwhile.
    """
    nothing = np.zeros((batch.vectors * psum_beats(batch.spec), batch.psum_words), np.uint32)
    struct = batch.struct(nothing, np.zeros(batch.vectors, np.int64))
    return int(load(library).ohmloop_loop_bytes(ctypes.byref(struct), counting))


def begin_trace(
    call: Callable[[int, bytes, int], int], instance: int, path: Path, half_period: int
) -> None:
    """Have a library begin a trace; its steps of time are picoseconds.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path.write_bytes(b"")  # tells what is wrong, which the library does not
    if not call(instance, bytes(path), half_period):
        raise OSError(f"Trace file '{path}' must be a file that can be written")


_ADDRESS, _COUNT = ctypes.c_void_p, ctypes.c_uint64
_CALLS: dict[str, tuple[type | None, list[type]]] = {
    "ohmloop_loop_new": (_ADDRESS, [_ADDRESS, ctypes.c_int]),
    "ohmloop_loop_again": (None, [_ADDRESS, _ADDRESS, ctypes.c_int]),
    "ohmloop_loop_free": (None, [_ADDRESS]),
    "ohmloop_loop_turn": (None, [_ADDRESS, _COUNT, _ADDRESS, ctypes.c_int, _ADDRESS]),
    "ohmloop_loop_counts": (_COUNT, [_ADDRESS, _ADDRESS, _ADDRESS]),
    "ohmloop_loop_bytes": (_COUNT, [_ADDRESS, ctypes.c_int]),
    "ohmloop_counters": (_COUNT, [_ADDRESS]),
    "ohmloop_loop_begin_recording": (None, [_ADDRESS, _ADDRESS, _ADDRESS]),
    "ohmloop_loop_end_recording": (None, [_ADDRESS]),
    "ohmloop_recorded": (_COUNT, [_ADDRESS]),
    "ohmloop_closed_new": (_ADDRESS, [_ADDRESS]),
    "ohmloop_closed_free": (None, [_ADDRESS]),
    "ohmloop_closed_turn": (None, [_ADDRESS, _COUNT, _COUNT, _COUNT, _ADDRESS]),
    "ohmloop_closed_progress": (None, [_ADDRESS, _ADDRESS]),
    "ohmloop_closed_counts": (None, [_ADDRESS, _ADDRESS]),
    "ohmloop_run_raw": (_COUNT, [_ADDRESS]),
    "ohmloop_loop_begin_trace": (ctypes.c_int, [_ADDRESS, ctypes.c_char_p, _COUNT]),
    "ohmloop_loop_end_trace": (None, [_ADDRESS]),
    "ohmloop_model_new": (_ADDRESS, []),
    "ohmloop_model_free": (None, [_ADDRESS]),
    "ohmloop_model_place": (None, [_ADDRESS, _COUNT, _ADDRESS]),
    "ohmloop_model_eval": (None, [_ADDRESS]),
    "ohmloop_model_step": (None, [_ADDRESS, _COUNT, _COUNT]),
    "ohmloop_model_begin_trace": (ctypes.c_int, [_ADDRESS, ctypes.c_char_p, _COUNT]),
    "ohmloop_model_end_trace": (None, [_ADDRESS]),
    "ohmloop_model_save": (_COUNT, [_ADDRESS]),
    "ohmloop_model_saved": (None, [_ADDRESS, _ADDRESS]),
    "ohmloop_model_restore": (None, [_ADDRESS, ctypes.c_char_p, _COUNT]),
}


@cache
def load(library: Path) -> ctypes.CDLL:
    """Return a library whose functions know their types; not every library has them all."""
    loaded = ctypes.CDLL(str(library))
    for name, (result, arguments) in _CALLS.items():
        if hasattr(loaded, name):
            call = getattr(loaded, name)
            call.restype, call.argtypes = result, arguments
    return loaded
