from dataclasses import replace

import numpy as np
import pytest

from energy.netlist.netlist import Bit
from energy.power.loads import NO_WIRES, net_loads
from energy.power.modules import by_module, modules
from energy.power.power import energy
from energy.power.waves import waves


@pytest.fixture
def places(small):
    """Return a function that gives the modules of cells, given those of flops."""

    def find(*cells, outputs=(), **flops):
        netlist = small(*cells, outputs=outputs)
        bits = tuple(Bit(f"{flops[name]}.r", 0) for name in netlist.flops.names)
        netlist = replace(netlist, flops=replace(netlist.flops, bits=bits))
        names = [name for group in netlist.groups for name in group.names]
        return dict(zip(names, modules(netlist), strict=True))

    return find


def test_gates_belong_to_the_module_of_the_flop_that_they_lead_to(places):
    found = places(
        "f: ff CK=clk D=a Q=q",
        "i: inv A=q Y=x",
        "j: inv A=x Y=y",
        "h: ff CK=clk D=y Q=z",
        f="top.one",
        h="top.two",
    )
    assert found == {"f": "top.one", "i": "top.two", "j": "top.two", "h": "top.two"}


def test_shared_gates_belong_to_what_has_all_that_they_lead_to(places):
    found = places(
        "i: inv A=a Y=x",
        "f: ff CK=clk D=x Q=q",
        "h: ff CK=clk D=x Q=z",
        f="top.part.lane_1",
        h="top.part.lane_10",
    )
    assert found["i"] == "top.part"


def test_clock_gate_and_its_enable_belong_to_the_flops_behind(places):
    found = places(
        "i: inv A=e Y=x",
        "g: gate CK=clk E=x G=gc",
        "f: ff CK=gc D=a Q=q",
        "h: ff CK=gc D=a Q=z",
        f="top.one",
        h="top.one",
    )
    assert found["g"] == found["i"] == "top.one"


def test_gates_before_ports_belong_to_what_they_depend_on(places):
    found = places(
        "f: ff CK=clk D=a Q=q",
        "i: inv A=q Y=x",
        "j: inv A=x Y=y",
        "k: inv A=b Y=z",
        outputs=["y", "z"],
        f="top.one",
    )
    assert found == {"f": "top.one", "i": "top.one", "j": "top.one", "k": "top"}


def test_modules_add_up_to_all_cells(gates, acting):
    loads = net_loads(gates, wire_f=NO_WIRES)
    activity = acting(gates, **dict.fromkeys(gates.nets, (10, 50)))
    found = energy(gates, activity, loads, waves(gates, loads), period_s=1e-8)
    parts = by_module(gates, found)
    assert {"macro", "macro.sequencer", "macro.slice_combine"} <= parts.keys()
    np.testing.assert_allclose(sum(parts.values()), found.cells_j.sum(axis=0))
