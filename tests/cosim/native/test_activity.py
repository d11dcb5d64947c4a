"""Counts per bit, held to Verilator's own SAIF and VCD, net by net."""

import itertools
import json
import re

import pytest

from cosim.build import design
from cosim.engines import native
from cosim.job import Pauses
from cosim.saif import register_toggles

NET = re.compile(r"\(([^\s\\]+)(?:\\\[(\d+)\\\])? \(T0 (\d+)\) \(T1 (\d+)\) .*\(TC (\d+)\)\)")
PERIOD_PS = 10_000  # of the small chip


@pytest.fixture(params=["free", "paused"])
def job(request, make_chip, make_job):
    pauses = Pauses() if request.param == "free" else Pauses(inputs=0.4, psums=0.5, seed=2)
    return make_job(make_chip(), vectors=25, pauses=pauses)


@pytest.fixture
def registers(job, build_dir):
    return design(job.chip.macro, build_dir).registers


def saif_nets(path):
    """Return T0, T1 and TC of every net, by register and bit."""
    nets, blocks = {}, []
    for line in map(str.strip, path.read_text().splitlines()):
        if line == ")":
            blocks.pop()
        elif line.startswith("(INSTANCE "):
            blocks.append(line.removeprefix("(INSTANCE "))
        elif net := NET.fullmatch(line):
            path_ = ".".join([*filter(None, blocks), net[1]])
            nets[path_, int(net[2] or 0)] = tuple(map(int, net.groups()[2:]))
        elif not line.endswith(")"):
            blocks.append("")
    return nets


def vcd_nets(path, window):
    """Return T0, T1 and TC of every net in a window, from the values at its clock edges."""
    names, scopes, values, cycles, time = {}, [], {}, {}, 0
    for line in path.read_text().splitlines():
        words = line.split()
        if line.startswith("#"):
            cycles[time] = dict(values)
            time = int(line[1:])
        elif line[:1] in ("0", "1"):
            values[line[1:]] = int(line[0])
        elif line.startswith("b"):
            values[words[1]] = int(words[0][1:], 2)
        elif words[:1] == ["$scope"]:
            scopes.append(words[2])
        elif words[:1] == ["$upscope"]:
            scopes.pop()
        elif words[:1] == ["$var"]:
            names[".".join([*scopes, words[4]]).removeprefix("TOP.")] = (words[3], int(words[2]))
    cycles[time] = values
    states = [cycles[cycle * PERIOD_PS] for cycle in (*window, window.stop)]
    nets = {}
    for name, (code, bits) in names.items():
        for bit in range(bits):
            ones = [state[code] >> bit & 1 for state in states]
            changes = sum(a != b for a, b in itertools.pairwise(ones))
            high = sum(ones[:-1]) * PERIOD_PS
            nets[name, bit] = (len(window) * PERIOD_PS - high, high, changes)
    return nets


def of_registers(nets, registers):
    return {(path, bit): nets[path, bit] for path, bits in registers.items() for bit in range(bits)}


def test_every_bit_equals_verilators_saif(job, registers, tmp_path, build_dir):
    ours, theirs = tmp_path / "ours.saif", tmp_path / "theirs.saif"
    run = native.run(job, tmp_path, build_dir=build_dir, activity=ours, waves=theirs)
    nets = saif_nets(ours)
    assert len(nets) == sum(registers.values())
    assert nets == of_registers(saif_nets(theirs), registers)
    assert register_toggles(ours, registers) == run.toggles


@pytest.mark.parametrize("window", [range(0, 1), range(50, 203), range(290, 291)], ids=str)
def test_every_bit_in_a_window_equals_the_waveform(window, job, registers, tmp_path, build_dir):
    saif, vcd = tmp_path / "window.saif", tmp_path / "window.vcd"
    run = native.run(job, tmp_path, build_dir=build_dir, activity=saif, waves=vcd, window=window)
    expected = of_registers(vcd_nets(vcd, window), registers)
    assert saif_nets(saif) == expected
    changes = dict.fromkeys(registers, 0)
    for (path, _), (_, _, count) in expected.items():
        changes[path] += count
    assert run.toggles == changes


def test_windows_that_cover_a_run_add_up(job, registers, tmp_path, build_dir):
    whole = native.run(job, tmp_path, build_dir=build_dir)
    borders = [0, 13, 77, 400, 10**6]
    parts = [
        native.run(job, tmp_path, build_dir=build_dir, window=range(a, b)).toggles
        for a, b in itertools.pairwise(borders)
    ]
    assert whole.toggles == {path: sum(part[path] for part in parts) for path in registers}


def test_sums_stand_beside_the_saif(job, registers, tmp_path, build_dir):
    saif = tmp_path / "activity.saif"
    run = native.run(job, tmp_path, build_dir=build_dir, activity=saif, window=range(100, 300))
    sums = json.loads((tmp_path / "activity.json").read_text())
    assert sums["registers"] == run.toggles
    assert (sums["first_cycle"], sums["cycles"], sums["period_ps"]) == (100, 200, PERIOD_PS)
    assert sums["toggles"] == sum(run.toggles.values()) == sum(sums["modules"].values())
    lane = "macro.lane_0."
    assert sums["modules"]["macro.lane_0"] == sum(
        count for path, count in run.toggles.items() if path.startswith(lane)
    )


def test_counters_do_not_overflow(make_chip, make_job, registers, tmp_path, build_dir):
    """Long enough for counters to be emptied several times; Verilator has no such thing."""
    job = make_job(make_chip(), vectors=1500)  # 40,500 cycles
    ours, theirs = tmp_path / "ours.saif", tmp_path / "theirs.saif"
    native.run(job, tmp_path, build_dir=build_dir, activity=ours, waves=theirs)
    assert saif_nets(ours) == of_registers(saif_nets(theirs), registers)
