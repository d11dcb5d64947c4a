"""The digital periphery of a macro in cells: loads, slews, longest path and area."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosim.build import Design
from energy.area import placed_area
from energy.library import Library
from energy.netlist.build import netlist
from energy.netlist.netlist import Netlist
from energy.placement import fan_out_f
from energy.power.loads import Loads, net_loads
from energy.power.power import Energy
from energy.power.timing import Path as TimingPath
from energy.power.timing import critical_path
from energy.power.waves import Waves, waves
from energy.technology import scale_area, to_node
from energy.wires import wire
from hw_spec.sourced import Sourced

LAYER = "local"
"""Wires between the cells of a block."""

LEFT_OUT = (
    "glitches",
    "clock tree: clocks have the pins and wires of their nets, and no buffers",
)
"""What the energy of the gates does not have."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Mapped:
    """A design in cells of a library."""

    netlist: Netlist
    loads: Loads
    waves: Waves
    path: TimingPath
    """The longest path between registers."""

    cells: Sourced
    """Area of the cells, in square metres."""

    placed: Sourced
    """Area of the block that they are placed in."""

    node_nm: int
    """Technology node of the library."""


def map_design(
    design: Design,
    library: Library,
    build_dir: Path,
    *,
    node_nm: int,
    period_s: float,
    clock_gating: bool = True,
    dont_use: Sequence[str] = (),
    wire_f: Sourced | None = None,
) -> Mapped:
    """Return a design in cells, with all that its energy and its clock depend on.

    Parameters
    ----------
    design, library, build_dir, period_s, clock_gating, dont_use
        See :func:`energy.netlist.build.netlist`.
    node_nm : int
        Technology node of the library, in nanometres.
    wire_f : Sourced or None
        Capacitance of the wire to each pin that a net drives, in farads. None: estimated from the
        area of the block and the wires of the node.

    Raises
    ------
    ValueError, RuntimeError
        As :func:`energy.netlist.build.netlist`; or if the node is unknown.
    """
    gates = netlist(
        design,
        library,
        build_dir,
        period_s=period_s,
        clock_gating=clock_gating,
        dont_use=dont_use,
    )
    area_m2 = sum(len(group.names) * group.cell.area_m2 for group in gates.groups)
    cells = Sourced(area_m2, "m2", f"cells of {library.name}, mapped by Yosys")
    placed = placed_area(cells)
    if wire_f is None:
        wire_f = fan_out_f(wire(node_nm, LAYER), block_m2=placed.value, cells=gates.cells)
    loads = net_loads(gates, wire_f=wire_f)
    slews = waves(gates, loads)
    return Mapped(
        netlist=gates,
        loads=loads,
        waves=slews,
        path=critical_path(gates, loads, slews),
        cells=cells,
        placed=placed,
        node_nm=node_nm,
    )


def scaled_energy(energy_j: float, mapped: Mapped, node_nm: int) -> Sourced:
    """Return the energy of gates at another node and its supply, by published factors.

    Raises
    ------
    ValueError
        If there are no factors for one of the nodes.
    """
    library = mapped.netlist.library
    spent = Sourced(energy_j, "J", f"gates of {library.name} at {library.voltage_v:g} V")
    return to_node(spent, from_nm=mapped.node_nm, from_v=library.voltage_v, to_nm=node_nm)


def mapped_entry(mapped: Mapped) -> dict[str, Any]:
    """Return a design in cells as it stands in a report, at the node of the library."""
    gates = mapped.netlist
    return {
        "library": gates.library.name,
        "library_source": gates.library.source,
        "voltage_v": gates.library.voltage_v,
        "node_nm": mapped.node_nm,
        "cells": gates.cells,
        "flip_flops": len(gates.flops.names),
        "clock_gates": len(gates.clocks) - 1,
        "area_m2": mapped.placed.value,
        "wire_f": mapped.loads.wire_f.value,
        "shortest_period_s": mapped.path.period_s,
        "critical_path": [mapped.path.start, mapped.path.end],
    }


def gates_entry(energy: Energy, mapped: Mapped, *, node_nm: int) -> dict[str, Any]:
    """Return the energy of gates as it stands in a report.

    Parameters
    ----------
    energy : Energy
        Over some cycles.
    mapped : Mapped
        What spent it.
    node_nm : int
        Technology node of the chip, which all is scaled to as well.
    """
    scaled = scaled_energy(energy.total_j, mapped, node_nm)
    area = scale_area(mapped.placed, from_nm=mapped.node_nm, to_nm=node_nm)
    return mapped_entry(mapped) | {
        "cycles": energy.cycles,
        "causes_j": energy.causes_j,
        "clock_port_j": energy.clock_port_j,
        "input_ports_j": energy.input_ports_j,
        "total_j": energy.total_j,
        "coverage": energy.coverage,
        "scaled": {
            "node_nm": node_nm,
            "total_j": scaled.value,
            "area_m2": area.value,
            "source": scaled.source,
        },
        "left_out": list(LEFT_OUT),
    }
