"""Wires between the blocks of a chip: what a transition of one bit costs."""

from collections.abc import Iterable
from dataclasses import dataclass

from energy.chip.links import Links
from energy.floorplan import Floorplan, Tree, h_tree
from energy.repeaters import RepeatedWire, frugal, repeated
from energy.technology import supply
from energy.transistor import transistor
from energy.wires import Wire, wire
from hw_spec.sourced import Sourced

TOLERANCE = Sourced(
    0.1, "1", "DNN+NeuroSim V1.4, Param.cpp, globalBusDelayTolerance: wires may be slower by this"
)

LEFT_OUT = (
    "latency of the wires between blocks: the RTL lets each signal arrive within its cycle",
    "gates at the forks of the tree for words, but for what a repeater takes",
)
"""What these wires do not have."""


@dataclass(frozen=True, kw_only=True)
class Interconnect:
    """Energy of one transition of one bit, in joules, by the way it takes; and the repeaters.

    Trees are H-trees. A bit that goes to every leaf switches all branches, one that goes to or
    comes from a single leaf a path from root to leaf.
    """

    pe_tree: Tree
    """Between the core and all PEs."""

    branch_j: tuple[float, ...]
    """Of one branch behind each fork of that tree, from the root on."""

    one_pe_j: float
    """Between the core and one PE."""

    to_all_macros_j: float
    """From the logic of a PE to all its macros."""

    one_macro_j: float
    """Between the logic of a PE and one of its macros."""

    next_pe_j: float
    """From a PE to the next one of its chain, taken to lie beside it."""

    repeaters_m: float
    """Width of all transistors of the repeaters of all wires of the chip."""

    numbers: dict[str, Sourced]
    """What it rests on."""

    @property
    def to_all_pes_j(self) -> float:
        """Energy of one transition of one bit that goes from the core to all PEs."""
        return self.word_j(range(self.pe_tree.leaves))

    @property
    def clock_j(self) -> float:
        """Energy of a cycle on the wires of the clock, to all PEs and all their macros.

        It goes up and down, along trees with the same repeaters as those of data.
        """
        return 2 * (self.to_all_pes_j + self.pe_tree.leaves * self.to_all_macros_j)

    def word_j(self, pes: range) -> float:
        """Return what one transition of one bit of a word takes on its way to some PEs.

        Only branches that lead to one of them switch: those behind other forks are gated, see
        :class:`hdl_gen.word_tree.WordTree`. PEs are taken to lie so that the tree of wires forks as
        the gates do.
        """
        counts = self.pe_tree.branches_to(pes)
        return sum(count * one for count, one in zip(counts, self.branch_j, strict=True))


def interconnect(plan: Floorplan, links: Links, node_nm: int) -> Interconnect:
    """Return the wires of a floorplan: global ones between PEs, semi-global ones within.

    Raises
    ------
    ValueError
        If wires or transistors of the node are unknown.
    """
    supply_v, device = supply(node_nm).value, transistor(node_nm)
    inner, outer = wire(node_nm, "semi-global"), wire(node_nm, "global")

    def line(layer: Wire, length_m: float) -> RepeatedWire | None:
        if not length_m:
            return None
        repeaters = frugal(layer, device, tolerance=TOLERANCE.value)
        return repeated(layer, device, length_m=length_m, repeaters=repeaters)

    pe_tree, macro_tree = h_tree(plan.pes), h_tree(plan.macros)
    pe_branches = [line(outer, length_m) for length_m in pe_tree.branches_m]
    macro_branches = [line(inner, length_m) for length_m in macro_tree.branches_m]
    to_pes, to_macros = (tree.branches_to(range(tree.leaves)) for tree in (pe_tree, macro_tree))
    pe_path, macro_path = line(outer, pe_tree.path_m), line(inner, macro_tree.path_m)
    beside = line(outer, plan.pes.unit.width_m) if plan.pes.count > 1 else None

    def joules(*wires: RepeatedWire | None) -> tuple[float, ...]:
        return tuple(one.toggle_energy_j(supply_v) if one else 0.0 for one in wires)

    def width_m(bits: int, wires: Iterable[RepeatedWire | None], counts: Iterable[int]) -> float:
        nmos_m = sum(n * one.nmos_width_m for n, one in zip(counts, wires, strict=True) if one)
        return bits * nmos_m * (1 + device.pmos_width.value)

    one_pe_j, one_macro_j, next_pe_j = joules(pe_path, macro_path, beside)
    per_pe_m = (
        width_m(links.all_macros, macro_branches, to_macros)
        + width_m(links.one_macro, [macro_path], [plan.macros.count])
        + width_m(links.one_pe, [pe_path], [1])
        + width_m(links.next_pe, [beside], [1])
    )
    return Interconnect(
        pe_tree=pe_tree,
        branch_j=joules(*pe_branches),
        one_pe_j=one_pe_j,
        to_all_macros_j=sum(n * j for n, j in zip(to_macros, joules(*macro_branches), strict=True)),
        one_macro_j=one_macro_j,
        next_pe_j=next_pe_j,
        repeaters_m=width_m(links.all_pes, pe_branches, to_pes) + plan.pes.count * per_pe_m,
        numbers={
            "semi_global_wire": inner.capacitance_f_per_m,
            "global_wire": outer.capacitance_f_per_m,
            "wire_delay_tolerance": TOLERANCE,
        },
    )
