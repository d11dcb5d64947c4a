"""What an array takes: its lines, by their capacitance, and its cells, by their current."""

from dataclasses import dataclass

from behavioral.cell import Cell
from energy.transistor import Transistor
from energy.wires import Wire, toggle_energy_j
from hw_spec.sourced import Sourced

ACCESS_SHARE = Sourced(
    0.5, "1", "assumed: an access transistor as wide as half the longer side of its cell"
)

LEFT_OUT = (
    "capacitance of the memory element itself",
    "columns that swing: converters are taken to hold them still",
    "half-selected cells of a write",
)
"""What these arrays do not have."""


@dataclass(frozen=True)
class ArrayLines:
    """Capacitances of the lines of an array, in farads, each with all its cells."""

    word_line_f: float
    """Along a row: the gates of its access transistors."""

    row_input_f: float
    """Along a row: what the read voltage is put on. It meets a drain at every cell."""

    column_f: float
    """Along a column: where currents are collected. It meets a source at every cell."""


def array_lines(
    cell: Cell, transistor: Transistor, wire: Wire, *, rows: int, columns: int
) -> ArrayLines:
    """Return the capacitances of the lines of a pseudo-crossbar.

    Word line and row input run along the rows, one cell's width per column; the columns cross them,
    one cell's height per row. Manual of 3D+NeuroSim V1.0, Fig. 9 (b).

    Parameters
    ----------
    cell : Cell
        Kind of cell; all have the same access transistor.
    transistor : Transistor
        Transistors of the node; the node is the feature size.
    wire : Wire
        Wires of the lines.
    rows, columns : int
        Cells along a column and along a row, reference columns included.
    """
    feature_m = transistor.node_nm * 1e-9
    width_m, height_m = cell.width_features.value * feature_m, cell.height_features * feature_m
    access_m = ACCESS_SHARE.value * max(width_m, height_m)
    wire_f = wire.capacitance_f_per_m.value
    gate_f = transistor.gate_f_per_m.value * access_m
    junction_f = transistor.junction_f_per_m.value * access_m
    return ArrayLines(
        word_line_f=line_f(columns, pitch_m=width_m, wire_f_per_m=wire_f, cell_f=gate_f),
        row_input_f=line_f(columns, pitch_m=width_m, wire_f_per_m=wire_f, cell_f=junction_f),
        column_f=line_f(rows, pitch_m=height_m, wire_f_per_m=wire_f, cell_f=junction_f),
    )


def line_f(cells: int, *, pitch_m: float, wire_f_per_m: float, cell_f: float) -> float:
    """Return the capacitance of a line past a number of cells, in farads."""
    return cells * (wire_f_per_m * pitch_m + cell_f)


def line_energy_j(toggles: int, *, capacitance_f: float, swing_v: float) -> float:
    """Return what the counted transitions of a line took, 1/2 C V**2 each, in joules.

    A row that is driven in neighbouring reads has no transition between them.
    """
    return toggles * toggle_energy_j(capacitance_f, swing_v)


def read_energy_j(conductance_s: float, *, read_v: float, read_s: float) -> float:
    """Return what driven cells take during one read, V**2 G t, in joules.

    Parameters
    ----------
    conductance_s : float
        Conductance of all driven cells together. Wires are taken to be ideal, so this is an upper
        limit of what the solved currents of a run amount to.
    read_v, read_s : float
        Voltage across a cell, and how long it is there.
    """
    return read_v**2 * conductance_s * read_s


def write_pulse_energy_j(
    conductance_s: float, *, write_v: float, pulse_s: float, line_f: float
) -> float:
    """Return what one programming pulse takes, in joules: of the cell, and to charge its line.

    The conductance is held fixed during the pulse.
    """
    return write_v**2 * (conductance_s * pulse_s + line_f)
