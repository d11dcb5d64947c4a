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
    "leakage of the repeaters of wires between blocks",
    "gates at the forks of the tree for words, but for what a repeater takes",
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

    branch_j: tuple[float, ...]
    """Of one branch behind each fork of the tree between core and PEs, from the root on."""

    to_all_macros_j: float
    """From the logic of a PE to all its macros."""

    one_macro_j: float
    """Between the logic of a PE and one of its macros."""

    next_pe_j: float
    """From a PE to the next one of its chain, taken to lie beside it."""

    numbers: dict[str, Sourced]
    """What it rests on."""

    def clock_j(self, table_pes: int) -> float:
        """Return what a cycle takes on the wires of the clock, to all PEs and all their macros.

        It goes up and down, along trees with the same repeaters as those of data.

        Parameters
        ----------
        table_pes : int
            PEs of the chip.
        """
        return 2 * (self.to_all_pes_j + table_pes * self.to_all_macros_j)

    def word_j(self, pes: range, table_pes: int) -> float:
        """Return what one transition of one bit of a word takes on its way to some PEs.

        Only branches that lead to one of them switch: those behind other forks are gated, see
        :class:`hdl_gen.word_tree.WordTree`. PEs are taken to lie so that the tree of wires forks as
        the gates do.

        Parameters
        ----------
        pes : range
            PEs that take part.
        table_pes : int
            PEs of the chip.
        """
        bits, total_j = (table_pes - 1).bit_length(), 0.0
        for level, branch_j in enumerate(self.branch_j, 1):
            branches = {pe >> max(0, bits - level) for pe in pes}
            total_j += len(branches) * branch_j
        return total_j


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

    branches = h_tree(plan.pes).branches_m
    to_all_pes_j, one_pe_j = tree_j(outer, plan.pes)
    to_all_macros_j, one_macro_j = tree_j(inner, plan.macros)
    return Interconnect(
        to_all_pes_j=to_all_pes_j,
        one_pe_j=one_pe_j,
        branch_j=tuple(toggle_j(outer, length_m) for length_m in branches),
        to_all_macros_j=to_all_macros_j,
        one_macro_j=one_macro_j,
        next_pe_j=toggle_j(outer, plan.pes.unit.width_m),
        numbers={
            "semi_global_wire": inner.capacitance_f_per_m,
            "global_wire": outer.capacitance_f_per_m,
            "wire_delay_tolerance": TOLERANCE,
        },
    )
