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

TRUNCATION = 3.0
"""Frozen errors are cut at this many standard deviations, as in the source of their size."""


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

    G = Gmin + level * step + Gmax * N(0, variation), not below zero, independent of the level.

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
    if levels.max() > spec.top_level:
        raise ValueError(f"Levels must be at most {spec.top_level}, not {int(levels.max())}")
    targets = np.column_stack([levels, np.full(spec.rows, spec.reference_level)])
    errors = np.clip(rng.standard_normal(targets.shape), -TRUNCATION, TRUNCATION)
    step_s = device.step_s(spec.cell_bits)
    actual = targets + errors * device.variation.value * device.g_max_s / step_s
    actual = np.maximum(actual, -device.g_min_s / step_s)
    actual = np.round(actual / GRID) * GRID
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


def current_a(
    crossbar: Crossbar, row_drive: np.ndarray, columns: np.ndarray, *, read_v: float
) -> np.ndarray:
    """Return the current drawn from the row drivers by each read, in amperes.

    Selected columns and one reference column conduct; columns that are not selected float.

    Parameters
    ----------
    row_drive : ndarray of bool or int, shape (reads, rows)
    columns : ndarray of int, shape (lanes,)
    read_v : float
        Read voltage, in volts.

    Returns
    -------
    ndarray of float64, shape (reads,)
    """
    drive = row_drive.astype(np.float64)
    device, lanes = crossbar.device, len(columns)
    per_row = crossbar.cells[:, columns].sum(axis=1) + crossbar.reference
    conductance_s = device.step_s(crossbar.spec.cell_bits) * (drive @ per_row)
    conductance_s += device.g_min_s * (lanes + 1) * drive.sum(axis=1)
    return read_v * conductance_s
