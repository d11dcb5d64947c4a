"""Square metres of a macro and of what surrounds it."""

import math
from dataclasses import dataclass, fields

from behavioral.cell import Cell
from energy.analog import FEWEST_BITS, adc_conversion
from energy.array import array_lines
from energy.drivers import driver, multiplexer, shifter_area, transistor_area
from energy.transistor import Transistor
from energy.wires import Wire
from hw_spec.sourced import Sourced

PLACEMENT = Sourced(0.7, "1", "assumed: cells fill seven tenths of a placed and routed block")
"""Share of the area of a digital block that is cells."""

LEFT_OUT = (
    "pads and power supply rings",
    "bias and reference circuits",
    "room between blocks, but for what the floorplan leaves empty",
)
"""What these areas do not have."""


@dataclass(frozen=True, kw_only=True)
class MacroArea:
    """Area of one macro by what takes it, in square metres."""

    array: Sourced
    row_drivers: Sourced
    multiplexers: Sourced
    level_shifters: Sourced
    adcs: Sourced
    digital: Sourced

    def total_m2(self) -> float:
        """Return all together."""
        return sum(number.value for number in self.parts())

    def parts(self) -> tuple[Sourced, ...]:
        """Return the numbers it is made of."""
        return tuple(getattr(self, field.name) for field in fields(self))


def macro_area(
    cell: Cell,
    transistor: Transistor,
    wire: Wire,
    *,
    rows: int,
    columns: int,
    selected: int,
    selects: int,
    lanes: int,
    column_s: float,
    adc: Sourced,
    digital: Sourced,
) -> MacroArea:
    """Return the area of a macro.

    Parameters
    ----------
    cell : Cell
        Kind of cell.
    transistor : Transistor
        Transistors of the node.
    wire : Wire
        Wires of the array, by whose capacitance row drivers are sized.
    rows, columns : int
        Rows, and bit lines with all reference columns.
    selected : int
        Bit lines that go through a switch: all but reference columns, which are always read.
    selects : int
        Lines that select: each opens an equal share of the switches.
    lanes : int
        Converters; each has an equal share of the selected lines.
    column_s : float
        Conductance of a column with all cells driven and at the top level, in siemens.
    adc : Sourced
        Area of one converter, as of `adc_area`.
    digital : Sourced
        Area of the digital periphery as placed, as of `placed_area`.
    """
    lines = array_lines(cell, transistor, wire, rows=rows, columns=columns)
    # Each row has two lines: one opens its cells, one carries the read voltage.
    drivers_m = sum(
        driver(line, transistor).width_m for line in (lines.word_line_f, lines.row_input_f)
    )
    switches = multiplexer(column_s, selected // lanes, transistor)
    select_m = driver(switches.select_f(selected // selects), transistor).width_m
    node_nm = transistor.node_nm
    return MacroArea(
        array=array_area(cell, rows=rows, columns=columns, node_nm=node_nm),
        row_drivers=transistor_area(rows * drivers_m, node_nm),
        multiplexers=transistor_area(lanes * switches.width_m + selects * select_m, node_nm),
        # Rows and columns are both brought to the high voltages of a write.
        level_shifters=shifter_area(2 * rows + columns, node_nm),
        adcs=Sourced(lanes * adc.value, "m2", adc.source),
        digital=digital,
    )


def array_area(cell: Cell, *, rows: int, columns: int, node_nm: int) -> Sourced:
    """Return the area of the cells of an array, in square metres."""
    return Sourced(rows * columns * cell.area_m2(node_nm), "m2", cell.area_features2.source)


def adc_area(*, bits: int, node_nm: float, rate_hz: float) -> Sourced:
    """Return the area of one converter, in square metres, by a published regression.

    ln(A / um2) = 1.3461916 + 0.9932794 ln(node / nm) + 0.1807154 ln(rate / Hz) + 0.2991243
    ln(E / pJ) with the energy E of a conversion by the same publication. A fit of the best designs
    published.

    Parameters
    ----------
    bits : int
        Width of a code, taken as effective bits; fewer than 4 are charged as 4.
    node_nm : float
        Technology node, in nanometres.
    rate_hz : float
        Conversions per second.
    """
    energy_j = adc_conversion(bits=bits, node_nm=node_nm, rate_hz=rate_hz).value
    log_um2 = (
        1.3461916
        + 0.9932794 * math.log(node_nm)
        + 0.1807154 * math.log(rate_hz)
        + 0.2991243 * math.log(energy_j * 1e12)
    )
    source = f"arXiv:2404.06553, ADC area regression, {max(bits, FEWEST_BITS)} bits, {node_nm:g} nm"
    return Sourced(math.exp(log_um2) * 1e-12, "m2", source)


def placed_area(cells: Sourced) -> Sourced:
    """Return the area of a placed block from that of its synthesised cells, in square metres."""
    source = f"{PLACEMENT.source}; {cells.source}"
    return Sourced(cells.value / PLACEMENT.value, "m2", source)


def utilisation(used: int, total: int) -> float:
    """Return the share of memory cells that hold weights, from 0 to 1.

    Raises
    ------
    ValueError
        If more are used than there are, or there are none.
    """
    if not 0 <= used <= total or not total:
        raise ValueError(f"Used cells must be between 0 and {total}, of 1 or more, not {used}")
    return used / total
