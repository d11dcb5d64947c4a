import re
from dataclasses import replace

import numpy as np
import pytest

from energy.liberty import read_liberty
from energy.netlist.netlist import Activity
from energy.power.export import export
from energy.power.loads import NO_WIRES, net_loads
from energy.power.names import plain_names
from energy.power.power import energy
from energy.power.waves import waves
from energy.replay.vectorised import VectorisedReplay
from hw_spec.sourced import Sourced

PERIOD_S = 10e-9
WIRE = Sourced(2e-15, "F", "assumed: for tests")
RECORD = re.compile(r"\((\w+) \(T0 (\d+)\) \(T1 (\d+)\) \(TX 0\) \(TC (\d+)\) \(IG 0\)\)")


@pytest.fixture(scope="module")
def activity(gates, places, recorded, blocks_of):
    replay = VectorisedReplay(gates, places.first)
    for block in blocks_of(recorded, 8):
        replay.take(*block)
    return replay.activity()


@pytest.fixture(scope="module")
def folder(gates, activity, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "new"
    export(gates, activity, net_loads(gates, wire_f=WIRE), folder, period_s=PERIOD_S)
    return folder


@pytest.fixture(scope="module")
def instances(folder):
    """Cells of the Verilog: name, kind and name of the net at each pin."""
    found = re.findall(r"^  (\w+) (\w+) \((\..*)\);$", (folder / "netlist.v").read_text(), re.M)
    return {name: (kind, dict(re.findall(r"\.(\w+)\((\w+)\)", pins))) for kind, name, pins in found}


def test_folder_has_what_a_script_needs(gates, folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "activity.saif", "cells.lib", "constraints.sdc", "netlist.v", "run.tcl",
    ]  # fmt: skip
    script = (folder / "run.tcl").read_text()
    for path in folder.iterdir():
        assert path.name in script
    assert f"link_design {gates.top}\n" in script


def test_verilog_has_every_cell_and_its_nets(gates, instances):
    names = plain_names(gates)
    assert len(instances) == gates.cells
    for group, cells in zip(gates.groups, names.cells, strict=True):
        for cell, nets in zip(cells, group.nets.tolist(), strict=True):
            pins = {p: names.nets[net] for p, net in zip(group.pins, nets, strict=True) if net >= 0}
            assert instances[cell] == (group.cell.name, pins)


def test_names_are_plain_and_told_apart(gates, folder):
    names = plain_names(gates)
    for kind in (names.nets, names.outputs, sum(names.cells, ())):
        assert len({*kind}) == len(kind)
        assert all(re.fullmatch(r"[a-z]\w*", name, re.ASCII) for name in kind)
    assert not {*names.nets} & {*names.outputs}
    assert "\\" not in (folder / "netlist.v").read_text()


def test_flops_are_called_by_their_registers(gates):
    text = " ".join(sum(plain_names(gates).cells, ()))
    for bit in gates.flops.bits:
        assert re.search(rf"\bu\d+_{bit.path.replace('.', '_')}_{bit.bit}\b", text)


def test_saif_tells_every_pin_and_port(gates, activity, folder, instances):
    text = (folder / "activity.saif").read_text()
    duration = int(re.search(r"DURATION (\d+)", text)[1])
    assert duration == activity.cycles * 10_000  # ps
    top, *cells = text.split("(INSTANCE ")[1:]
    by_net = dict(zip(plain_names(gates).nets, zip(*_counts(activity), strict=True), strict=True))
    ports = {name: counts for name, *counts in _records(top)}
    assert len(ports) == len(gates.inputs) + len(gates.outputs) + 1
    assert ports["clk"] == [duration // 2, 2 * activity.cycles]
    assert len(cells) == gates.cells
    for one in cells:
        name = one.split()[0]
        pins = {pin: tuple(counts) for pin, *counts in _records(one)}
        assert pins == {pin: by_net[net] for pin, net in instances[name][1].items()}


def test_ports_of_the_saif_are_those_of_the_verilog(gates, folder):
    verilog, saif = ((folder / name).read_text() for name in ("netlist.v", "activity.saif"))
    ports = re.findall(r"^  (?:input|output) (\w+);$", verilog, re.M)
    assert sorted(ports) == sorted(name for name, *_ in _records(saif.split("(INSTANCE ")[1]))
    driven = dict(re.findall(r"assign (\w+) = (\w+);", verilog))
    nets = plain_names(gates).nets
    outputs = zip(plain_names(gates).outputs, gates.outputs.values(), strict=True)
    assert driven == {name: nets[net] for name, net in outputs}


def _records(text):
    """Yield name, time at 1 and toggles; times must fill the duration."""
    for name, low, high, toggles in RECORD.findall(text):
        assert int(low) >= 0
        yield name, int(high), int(toggles)


def _counts(activity):
    return (activity.ones * 10_000).astype(int).tolist(), activity.toggles.tolist()


def test_constraints_tell_clock_and_wires(gates, folder):
    first, *wires = (folder / "constraints.sdc").read_text().splitlines()
    assert first == "create_clock -name clk -period 10 [get_ports clk]"
    told = {
        net: float(load)
        for load, net in re.findall(r"load (\S+) \[get_nets (\w+)\]", "".join(wires))
    }
    loads = net_loads(gates, wire_f=WIRE)
    expected = zip(plain_names(gates).nets, loads.fan_out.tolist(), strict=True)
    assert told == {name: pytest.approx(2e-3 * n) for name, n in expected if n}


def test_no_wires_make_no_loads(gates, activity, tmp_path):
    export(gates, activity, net_loads(gates, wire_f=NO_WIRES), tmp_path, period_s=PERIOD_S)
    assert len((tmp_path / "constraints.sdc").read_text().splitlines()) == 1


def test_cells_that_are_written_cost_the_same(gates, activity, folder):
    library = read_liberty(folder / "cells.lib")
    assert library.cells.keys() == gates.library.cells.keys()
    groups = tuple(replace(g, cell=library.cells[g.cell.name]) for g in gates.groups)
    again = replace(gates, library=library, groups=groups)
    one, other = (_energy(netlist, activity) for netlist in (gates, again))
    np.testing.assert_allclose(other.cells_j, one.cells_j, rtol=1e-6)


def _energy(netlist, activity):
    loads = net_loads(netlist, wire_f=WIRE)
    return energy(netlist, activity, loads, waves(netlist, loads), period_s=PERIOD_S)


def test_parts_of_a_run_add_up(gates, activity):
    def times(factor):
        return Activity(factor * activity.cycles, factor * activity.toggles, factor * activity.ones)

    one, three = _energy(gates, activity), _energy(gates, times(3))
    np.testing.assert_allclose(three.cells_j, 3 * one.cells_j, rtol=1e-12)
    assert three.total_w == pytest.approx(one.total_w)
