from dataclasses import replace

import pytest

from energy.power.loads import NO_WIRES, net_loads
from energy.power.timing import critical_path
from energy.power.waves import waves
from hw_spec.sourced import Sourced

PS = 1e-12


def path_of(netlist, wire_f=NO_WIRES):
    loads = net_loads(netlist, wire_f=wire_f)
    return critical_path(netlist, loads, waves(netlist, loads))


def test_longest_path_counts_with_setup(ring):
    # by hand, see test_waves.py: d rises last, but must fall earlier
    path = path_of(ring)
    assert (path.start, path.end) == ("top.f[0]", "top.f[0]")
    assert [(s.cell, s.from_pin, s.pin, s.edge, s.net) for s in path.steps] == [
        ("f", "CK", "Q", "fall", "q"),
        ("i", "A", "Y", "rise", "x"),
        ("n", "A", "Y", "fall", "d"),
    ]
    assert [s.kind for s in path.steps] == ["ff", "inv", "nand2"]
    assert [s.delay_s / PS for s in path.steps] == pytest.approx([125, 15.8, 13.1])
    assert [s.arrival_s / PS for s in path.steps] == pytest.approx([125, 140.8, 153.9])
    assert path.setup_s / PS == pytest.approx(40)
    assert path.period_s / PS == pytest.approx(193.9)


def test_wires_make_paths_longer(ring):
    wired = path_of(ring, Sourced(1e-15, "F", "assumed: for tests"))
    assert wired.period_s > path_of(ring).period_s + 5 * PS


def test_enable_of_a_clock_gate_ends_a_path(small):
    path = path_of(small("g: gate CK=clk E=q G=gc", "f: ff CK=clk D=a Q=q", "h: ff CK=gc D=a Q=z"))
    assert (path.start, path.end) == ("top.f[0]", "clock gate of top.h[0]")
    assert path.period_s / PS == pytest.approx(120 + 2 + 40)


def test_register_after_register_is_a_path(small):
    path = path_of(small("f: ff CK=clk D=a Q=q", "h: ff CK=clk D=q Q=z"))
    assert (path.start, path.end) == ("top.f[0]", "top.h[0]")
    assert path.period_s / PS == pytest.approx(120 + 2 + 40)


def test_netlist_without_a_path(small):
    netlist = small("f: ff CK=clk D=a Q=q", outputs=["q"])
    with pytest.raises(
        ValueError, match=r"^Netlist 'top' must have a path from register to register$"
    ):
        path_of(netlist)


def test_cells_without_setup_time_end_no_path(ring):
    def without(cell):
        pins = {name: replace(pin, constraints=()) for name, pin in cell.pins.items()}
        return replace(cell, pins=pins)

    groups = tuple(replace(group, cell=without(group.cell)) for group in ring.groups)
    with pytest.raises(ValueError, match=r"^Netlist 'top' must have a path"):
        path_of(replace(ring, groups=groups))
