"""Ctypes front of ``tile_loop.cpp``: a tile and its host, turned some cycles at a time."""

import ctypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

import numpy as np

from cosim.native.batch import Batch
from cosim.native.counts import Counts, read_counts
from cosim.native.library import WORDS, Counting, begin_trace
from hw_spec.host import ANSWER_CYCLES
from hw_spec.macro import MacroSpec
from hw_spec.port import analog_port


class Action(IntEnum):
    """What the host does next; the values are those of the C++ side."""

    WRITE = 0
    READ = 1
    AWAIT = 2
    """Wait until the tile interrupts, which it does unless a program runs."""


class Verdict(IntEnum):
    """How a run ended, or that it has not; the order is that of the C++ side."""

    DONE = 0
    RUNNING = 1
    STUCK = 2
    SAMPLE = 3
    ROW_DRIVE = 4
    WORD_LINES = 5
    COLUMN_SELECT = 6
    TRIALS = 7
    MISSING = 8


_COUNTS = (
    "macros",
    "accesses",
    "columns_per_adc",
    "conversion_cycles",
    "answer_cycles",
    "patience_cycles",
    "answer_words",
    "trial_words",
    "decisions",
    "drive_words",
)
_ARRAYS = ("feeds", "script", "word_lines", "answers", "run_cycles")


class _FeedStruct(ctypes.Structure):
    _fields_ = [
        ("conversions", ctypes.c_uint64),
        *((name, ctypes.c_void_p) for name in ("answers", "trials", "drives")),
    ]


class _BatchStruct(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_uint64) for name in _COUNTS),
        *((name, ctypes.c_void_p) for name in _ARRAYS),
    ]


class TileOutcome(ctypes.Structure):
    """How far a run is, or how it ended, and where; see ``tile_loop.h``."""

    _fields_ = [
        ("verdict", ctypes.c_int64),
        ("cycle", ctypes.c_uint64),
        ("access", ctypes.c_uint64),
        ("macro", ctypes.c_uint64),
        ("conversions", ctypes.c_uint64),
        ("expected", ctypes.c_uint32 * WORDS),
        ("seen", ctypes.c_uint32 * WORDS),
    ]


@dataclass(frozen=True, kw_only=True)
class TileBatch:
    """What a tile is asked and what its arrays answer."""

    macro: MacroSpec
    """Macro of the tile."""

    feeds: Sequence[Batch | None]
    """What each macro converts, in the order of the PEs; None: nothing. Only the members of the
    analog side are read."""

    script: np.ndarray
    """uint32, shape (accesses, 4): action, region, index, data."""

    patience_cycles: int
    """Longest wait for an interrupt without a sample."""


class TileLoop:
    """One tile after its reset, and how far it is in a script. Must be freed.

    Attributes
    ----------
    answers : ndarray of uint32, shape (reads,)
        What was read so far, in order.
    run_cycles : ndarray of uint64, shape (waits,)
        Cycles in which the program ran before each interrupt that was waited for.
    """

    def __init__(self, library: Path, batch: TileBatch, counting: Counting):
        self._library = _load(library)
        script = np.ascontiguousarray(batch.script, dtype=np.uint32)
        self.answers = np.zeros(int((script[:, 0] == Action.READ).sum()), np.uint32)
        self.run_cycles = np.zeros(int((script[:, 0] == Action.AWAIT).sum()), np.uint64)
        self._arrays = self._buffers(batch) | {
            "script": script,
            "answers": self.answers,
            "run_cycles": self.run_cycles,
        }
        struct = _BatchStruct(
            **_counts(batch, len(script)),
            **{name: _address(self._arrays[name]) for name in _ARRAYS},
        )
        self._loop = self._library.ohmloop_tile_new(ctypes.byref(struct), counting)

    def _buffers(self, batch: TileBatch) -> dict[str, object]:
        """Return the arrays of the analog side; kept alive by whoever holds them."""
        feeds = (_FeedStruct * len(batch.feeds))()
        self._feeds = list(batch.feeds)
        for struct, feed in zip(feeds, batch.feeds, strict=True):
            if feed is not None:
                conversions = len(feed.drives) * batch.macro.columns_per_adc
                arrays = (_address(one) for one in (feed.answers, feed.trials, feed.drives))
                struct.__init__(conversions, *arrays)
        lines = next((feed.word_lines for feed in batch.feeds if feed is not None), None)
        return {"feeds": feeds, "word_lines": lines}

    def turn(self, cycles: int) -> TileOutcome:
        """Turn the clock ``cycles`` times, or until the run ends; then no more."""
        outcome = TileOutcome()
        self._library.ohmloop_tile_turn(self._loop, cycles, ctypes.byref(outcome))
        return outcome

    def begin_trace(self, path: Path, *, half_period: int) -> None:
        """Begin a trace of the cycles to come; only in a library that can write one.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        begin_trace(self._library.ohmloop_tile_begin_trace, self._loop, path, half_period)

    def end_trace(self) -> None:
        """End the trace, if there is one."""
        self._library.ohmloop_tile_end_trace(self._loop)

    def counts(self, registers: Mapping[str, int]) -> Counts:
        """Return what was counted so far, given the width of every register of the design."""
        call = self._library.ohmloop_tile_counts
        return read_counts(self._library, call, self._loop, registers)

    def free(self) -> None:
        """Free the tile and end its trace. Nothing may be called afterwards."""
        self._library.ohmloop_tile_free(self._loop)


def _counts(batch: TileBatch, accesses: int) -> dict[str, int]:
    spec, port = batch.macro, analog_port(batch.macro)
    sar = spec.adc.kind == "sar"
    return {
        "macros": len(batch.feeds),
        "accesses": accesses,
        "columns_per_adc": spec.columns_per_adc,
        "conversion_cycles": spec.adc.conversion_cycles,
        "answer_cycles": ANSWER_CYCLES,
        "patience_cycles": batch.patience_cycles,
        "answer_words": _words(port.decisions if sar else port.codes),
        "trial_words": _words(port.trials),
        "decisions": spec.adc.bits if sar else 0,
        "drive_words": _words(port.row_drive),
    }


def _words(bits: int) -> int:
    return -(-bits // 32)


def _address(array: object) -> int | None:
    if array is None:
        return None
    return array.ctypes.data if isinstance(array, np.ndarray) else ctypes.addressof(array)  # type: ignore[arg-type]


_ADDRESS, _COUNT = ctypes.c_void_p, ctypes.c_uint64
_CALLS: dict[str, tuple[type | None, list[type]]] = {
    "ohmloop_tile_new": (_ADDRESS, [_ADDRESS, ctypes.c_int]),
    "ohmloop_tile_free": (None, [_ADDRESS]),
    "ohmloop_tile_turn": (None, [_ADDRESS, _COUNT, _ADDRESS]),
    "ohmloop_tile_counts": (_COUNT, [_ADDRESS, _ADDRESS, _ADDRESS]),
    "ohmloop_counters": (_COUNT, [_ADDRESS]),
    "ohmloop_tile_begin_trace": (ctypes.c_int, [_ADDRESS, ctypes.c_char_p, _COUNT]),
    "ohmloop_tile_end_trace": (None, [_ADDRESS]),
}


@cache
def _load(library: Path) -> ctypes.CDLL:
    """Return a library whose functions know their types."""
    loaded = ctypes.CDLL(str(library))
    for name, (result, arguments) in _CALLS.items():
        if hasattr(loaded, name):
            call: Callable[..., object] = getattr(loaded, name)
            call.restype, call.argtypes = result, arguments  # type: ignore[attr-defined]
    return loaded
