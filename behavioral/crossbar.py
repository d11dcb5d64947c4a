"""The array: cells with frozen variation, what each column is measured against, and read noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from behavioral.device import Device
from hw_spec.macro import MacroSpec

GRID = 2.0**-12
"""Conductances are rounded to this share of a conductance step, far below any variation.

Sums of rounded values are exact in binary64 and, while they stay below `EXACT_IN_32`, in binary32.
So a sum does not depend on the order of its terms, and codes are the same on every machine and
engine.
"""

EXACT_IN_32 = 2.0**24 * GRID
"""Conductance steps below which multiples of `GRID` are exact in binary32."""

UNIT = GRID / 256
"""Drawn conductances are whole numbers of this share of a conductance step."""

TRUNCATION = 3.0
"""Limit of frozen errors, in standard deviations, as in the source of their size."""


@dataclass(frozen=True, kw_only=True)
class Crossbar:
    """One programmed array.

    Conductances are in units of the conductance step above Gmin, except where the unit is named.
    """

    spec: MacroSpec
    device: Device

    lines: np.ndarray
    """float32 or float64, shape (rows, lines): bit lines by their number, then, with offset
    encoding, the reference column. float32 if every sum is exact in it. Of a :func:`stack` shape
    (reads, rows, lines): read n is one of array n."""

    def __post_init__(self) -> None:
        self.lines.setflags(write=False)

    @cached_property
    def g_min_units(self) -> float:
        """Gmin in units of :func:`unit_s`; whole, so that what a line conducts is whole as well."""
        return float(np.rint(self.device.g_min_s / unit_s(self)))

    @cached_property
    def total_units(self) -> np.ndarray:
        """Conductance of all cells of each line, in units of :func:`unit_s`; float64, whole."""
        above = self.lines.sum(axis=-2, dtype=np.float64) / UNIT
        return above + self.g_min_units * self.lines.shape[-2]


def program(
    levels: np.ndarray, *, spec: MacroSpec, device: Device, rng: np.random.Generator
) -> Crossbar:
    """Return an array whose cells hold ``levels``, each with its frozen error.

    G = Gmin + level * step + Gmax * variation * N(0, 1), with errors beyond `TRUNCATION` moved to
    that limit and conductances below zero moved to zero. The latter happens at level 0 only, where
    it makes the mean error positive.

    Parameters
    ----------
    levels : ndarray of uint8, shape (rows, bit_lines)
        Target levels.
    spec : MacroSpec
        Macro the array belongs to.
    device : Device
        Kind of cell.
    rng : numpy.random.Generator
        Source of the frozen errors, drawn row by row; a reference cell is the last of its row.

    Raises
    ------
    ValueError
        If the levels have another shape than the macro, or exceed the cell.

    Notes
    -----
    Left out: stuck cells, drift, dependence of the error on the level, wire resistance.
    """
    shape = (spec.rows, spec.bit_lines)
    if levels.shape != shape:
        raise ValueError(f"Levels must have the shape of the macro {shape}, not {levels.shape}")
    for level in (int(levels.min()), int(levels.max())):
        if not 0 <= level <= spec.top_level:
            raise ValueError(f"Levels must be between 0 and {spec.top_level}, not {level}")
    targets = levels.astype(np.float64)
    if spec.encoding == "offset":
        targets = np.column_stack([targets, np.full(spec.rows, spec.reference_level)])
    errors = np.clip(rng.standard_normal(targets.shape), -TRUNCATION, TRUNCATION)
    step_s = device.step_s(spec.cell_bits)
    actual = targets + errors * device.variation.value * device.g_max_s / step_s
    open_cell = np.ceil(-device.g_min_s / step_s / GRID)  # no conductance at all, on the grid
    actual = np.maximum(np.round(actual / GRID), open_cell) * GRID
    # Twice the largest sum of one line bounds the difference of two.
    fits = 2 * np.abs(actual).sum(axis=0).max() < EXACT_IN_32
    lines = np.ascontiguousarray(actual, dtype=np.float32 if fits else np.float64)
    return Crossbar(spec=spec, device=device, lines=lines)


def stack(arrays: Sequence[Crossbar]) -> Crossbar:
    """Return arrays of one kind as one, of which read n is one of array n."""
    return Crossbar(
        spec=arrays[0].spec,
        device=arrays[0].device,
        lines=np.stack([array.lines for array in arrays]),
    )


def some(arrays: Crossbar, numbers: np.ndarray) -> Crossbar:
    """Return the stack of some arrays of a stack; the same if that is all of them."""
    if len(numbers) == len(arrays.lines) and (numbers[:-1] < numbers[1:]).all():
        return arrays
    return Crossbar(spec=arrays.spec, device=arrays.device, lines=arrays.lines[numbers])


def line_sums(crossbar: Crossbar, row_drive: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
    """Return the conductance from driven rows to each line, above Gmin, in conductance steps.

    Parameters
    ----------
    crossbar : Crossbar
        Array that is read.
    row_drive : ndarray of bool or int, shape (reads, rows)
        1 where a row is at the read voltage.
    rows : slice
        Rows that ``row_drive`` speaks of; no other is driven.

    Returns
    -------
    ndarray, shape (reads, lines), type of ``crossbar.lines``
        Exact sums.
    """
    drive = row_drive.astype(crossbar.lines.dtype)
    if crossbar.lines.ndim == 3:
        return (drive[:, None] @ crossbar.lines[:, rows])[:, 0]
    return drive @ crossbar.lines[rows]


def column_values(
    crossbar: Crossbar, sums: np.ndarray, driven_rows: np.ndarray, noise: np.ndarray | None
) -> np.ndarray:
    """Return what the converters see, in conductance steps.

    The difference of the currents of each column and of what it is measured against, over read
    voltage times conductance step. The current of Gmin cancels, but for its frozen errors.

    Parameters
    ----------
    crossbar : Crossbar
        Array that is read.
    sums : ndarray, shape (reads, lines)
        From :func:`line_sums`; or those of some columns only and of their counterparts behind them.
    driven_rows : ndarray of int, shape (reads,)
        Rows at the read voltage.
    noise : ndarray of float32, shape (reads, columns), or None
        Standard normal numbers of the columns less those of their counterparts; None is for devices
        without noise.

    Returns
    -------
    ndarray, shape (reads, columns), type of ``crossbar.lines``

    Notes
    -----
    Noise of independent cells adds in variance: sigma = read_noise * Gmax * sqrt(driven rows).
    Left out: wire resistance, I-V nonlinearity, correlated noise.
    """
    columns = columns_of(crossbar.spec, sums.shape[1])
    values = sums[:, :columns] - sums[:, columns:]
    device = crossbar.device
    if device.read_noise.value:
        if noise is None:
            raise ValueError("'noise' must be given for a device with read noise")
        cell = device.read_noise.value * device.g_max_s / device.step_s(crossbar.spec.cell_bits)
        sigma = (cell * np.sqrt(driven_rows)).astype(values.dtype)
        values += sigma[:, None] * noise
    return values


def columns_of(spec: MacroSpec, lines: int) -> int:
    """Return how many of so many lines are columns, and not what these are measured against."""
    return lines // 2 if spec.encoding == "differential" else lines - 1


def selected_lines(spec: MacroSpec, columns: np.ndarray) -> np.ndarray:
    """Return the lines a selection of columns connects: the columns, then their counterparts.

    Parameters
    ----------
    spec : MacroSpec
        Macro the columns belong to.
    columns : ndarray of int, shape (..., columns)
        One selection, or one per read.
    """
    if spec.encoding == "differential":
        return np.concatenate([columns, columns + spec.columns], axis=-1)
    reference = np.full((*columns.shape[:-1], 1), spec.columns)
    return np.concatenate([columns, reference], axis=-1)


def drawn_units(
    crossbar: Crossbar, sums: np.ndarray, driven_rows: np.ndarray, selected: np.ndarray
) -> np.ndarray:
    """Return the conductance the row drivers see in each read, in units of :func:`unit_s`.

    Selected lines are held at ground by their converters. The others float: through each of them,
    driven rows feed the rows at ground, whose cells are in series, so that it conducts
    Gd Gu / (Gd + Gu) with the conductances Gd to driven and Gu to undriven rows.

    Parameters
    ----------
    crossbar : Crossbar
        Array that is read.
    sums : ndarray, shape (reads, lines)
        From :func:`line_sums`.
    driven_rows : ndarray of int, shape (reads,)
        Rows at the read voltage.
    selected : ndarray of int, shape (selected,) or (reads, selected)
        Lines that are read; see :func:`selected_lines`.

    Returns
    -------
    ndarray of int64, shape (reads,)
        Whole numbers, rounded per line, so that any sum of them is exact.

    Notes
    -----
    All word lines are taken as open. Left out: drops along drivers and wires.
    """
    grounded, lost = _conducted(crossbar, sums, driven_rows)
    np.put_along_axis(lost, np.broadcast_to(selected, (len(lost), selected.shape[-1])), 0, axis=1)
    return (grounded.sum(axis=1) - lost.sum(axis=1)).astype(np.int64)


def drawn_units_of_all(crossbar: Crossbar, sums: np.ndarray, driven_rows: np.ndarray) -> int:
    """Return the sum of :func:`drawn_units` over reads and over all column selections of each.

    Parameters
    ----------
    crossbar : Crossbar
        Array that is read.
    sums : ndarray, shape (reads, lines)
        From :func:`line_sums`.
    driven_rows : ndarray of int, shape (reads,)
        Rows at the read voltage.
    """
    spec = crossbar.spec
    grounded, lost = _conducted(crossbar, sums, driven_rows)
    # Of the selections, each data line is read in one and floats in the others.
    conducted = spec.columns_per_adc * _whole_sum(grounded)
    return conducted - (spec.columns_per_adc - 1) * _whole_sum(lost[:, : spec.bit_lines])


def unit_s(crossbar: Crossbar) -> float:
    """Return the unit of :func:`drawn_units`, in siemens."""
    return crossbar.device.step_s(crossbar.spec.cell_bits) * UNIT


def _conducted(
    crossbar: Crossbar, sums: np.ndarray, driven_rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what each line conducts at ground, and how much less it does while it floats.

    Both float64, shape (reads, lines), whole numbers of `UNIT`.
    """
    grounded = sums.astype(np.float64)
    grounded *= 1 / UNIT
    grounded += crossbar.g_min_units * driven_rows[:, None]
    # Gd - Gd Gu / (Gd + Gu) = Gd**2 / (Gd + Gu)
    lost = grounded * grounded
    lost /= np.maximum(crossbar.total_units, 1)
    return grounded, np.rint(lost, out=lost)


def _whole_sum(units: np.ndarray) -> int:
    """Return the sum of whole numbers: along a read exact in binary64, then in two halves."""
    of_read = units.sum(axis=1).astype(np.int64)
    return (int((of_read >> 32).sum()) << 32) + int((of_read & 0xFFFFFFFF).sum())
