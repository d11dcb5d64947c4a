"""The cycles in which a stream is open, that is, not paused."""

import numpy as np

NEVER = 2**62
"""Cycle of what does not happen, or not as far as pauses are known."""


class Openings:
    """The open cycles of one stream, looked up by cycle and by number.

    Parameters
    ----------
    is_open : ndarray of bool or None
        Whether the stream is open in each cycle from 0 on, as far as it is known; beyond, it counts
        as closed. None if the stream is always open.
    """

    def __init__(self, is_open: np.ndarray | None = None):
        self._always = is_open is None
        flags = np.empty(0, bool) if is_open is None else is_open
        # One more entry at the end of each stands for whatever lies beyond.
        self._open = np.append(np.flatnonzero(flags), NEVER)
        self._before = np.append(0, np.cumsum(flags, dtype=np.int64))
        # Looked up one by one, memory views are several times faster than arrays.
        self._open_view, self._before_view = self._open.data, self._before.data
        self._cycles, self._count = len(flags), len(self._open) - 1

    def number_from(self, cycle: int) -> int:
        """Return the number, from 0 on, of the first open cycle that is not before ``cycle``."""
        if self._always:
            return cycle
        return self._before_view[min(cycle, self._cycles)]

    def cycle(self, number: int) -> int:
        """Return the open cycle of a number, or `NEVER`."""
        if self._always:
            return number
        return self._open_view[min(number, self._count)]

    def following(self, cycles: np.ndarray, count: int) -> np.ndarray:
        """Return the first open cycles that are not before some others.

        Parameters
        ----------
        cycles : ndarray of int64, shape (n,)
            Cycles, or `NEVER`.
        count : int
            Open cycles wanted for each.

        Returns
        -------
        ndarray of int64, shape (n, count)
            Rising in each row; `NEVER` where there is none.
        """
        if self._always:
            return np.minimum(cycles[:, None] + np.arange(count), NEVER)
        first = self._before[np.minimum(cycles, self._cycles)]
        return self._open[np.minimum(first[:, None] + np.arange(count), self._count)]
