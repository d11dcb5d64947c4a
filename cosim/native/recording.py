"""Registers and inputs of every cycle, as ``recording.h`` hands them on."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

BLOCK_WORDS = 8
"""Words of 64 cycles in a block, as in ``recording.h``."""

_FUNCTION = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_int
)


@dataclass(frozen=True)
class Sink:
    """A compiled function that takes blocks of recorded cycles; see ``recording.h``."""

    function: int
    """Address of the function."""
    context: int
    """Address of what it is called with."""
    owner: Any = field(default=None, repr=False)
    """Keeps both alive."""


class Behind(IntEnum):
    """What there is behind the cycles of a block; the order is that of ``recording.h``."""

    NOTHING = 0
    """The last cycle is held."""
    STATE = 1
    """The next cycle, in which registers are what they became; its changes do not count."""
    CHANGE = 2
    """The next cycle, whose changes belong to the window."""


class Phase(IntEnum):
    """What a part of a tile does; its cycles go to the sink of that number."""

    LOADED = 0
    """The host is at work."""
    RUNNING = 1
    """The program runs; of a PE, an operation that it takes part in."""
    RESTING = 2
    """A PE has no part in the operation."""


SinkOfPhase = tuple[Sink, Sink, Sink]


def spans(*parts: tuple[Phase, np.ndarray, Behind]) -> np.ndarray:
    """Return who takes which cycles, and what they get behind the last one.

    Parameters
    ----------
    parts : (Phase, ndarray of int, Behind)
        In which cycles a phase begins, and what there is behind it.

    Returns
    -------
    ndarray of uint64, shape (spans, 3)
        ``Span`` of ``recording.h``.
    """
    rows = [
        np.column_stack([cycles, np.full((len(cycles), 2), (phase, behind))])
        for phase, cycles, behind in parts
    ]
    joined = np.concatenate(rows)
    return joined[np.argsort(joined[:, 0], kind="stable")].astype(np.uint64)


@dataclass(frozen=True)
class Places:
    """Where a library records what."""

    bits: int
    """Rows of a block."""
    first: dict[str, int]
    """Row of the lowest bit of every register, by its path, of every input port but the clock, and
    of every word read of a memory."""


def python_sink(take: Callable[[np.ndarray, int, int, Behind], None], bits: int) -> Sink:
    """Return a sink that calls a Python function, which must raise nothing.

    Parameters
    ----------
    take : callable
        Gets an array of uint64 of shape (bits, words), lowest cycle in the lowest bit, which is
        overwritten afterwards; the number of cycles in it; the first of these cycles; and what is
        held behind them.
    bits : int
        Rows of a block, from :class:`Places`.
    """

    def call(_context: int, block: int, cycles: int, first_cycle: int, behind: int) -> None:
        words = (ctypes.c_uint64 * (bits * BLOCK_WORDS)).from_address(block)
        rows = np.ctypeslib.as_array(words).reshape(bits, BLOCK_WORDS)
        take(rows, cycles, first_cycle, Behind(behind))

    function = _FUNCTION(call)
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return Sink(address, 0, function)
