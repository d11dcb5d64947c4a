"""Registers and inputs of every cycle, as ``recording.h`` hands them on."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

BLOCK_WORDS = 8
"""Words of 64 cycles in a block, as in ``recording.h``."""

_FUNCTION = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64
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


@dataclass(frozen=True)
class Places:
    """Where a library records what."""

    bits: int
    """Rows of a block."""
    first: dict[str, int]
    """Row of the lowest bit of every register, by its path, and of every input port but the
    clock."""


def python_sink(take: Callable[[np.ndarray, int, int], None], bits: int) -> Sink:
    """Return a sink that calls a Python function, which must raise nothing.

    Parameters
    ----------
    take : callable
        Gets an array of uint64 of shape (bits, words), lowest cycle in the lowest bit, which is
        overwritten afterwards; the number of cycles in it, behind which the last one is held; and
        the first of these cycles.
    bits : int
        Rows of a block, from :class:`Places`.
    """

    def call(_context: int, block: int, cycles: int, first_cycle: int) -> None:
        words = (ctypes.c_uint64 * (bits * BLOCK_WORDS)).from_address(block)
        rows = np.ctypeslib.as_array(words).reshape(bits, BLOCK_WORDS)
        take(rows, cycles, first_cycle)

    function = _FUNCTION(call)
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return Sink(address, 0, function)
