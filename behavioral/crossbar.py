"""The array: cells with frozen variation, a reference column, and read noise."""

from dataclasses import dataclass

import numpy as np

from behavioral.device import Device
from hw_spec.macro import MacroSpec

GRID = 2.0**-12
"""Conductances are rounded to this share of a conductance step, far below any variation.

Sums of rounded values are exact in binary64 (and, up to 4096 steps, in binary32). So a column sum
does not depend on the order of its terms, and codes are the same on every machine and engine.
"""

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

    cells: np.ndarray
    """float64, shape (rows, columns)."""

    reference: np.ndarray
    """float64, shape (rows,): the reference column."""

    def __post_init__(self) -> None:
        self.cells.setflags(write=False)
        self.reference.setflags(write=False)


def program(
    levels: np.ndarray, *, spec: MacroSpec, device: Device, rng: np.random.Generator
) -> Crossbar:
    """Return an array whose cells hold ``levels``, each with its frozen error.

    G = Gmin + level * step + Gmax * variation * N(0, 1), with errors beyond `TRUNCATION` moved to
    that limit and conductances below zero moved to zero. The latter happens at level 0 only, where
    it makes the mean error positive.

    Parameters
    ----------
    levels : ndarray of uint8, shape (rows, columns)
        Target levels.
    spec : MacroSpec
        Macro the array belongs to.
    device : Device
        Kind of cell.
    rng : numpy.random.Generator
        Source of the frozen errors; the reference column is drawn after the cells.

    Raises
    ------
    ValueError
        If the levels have another shape than the macro, or exceed the cell.

    Notes
    -----
    Left out: stuck cells, drift, dependence of the error on the level, wire resistance.
    """
    shape = (spec.rows, spec.columns)
    if levels.shape != shape:
        raise ValueError(f"Levels must have the shape of the macro {shape}, not {levels.shape}")
    for level in (int(levels.min()), int(levels.max())):
        if not 0 <= level <= spec.top_level:
            raise ValueError(f"Levels must be between 0 and {spec.top_level}, not {level}")
    targets = np.column_stack([levels, np.full(spec.rows, spec.reference_level)])
    errors = np.clip(rng.standard_normal(targets.shape), -TRUNCATION, TRUNCATION)
    step_s = device.step_s(spec.cell_bits)
    actual = targets + errors * device.variation.value * device.g_max_s / step_s
    open_cell = np.ceil(-device.g_min_s / step_s / GRID)  # no conductance at all, on the grid
    actual = np.maximum(np.round(actual / GRID), open_cell) * GRID
    return Crossbar(spec=spec, device=device, cells=actual[:, :-1], reference=actual[:, -1])


def read(
    crossbar: Crossbar, row_drive: np.ndarray, columns: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Return what the converters see, in conductance steps.

    The difference of the currents of each column and of the reference column, over read voltage
    times conductance step. The current of Gmin cancels, but for its frozen errors.

    Parameters
    ----------
    crossbar : Crossbar
        Array that is read.
    row_drive : ndarray of bool or int, shape (reads, rows)
        1 where a row is at the read voltage.
    columns : ndarray of int, shape (lanes,)
        Columns that are read.
    noise : ndarray of float64, shape (reads, lanes + 1)
        Standard normal numbers; the last is that of the reference column, common to all lanes.

    Returns
    -------
    ndarray of float64, shape (reads, lanes)

    Notes
    -----
    Noise of independent cells adds in variance: sigma = read_noise * Gmax * sqrt(driven rows).
    Left out: wire resistance, I-V nonlinearity, correlated noise.
    """
    drive = row_drive.astype(np.float64)
    steps = drive @ (crossbar.cells[:, columns] - crossbar.reference[:, None])
    device = crossbar.device
    if device.read_noise.value:
        cell = device.read_noise.value * device.g_max_s / device.step_s(crossbar.spec.cell_bits)
        sigma = cell * np.sqrt(drive.sum(axis=1, keepdims=True))
        steps = steps + sigma * (noise[:, :-1] - noise[:, -1:])
    return steps


def drawn_units(crossbar: Crossbar, row_drive: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the conductance the row drivers see in each read, in units of :func:`unit_s`.

    Selected columns and one reference column are held at ground by their converters. The other
    columns float: through each of them, driven rows feed the rows at ground, whose cells are in
    series, so that it conducts Gd Gu / (Gd + Gu) with the conductances Gd to driven and Gu to
    undriven rows.

    Parameters
    ----------
    row_drive : ndarray of bool or int, shape (reads, rows)
    columns : ndarray of int, shape (lanes,)
        Columns that are read.

    Returns
    -------
    ndarray of int64, shape (reads,)
        Whole numbers, rounded per column, so that any sum of them is exact.

    Notes
    -----
    All word lines are taken as open. Left out: drops along drivers and wires.
    """
    drive = row_drive.astype(np.float64)
    device = crossbar.device
    g_min = device.g_min_s / device.step_s(crossbar.spec.cell_bits)
    driven_rows = drive.sum(axis=1, keepdims=True)
    driven = drive @ crossbar.cells + g_min * driven_rows
    total = crossbar.cells.sum(axis=0) + g_min * len(crossbar.cells)
    floating = driven * (total - driven) / np.maximum(total, GRID)
    floating[:, columns] = driven[:, columns]
    reference = drive @ crossbar.reference[:, None] + g_min * driven_rows
    units = np.rint(np.hstack([floating, reference]) / UNIT)
    return units.astype(np.int64).sum(axis=1)


def unit_s(crossbar: Crossbar) -> float:
    """Return the unit of :func:`drawn_units`, in siemens."""
    return crossbar.device.step_s(crossbar.spec.cell_bits) * UNIT
