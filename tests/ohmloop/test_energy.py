"""The command that counts what the gates of a run spent."""

import json
import shutil

import pytest

from energy.power.power import CAUSES


@pytest.fixture
def run(ohmloop, small_chip, tmp_path, build_dir):
    """Run a bench into a folder of its own; return the report, with what is built at hand."""
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "cache").symlink_to(build_dir / "cache")
    options = ("--chip", small_chip, "--engine", "twin")
    result = ohmloop("sim", "random_layer", *options)
    assert result.returncode == 0, result.stderr
    return tmp_path / "build" / "runs" / "random_layer" / "report.json"


def energies(path):
    return [entry["energy"].get("gates") for entry in json.loads(path.read_text())["runs"]]


def test_report_of_a_bench_gets_the_energy_of_its_gates(ohmloop, run, tmp_path):
    assert energies(run) == [None, None]
    out = tmp_path / "out"
    result = ohmloop("energy", "random_layer", "--export", str(out))
    assert result.returncode == 0, result.stderr
    entries = json.loads(run.read_text())["runs"]
    for entry in entries:
        gates = entry["energy"]["gates"]
        assert gates["cycles"] >= entry["layers"][0]["cycles"]["measured"]
        assert gates["flip_flops"] <= entry["flip_flops"]
        assert gates["causes_j"].keys() == set(CAUSES)
        parts = sum(gates["causes_j"].values()) + gates["clock_port_j"] + gates["input_ports_j"]
        assert gates["total_j"] == pytest.approx(parts)
        assert min(gates["causes_j"].values()) > 0
        assert gates["coverage"] == 1
        assert 0 < gates["scaled"]["total_j"] < gates["total_j"] / 10
        assert 0 < gates["shortest_period_s"] < 100e-9
    names = {path.name for path in (out / "small-device").iterdir()}
    assert names == {"netlist.v", "activity.saif", "cells.lib", "constraints.sdc", "run.tcl"}

    # Without gates, every flip-flop pays for the clock in every cycle.
    gated = energies(run)
    assert ohmloop("energy", "random_layer", "--no-clock-gating").returncode == 0
    for before, after in zip(gated, energies(run), strict=True):
        assert (before["clock_gates"] > 0, after["clock_gates"]) == (True, 0)
        assert after["causes_j"]["clock internal"] > before["causes_j"]["clock internal"]

    assert ohmloop("energy", "random_layer", "--wire-ff", "0").returncode == 0
    for before, after in zip(gated, energies(run), strict=True):
        assert after["wire_f"] == 0
        assert after["causes_j"]["switching"] < before["causes_j"]["switching"]


def test_runs_that_have_no_energy(ohmloop, run, tmp_path):
    def refused(name, message):
        result = ohmloop("energy", name)
        assert result.stderr == f"ohmloop: {message}\n"
        assert result.returncode == 2

    refused("random_layr", "Finished run 'random_layr' is unknown; nearest: random_layer")
    other = run.parent.with_name("network")
    shutil.copytree(run.parent, other)
    report = json.loads(run.read_text())
    report["bench"] = "other"
    (other / "report.json").write_text(json.dumps(report))
    refused("network", "Run 'network' must be that of a bench, not of a network or a split layer")
    report = json.loads(run.read_text())
    for entry in report["runs"]:
        del entry["chip_description"]
    run.write_text(json.dumps(report))
    refused("random_layer", "Run 'random_layer' must tell its chips, but is older; run it again")
    run.write_text("{")
    result = ohmloop("energy", "random_layer")
    assert result.stderr.startswith("ohmloop: Report file '")
    assert " is damaged: " in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.returncode == 2
