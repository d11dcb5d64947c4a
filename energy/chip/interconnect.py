"""Wires between the blocks of a chip: what a transition of one bit costs."""

from dataclasses import dataclass

from energy.floorplan import Floorplan, Grid, h_tree
from energy.repeaters import frugal, repeated
from energy.technology import supply
from energy.transistor import transistor
from energy.wires import Wire, wire
from hw_spec.sourced import Sourced

TOLERANCE = Sourced(
    0.1, "1", "DNN+NeuroSim V1.4, Param.cpp, globalBusDelayTolerance: wires may be slower by this"
)

LEFT_OUT = (
    "latency of the wires between blocks: the RTL lets each signal arrive within its cycle",
    "clock tree between blocks",
)
"""What these wires do not have."""


@dataclass(frozen=True, kw_only=True)
class Interconnect:
    """Energy of one transition of one bit, in joules, by the way it takes.

    Trees are H-trees. A bit that goes to every leaf switches all branches, one that goes to or
    comes from a single leaf a path from root to leaf.
    """

    to_all_pes_j: float
    one_pe_j: float
    """Between the core and one PE."""

    to_all_macros_j: float
    """From the logic of a PE to all its macros."""

    one_macro_j: float
    """Between the logic of a PE and one of its macros."""

    next_pe_j: float
    """From a PE to the next one of its chain, taken to lie beside it."""

    numbers: dict[str, Sourced]
    """What it rests on."""


def interconnect(plan: Floorplan, node_nm: int) -> Interconnect:
    """Return the wires of a floorplan: global ones between PEs, semi-global ones within.

    Raises
    ------
    ValueError
        If wires or transistors of the node are unknown.
    """
    supply_v, device = supply(node_nm).value, transistor(node_nm)
    inner, outer = wire(node_nm, "semi-global"), wire(node_nm, "global")

    def toggle_j(layer: Wire, length_m: float) -> float:
        if not length_m:
            return 0.0
        repeaters = frugal(layer, device, tolerance=TOLERANCE.value)
        line = repeated(layer, device, length_m=length_m, repeaters=repeaters)
        return line.toggle_energy_j(supply_v)

    def tree_j(layer: Wire, places: Grid) -> tuple[float, float]:
        tree = h_tree(places)
        return toggle_j(layer, tree.total_m), toggle_j(layer, tree.path_m)

    to_all_pes_j, one_pe_j = tree_j(outer, plan.pes)
    to_all_macros_j, one_macro_j = tree_j(inner, plan.macros)
    return Interconnect(
        to_all_pes_j=to_all_pes_j,
        one_pe_j=one_pe_j,
        to_all_macros_j=to_all_macros_j,
        one_macro_j=one_macro_j,
        next_pe_j=toggle_j(outer, plan.pes.unit.width_m),
        numbers={
            "semi_global_wire": inner.capacitance_f_per_m,
            "global_wire": outer.capacitance_f_per_m,
            "wire_delay_tolerance": TOLERANCE,
        },
    )
