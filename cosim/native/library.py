"""Ctypes front of ``macro_loop.cpp``: the structures, and the call."""

import ctypes
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path

import numpy as np

WORDS = 32
"""Words of the widest port that is compared: 1024 rows."""


class Verdict(IntEnum):
    """How a batch ended; the order is that of the C++ side."""

    DONE = 0
    STUCK = 1
    OUT_OF_PAUSES = 2
    SAMPLE = 3
    ROW_DRIVE = 4
    WORD_LINES = 5
    COLUMN_SELECT = 6
    INPUTS_READY = 7
    PSUMS_VALID = 8


_COUNTS = (
    "vectors",
    "row_beats",
    "psum_beats",
    "conversions",
    "columns_per_adc",
    "conversion_cycles",
    "cycles_per_vector",
    "first_sample_cycle",
    "first_psum_cycle",
    "patience_cycles",
    "pause_cycles",
    "row_words",
    "psum_words",
    "code_words",
    "drive_words",
)
_ARRAYS = {
    "row_beat_words": np.uint32,
    "codes": np.uint32,
    "drives": np.uint32,
    "word_lines": np.uint32,
    "pauses": np.uint8,
    "psums": np.uint32,
    "done_cycles": np.int64,
    "toggles": np.uint64,
}


class _Batch(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_uint64) for name in _COUNTS),
        *((name, ctypes.c_void_p) for name in _ARRAYS),
    ]


class Outcome(ctypes.Structure):
    """How a batch ended, and where; see ``macro_loop.cpp``."""

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


def run_macro(
    library: Path, counts: Mapping[str, int], arrays: Mapping[str, np.ndarray | None]
) -> Outcome:
    """Run one batch on a macro of its own; other threads may run theirs meanwhile.

    Parameters
    ----------
    library : Path
        Shared library of the design.
    counts : mapping of str to int
        The counts of ``Batch`` in ``macro_loop.cpp``.
    arrays : mapping of str to ndarray or None
        Its arrays: contiguous, of the types listed here; ``psums``, ``done_cycles`` and ``toggles``
        are written.

    Raises
    ------
    TypeError
        If an array has another type or is not contiguous.
    """
    batch = _batch(counts, arrays)
    outcome = Outcome()
    call = ctypes.CDLL(str(library)).ohmloop_run_macro
    call.restype = None
    call(ctypes.byref(batch), ctypes.byref(outcome))
    return outcome


def run_raw(
    library: Path, counts: Mapping[str, int], arrays: Mapping[str, np.ndarray | None]
) -> int:
    """Run the same batch in a plain loop that checks and keeps nothing; return the cycles.

    This is the ceiling that benchmarks compare :func:`run_macro` with.
    """
    call = ctypes.CDLL(str(library)).ohmloop_run_raw
    call.restype = ctypes.c_uint64
    return int(call(ctypes.byref(_batch(counts, arrays))))


def _batch(counts: Mapping[str, int], arrays: Mapping[str, np.ndarray | None]) -> _Batch:
    for name, array in arrays.items():
        if array is not None and (array.dtype != _ARRAYS[name] or not array.flags.c_contiguous):
            raise TypeError(
                f"Array '{name}' must be contiguous and of {np.dtype(_ARRAYS[name])}, "
                f"not {array.dtype}"
            )
    pointers = {
        name: None if array is None else array.ctypes.data for name, array in arrays.items()
    }
    return _Batch(**counts, **pointers)
