"""What one port of a part of a tile is given or must show, cycle by cycle."""

from dataclasses import dataclass, replace

import numpy as np

from cosim.build import Port
from cosim.native.batch import check_array


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """Values of one port, each from its cycle on."""

    port: str

    cycles: np.ndarray
    """uint64, shape (values,), rising: when each value comes."""

    values: np.ndarray
    """uint32, shape (values, words): what comes, least significant word first."""

    ends: np.ndarray | None = None
    """uint64, shape (values,): cycle before which the check of each value ends; None: when the next
    value comes. An input keeps its value in any case."""

    def check(self, port: Port, direction: str) -> None:
        """Refuse values that the library would read wrongly or that the port could not follow.

        Raises
        ------
        TypeError
            If an array is of another type or not contiguous.
        ValueError
            If the port has another direction, or the values do not suit it.
        """
        if port.direction != direction:
            raise ValueError(f"Port '{self.port}' must be an {direction}, not an {port.direction}")
        check_array(self.port, self.cycles, np.uint64, (len(self.cycles),))
        if self.ends is not None:
            check_array(self.port, self.ends, np.uint64, self.cycles.shape)
        if (self.cycles[1:] <= self.cycles[:-1]).any():
            raise ValueError(f"Values of port '{self.port}' must follow each other")
        shape = (len(self.cycles), words(port.bits))
        values = self.values
        if values.dtype != np.uint32 or values.shape != shape or not _rows(values):
            raise ValueError(
                f"Values of port '{self.port}' must be rows of the shape {shape}, "
                f"not {values.dtype} of the shape {values.shape}"
            )
        if port.bits % 32 and len(values) and int(values[:, -1].max()) >> port.bits % 32:
            raise ValueError(f"Values of port '{self.port}' must fit {port.bits} bits")


def words(bits: int) -> int:
    """Return the 32-bit words of a port."""
    return -(-bits // 32)


def _rows(values: np.ndarray) -> bool:
    """Tell whether the words of each row lie side by side."""
    return values.shape[1] == 1 or values.strides[1] == values.itemsize


def changes(port: str, cycles: np.ndarray, values: np.ndarray) -> Track:
    """Return a track of values that stay until the next one.

    Parameters
    ----------
    port : str
        Port.
    cycles : ndarray of int, shape (values,)
        When each comes, in any order, no two at once.
    values : ndarray of int, shape (values,), or of uint32, shape (values, words)
        Values.
    """
    rows = values if values.ndim == 2 else values.astype(np.uint32)[:, None]
    if (cycles[1:] < cycles[:-1]).any():
        order = np.argsort(cycles, kind="stable")
        cycles, rows = cycles[order], rows[order]
    return Track(port=port, cycles=cycles.astype(np.uint64), values=rows)


def moments(
    port: str, cycles: np.ndarray, values: np.ndarray, *, lasts: np.ndarray | int = 1
) -> Track:
    """Return a track of values that, as a check, last for some cycles and leave out all others.

    Parameters
    ----------
    port : str
        Port.
    cycles : ndarray of int, shape (values,)
        When each comes, in any order.
    values : ndarray of int, shape (values,), or of uint32, shape (values, words)
        Values.
    lasts : ndarray of int, shape (values,), or int
        How many cycles each lasts, the one before the next at most.
    """
    track = changes(port, cycles, values)
    order = np.argsort(cycles, kind="stable")
    ends = cycles[order] + np.broadcast_to(lasts, cycles.shape)[order]
    return replace(track, ends=ends.astype(np.uint64))


def constant(port: str, value: int) -> Track:
    """Return a track of one value of up to 32 bits."""
    return changes(port, np.zeros(1, np.int64), np.array([value]))


def pulses(port: str, cycles: np.ndarray, values: np.ndarray | None = None) -> Track:
    """Return a track of values, ones unless they are given, in some cycles, and 0 in all others.

    Parameters
    ----------
    port : str
        Port.
    cycles : ndarray of int, shape (values,)
        When each comes, in any order, no two at once.
    values : ndarray of int, shape (values,), or of uint32, shape (values, words), optional
        Values.
    """
    ones = np.ones(len(cycles), np.uint32)
    track = changes(port, cycles, ones if values is None else values)
    came = track.cycles.astype(np.int64)
    after = np.setdiff1d(np.append(came + 1, 0), came)
    zeros = np.zeros((len(after), track.values.shape[1]), np.uint32)
    return changes(port, np.append(came, after), np.concatenate([track.values, zeros]))


def level(port: str, first: np.ndarray, end: np.ndarray, *, inside: int = 1) -> Track:
    """Return a track of one bit that is ``inside`` in some spans of cycles, and else the other.

    Parameters
    ----------
    port : str
        Port.
    first, end : ndarray of int, shape (spans,)
        First cycle of each span, and first behind it; in any order, none overlapping. Those without
        a cycle are left out.
    inside : int
        0 or 1.
    """
    some = first < end
    order = np.argsort(first[some])
    first, end = first[some][order], end[some][order]
    # Where a span follows another at once, nothing changes.
    rises, falls = np.setdiff1d(first, end), np.setdiff1d(end, first)
    starts = np.setdiff1d([0], rises)
    cycles = np.concatenate([starts, rises, falls])
    bits = np.repeat([1 - inside, inside, 1 - inside], [len(starts), len(rises), len(falls)])
    return changes(port, cycles, bits)


def one_hot(places: np.ndarray, bits: int) -> np.ndarray:
    """Return rows of words with one bit set each.

    Parameters
    ----------
    places : ndarray of int, shape (rows,)
        Which bit, from 0.
    bits : int
        Width of a row.
    """
    rows = np.zeros((len(places), words(bits)), np.uint32)
    rows[np.arange(len(places)), places // 32] = np.uint32(1) << (places % 32).astype(np.uint32)
    return rows
