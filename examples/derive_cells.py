"""Derives the built-in cell table from the SkyWater library.

Usage::

    python examples/derive_cells.py sky130_fd_sc_hd__tt_025C_1v80.lib.gz energy/cells/sky130.lib

The table has the cells that mapping needs to be good, few points of each table, and four digits.
Leakage is the mean over the states of a cell.
"""

import sys
from dataclasses import replace
from pathlib import Path

from energy.liberty import read_liberty
from energy.liberty_write import liberty_text
from energy.library import Cell, Library, Pin, Table

PREFIX = "sky130_fd_sc_hd__"
NAMES = """
    conb_1 dfxtp_1 dfxtp_2 dlclkp_1 dlclkp_4
    inv_1 inv_2 inv_4 inv_8 buf_1 buf_2 buf_4 buf_8 clkbuf_1 clkbuf_4
    nand2_1 nand2_2 nand3_1 nand4_1 nand2b_1 nor2_1 nor2_2 nor3_1 nor4_1 nor2b_1
    and2_1 and3_1 and4_1 or2_1 or3_1 or4_1
    a21oi_1 a21o_1 a22oi_1 a22o_1 a211oi_1 a221oi_1 a222oi_1 a31oi_1
    o21ai_1 o21a_1 o22ai_1 o21bai_1 xor2_1 xnor2_1 mux2_1 maj3_1
"""
KEPT = (0, 2, 4, 6)
"""Of the seven points of an axis."""

DIGITS = 4
SOURCE = (
    "derived from {source} (SkyWater PDK Authors, Apache-2.0): {count} cells, "
    "tables of 4 x 4 points, 4 digits"
)


def derived(library: Library) -> Library:
    """Return the part of a library that the table keeps."""
    names = [PREFIX + name for name in NAMES.split()]
    source = SOURCE.format(source=library.name, count=len(names))
    cells = {name: _cell(library.cells[name]) for name in sorted(names)}
    return replace(library, name="sky130", source=source, cells=cells)


def _cell(cell: Cell) -> Cell:
    pins = {name: _pin(pin) for name, pin in cell.pins.items()}
    return replace(cell, leakages=(), pins=pins)


def _pin(pin: Pin) -> Pin:
    timing = tuple(
        replace(
            arc,
            delay_rise_s=_table(arc.delay_rise_s),
            delay_fall_s=_table(arc.delay_fall_s),
            slew_rise_s=_table(arc.slew_rise_s),
            slew_fall_s=_table(arc.slew_fall_s),
        )
        for arc in pin.timing
    )
    power = tuple(
        replace(arc, rise_j=_table(arc.rise_j), fall_j=_table(arc.fall_j)) for arc in pin.power
    )
    return replace(pin, timing=timing, power=power)


def _table(table: Table | None) -> Table | None:
    if table is None:
        return None
    along, across = ([*KEPT] if len(axis) == 7 else [*range(len(axis))] for axis in _axes(table))
    values = table.values[along][:, across]
    return Table(table.slew_s[along], table.across[across], values)


def _axes(table: Table) -> tuple:
    return table.slew_s, table.across


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(liberty_text(derived(read_liberty(source)), digits=DIGITS))
    print(f"{target}: {target.stat().st_size} bytes")
