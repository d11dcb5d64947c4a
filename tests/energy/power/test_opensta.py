"""Energy and timing, held to OpenSTA on the files that are exported.

Debian's OpenSTA is of 2019. It reads no SAIF, knows one activity for all nets only, charges a rise
and a fall for each toggle of a clock or output, and takes the slew of the same edge for either,
even where gates invert. So here all nets do the same, in gates of two inputs at most, whose weights
are equal, and cells are changed to be charged as then.
"""

import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from energy.netlist.build import netlist
from energy.netlist.netlist import Activity
from energy.power.export import export
from energy.power.loads import NO_WIRES, net_loads
from energy.power.names import plain_names
from energy.power.power import CLOCK_INTERNAL, INTERNAL, LEAKAGE, SWITCHING, energy
from energy.power.timing import critical_path
from energy.power.waves import waves
from hw_spec.sourced import Sourced

pytestmark = pytest.mark.skipif(shutil.which("sta") is None, reason="OpenSTA is not installed")

PERIOD_S = 10e-9
PREFIX = "sky130_fd_sc_hd__"
DONT_USE = ["a2*", "a3*", "o2*", "x*", "m*", "*nd3*", "*nd4*", "*or3*", "*or4*"]
WIRES = [NO_WIRES, Sourced(2e-15, "F", "assumed: for this test")]
CYCLES, TOGGLES = 1000, 200
LIMIT_S = 120


@pytest.fixture(scope="module")
def plain(gates_design, sky130, build_dir):
    """The macro in simple gates, its clock not gated."""
    left_out = [PREFIX + name for name in DONT_USE]
    return netlist(
        gates_design, sky130, build_dir, period_s=PERIOD_S, clock_gating=False, dont_use=left_out
    )


@pytest.fixture(scope="module")
def activity(plain):
    toggles, ones = np.full(len(plain.nets), TOGGLES), np.full(len(plain.nets), CYCLES / 2)
    toggles[plain.data_nets :] = 2 * CYCLES
    return Activity(CYCLES, toggles, ones)


@pytest.fixture(scope="module", params=WIRES, ids=["bare", "wired"])
def loads(request, plain):
    return net_loads(plain, wire_f=request.param)


@pytest.fixture(scope="module")
def printed(plain, activity, loads, tmp_path_factory):
    """What OpenSTA prints once it has read the files, and is told what nets do."""
    folder = tmp_path_factory.mktemp("opensta")
    export(plain, activity, loads, folder, period_s=PERIOD_S)
    commands = [
        (folder / "run.tcl").read_text(),
        "set_input_delay 0 -clock clk [get_ports i*]",  # so that all nets have a clock
        f"set_power_activity -global -activity {TOGGLES / CYCLES} -duty 0.5",
        "report_power -instances [get_cells *] -digits 8",
    ]
    (folder / "test.tcl").write_text("\n".join([*commands, ""]))
    return subprocess.run(
        ["sta", "-no_init", "-no_splash", "-exit", "test.tcl"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    ).stdout


def test_all_files_are_read_without_a_warning(printed):
    assert "Warning" not in printed
    assert "Error" not in printed


def test_longest_path(plain, loads, printed):
    path = critical_path(plain, loads, waves(plain, loads))
    slack_ns = float(re.search(r"(\S+) +slack", printed)[1])
    assert (PERIOD_S - path.period_s) * 1e9 == pytest.approx(slack_ns, abs=2e-6)
    kinds = re.findall(r"[\^v] u\d+_\w+/\w+ \((\w+)\)", printed.split("data arrival")[0])
    assert kinds[1:-1] == [step.kind for step in path.steps]  # no clock pin and no end


def test_power_of_every_cell(plain, activity, loads, printed):
    other = replace(plain, groups=tuple(replace(g, cell=_of_2019(g.cell)) for g in plain.groups))
    found = energy(other, activity, loads, waves(plain, loads), period_s=PERIOD_S)
    found_w = found.cells_j / (CYCLES * PERIOD_S)
    rows = re.findall(r"^ *(\S+e\S+) +(\S+e\S+) +(\S+e\S+) +\S+ (\w+)$", printed, re.M)
    expected = {name: [*map(float, figures)] for *figures, name in rows}
    names = [name for cells in plain_names(plain).cells for name in cells]
    expected_w = np.array([expected[name] for name in names])
    internal_w = found_w[:, INTERNAL] + found_w[:, CLOCK_INTERNAL]
    found_w = np.stack([internal_w, found_w[:, SWITCHING], found_w[:, LEAKAGE]], axis=1)
    np.testing.assert_allclose(found_w, expected_w, rtol=1e-4, atol=1e-6 * expected_w.max())
    np.testing.assert_allclose(found_w.sum(axis=0), expected_w.sum(axis=0), rtol=1e-5)


def _of_2019(cell):
    """Return a cell that is charged twice at clocks and outputs, by slews of the same edge."""

    def pin(one):
        factor = 2 if one.clock or one.direction == "output" else 1
        timing = tuple(replace(arc, sense="positive_unate") for arc in one.timing)
        return replace(one, timing=timing, power=tuple(_times(arc, factor) for arc in one.power))

    return replace(cell, pins={name: pin(one) for name, one in cell.pins.items()})


def _times(arc, factor):
    rise_j, fall_j = (replace(one, values=factor * one.values) for one in (arc.rise_j, arc.fall_j))
    return replace(arc, rise_j=rise_j, fall_j=fall_j)
