from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from cosim.native.recording import Phase
from energy.blocks import COMBINE, SHIFT_ADD, TREES
from energy.chip.adders import adder_activities, logic_activities, logic_nets
from energy.netlist.netlist import Activity


@pytest.fixture(scope="module")
def netlist(macro):
    return macro.mapped.netlist


def activity(netlist, cycles, toggles):
    nets = len(netlist.nets)
    return Activity(cycles, np.full(nets, toggles, np.int64), np.zeros(nets))


def test_every_net_of_logic_is_told_once(netlist):
    nets = [net for _, net in logic_nets(netlist)]
    registers = len(netlist.inputs) + len(netlist.flops.names)
    # Inputs and flops come first, clocks last; constants may lie in between, driven by no gate.
    assert len(nets) == len({*nets}) <= netlist.data_nets - registers
    driven = {
        net
        for group in netlist.groups
        for row in group.nets.tolist()
        for pin, net in zip(group.pins, row, strict=True)
        if group.cell.pins[pin].direction == "output"
    }
    assert {*nets} == {net for net in driven if registers <= net < netlist.data_nets}


def test_lanes_have_the_logic_that_feeds_their_sums(netlist):
    modules = Counter(module for module, _ in logic_nets(netlist))
    lanes = [count for module, count in modules.items() if module.startswith("macro.lane_")]
    found = logic_activities(netlist, [], (SHIFT_ADD, COMBINE))
    assert found[SHIFT_ADD].nets == sum(lanes) > 0
    assert found[COMBINE].nets == modules["macro.slice_combine"] > 0
    # Lanes are alike, and so is their logic, but for what synthesis shares between them.
    assert max(lanes) < 1.5 * min(lanes)


def test_activities_add_up(netlist):
    activities = [activity(netlist, 10, 3), activity(netlist, 30, 5)]
    (found,) = logic_activities(netlist, activities, (SHIFT_ADD,)).values()
    assert found.toggles == found.nets * (3 + 5)
    assert found.net_cycles == found.nets * 40


def test_adders_of_macros_and_pes_are_counted_where_they_are(macro, netlist):
    loaded, running = activity(netlist, 7, 100), activity(netlist, 20, 2)
    part = SimpleNamespace(phases={Phase.LOADED: loaded, Phase.RUNNING: running})
    ran = SimpleNamespace(
        # The logic of a PE is a macro here as well, and has no tree.
        blocks=SimpleNamespace(macro=macro, pe_logic=macro),
        activity=SimpleNamespace(
            macros={0: running, 5: running},
            parts={"tile.pe_0.logic": part, "tile.core": part},
        ),
    )
    found = adder_activities(ran)
    assert set(found) == {SHIFT_ADD, COMBINE}
    assert TREES not in found
    one = found[SHIFT_ADD]
    assert (one.toggles, one.net_cycles) == (2 * 2 * one.nets, 2 * 20 * one.nets)
