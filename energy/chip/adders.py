"""How often the logic of adders switches while its block is at work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cosim.native.recording import Phase
from energy.blocks import COMBINE, SHIFT_ADD, TREES
from energy.chip.ran import Ran
from energy.netlist.netlist import Activity, Netlist
from energy.power.modules import modules

ADDERS = {SHIFT_ADD: "lane_", COMBINE: "slice_combine", TREES: "tree"}
"""Blocks that add, and how the modules begin in which their logic lies."""


@dataclass(frozen=True, kw_only=True)
class LogicActivity:
    """What the logic of a block did, over all macros or PEs in use.

    Logic is all gates between the registers: adders, and what selects and shifts their operands.
    """

    nets: int
    """Of one macro, or of the logic of one PE."""

    toggles: int
    net_cycles: int
    """Nets times the cycles in which their macro or PE was at work."""


def adder_activities(ran: Ran) -> dict[str, LogicActivity]:
    """Return what the logic of each block of `ADDERS` did; without those that have no logic."""
    macros = list(ran.activity.macros.values())
    logic = [
        part.phases[Phase.RUNNING] for path, part in ran.activity.parts.items() if "pe_" in path
    ]
    macro, pe_logic = ran.blocks.macro.mapped.netlist, ran.blocks.pe_logic.mapped.netlist
    found = {
        **logic_activities(macro, macros, (SHIFT_ADD, COMBINE)),
        **logic_activities(pe_logic, logic, (TREES,)),
    }
    return {block: one for block, one in found.items() if one.nets}


def logic_activities(
    netlist: Netlist, activities: Sequence[Activity], blocks: Iterable[str]
) -> dict[str, LogicActivity]:
    """Return what the logic of some blocks of a netlist did in all its activities together.

    Parameters
    ----------
    netlist : Netlist
        A macro, or the logic of a PE.
    activities : sequence of Activity
        What its nets did, in one instance each.
    blocks : iterable of str
        Names from `ADDERS`.
    """
    nets = logic_nets(netlist)
    cycles = sum(one.cycles for one in activities)
    found = {}
    for block in blocks:
        mine = [net for module, net in nets if module.partition(".")[2].startswith(ADDERS[block])]
        toggles = sum(int(one.toggles[mine].sum()) for one in activities)
        found[block] = LogicActivity(nets=len(mine), toggles=toggles, net_cycles=len(mine) * cycles)
    return found


def logic_nets(netlist: Netlist) -> list[tuple[str, int]]:
    """Return the nets that gates drive, flip-flops and clock gates left out, and their modules."""
    first = len(netlist.inputs) + len(netlist.flops.names)
    places, found = iter(modules(netlist)), []
    for group in netlist.groups:
        outputs = [group.cell.pins[pin].direction == "output" for pin in group.pins]
        for nets in group.nets[:, np.array(outputs, bool)].tolist():
            place = next(places)
            found += [(place, net) for net in nets if first <= net < netlist.data_nets]
    return found
