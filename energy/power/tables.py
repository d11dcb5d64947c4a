"""Looks figures up in the tables of a cell library."""

import numpy as np

from energy.library import Table


def looked_up(table: Table, slew_s: np.ndarray, across: np.ndarray | float) -> np.ndarray:
    """Return figures of a table between its points, and in line with its last ones beyond them.

    A figure is linear in either variable (Liberty Reference Manual, "lookup tables"); outside the
    table, the nearest two points of each axis are drawn on, as OpenSTA does.

    Parameters
    ----------
    table : Table
        What to look up.
    slew_s : ndarray of float64, any shape
        Where along the table, in seconds.
    across : ndarray of float64 of the same shape, or float
        Where across the table: farads, or seconds of a constraint.

    Returns
    -------
    ndarray of float64, of the shape of ``slew_s``
    """
    row, along = _place(table.slew_s, slew_s)
    column, beside = _place(table.across, np.broadcast_to(across, slew_s.shape))
    values = table.values
    next_row, next_column = row + (len(values) > 1), column + (values.shape[1] > 1)
    low = values[row, column] * (1 - beside) + values[row, next_column] * beside
    high = values[next_row, column] * (1 - beside) + values[next_row, next_column] * beside
    return low * (1 - along) + high * along


def _place(axis: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the point before each place, and how much of the way to the next one it lies."""
    if len(axis) == 1:
        return np.zeros(at.shape, np.int64), np.zeros(at.shape)
    point = np.clip(np.searchsorted(axis, at, side="right") - 1, 0, len(axis) - 2)
    return point, (at - axis[point]) / (axis[point + 1] - axis[point])
