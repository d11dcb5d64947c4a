"""What a compiled loop counted: toggles and ones of every bit of every register."""

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Counts:
    """What was counted in the watched cycles of a loop."""

    cycles: int
    """Watched cycles."""

    bit_changes: np.ndarray
    """uint64, shape (bits,): edges at which each bit changed."""

    bit_ones: np.ndarray
    """uint64, shape (bits,): cycles in which it was 1; all zero where they were not counted."""

    places: dict[str, slice]
    """Bits of each register by its path, lowest first."""

    @cached_property
    def changes(self) -> dict[str, np.ndarray]:
        """Edges at which each bit of a register changed."""
        return {path: self.bit_changes[place] for path, place in self.places.items()}

    @cached_property
    def ones(self) -> dict[str, np.ndarray]:
        """Cycles in which each bit of a register was 1."""
        return {path: self.bit_ones[place] for path, place in self.places.items()}

    @cached_property
    def toggles(self) -> dict[str, int]:
        """Bit toggles of every register."""
        return register_toggles(self.bit_changes, self.places)


def read_counts(
    library: ctypes.CDLL,
    call: Callable[[int, int, int], int],
    instance: int,
    registers: Mapping[str, int],
) -> Counts:
    """Return what an instance of a library has counted.

    Parameters
    ----------
    library : CDLL
        Library.
    call : callable
        Its function that writes changes and ones to two addresses and returns the cycles.
    instance : int
        Address of the instance.
    registers : mapping of str to int
        Width of every register of the design, by its path, in the order of the design.
    """
    counters, places = counter_places(library, registers)
    changes, ones = np.zeros(counters, np.uint64), np.zeros(counters, np.uint64)
    cycles = call(instance, changes.ctypes.data, ones.ctypes.data)
    return Counts(cycles=cycles, bit_changes=changes, bit_ones=ones, places=places)


def counter_places(
    library: ctypes.CDLL, registers: Mapping[str, int]
) -> tuple[int, dict[str, slice]]:
    """Return the number of bit counters of a library, and which are those of each register.

    Parameters
    ----------
    library : CDLL
        Library.
    registers : mapping of str to int
        Width of every register of the design, by its path, in the order of the design.
    """
    first = np.zeros(len(registers), np.uint64)
    counters = library.ohmloop_counters(first.ctypes.data)
    places = zip(registers.items(), first.tolist(), strict=True)
    return counters, {path: slice(low, low + bits) for (path, bits), low in places}


def register_toggles(changes: np.ndarray, places: Mapping[str, slice]) -> dict[str, int]:
    """Return the toggles of every register, by its path.

    Parameters
    ----------
    changes : ndarray of uint64, shape (bits,)
        Edges at which each bit changed.
    places : mapping of str to slice
        Bits of each register.
    """
    # One sum over all bits: registers are many and short.
    before = np.concatenate([[0], np.cumsum(changes, dtype=np.int64)]).tolist()
    return {path: before[at.stop] - before[at.start] for path, at in places.items()}
