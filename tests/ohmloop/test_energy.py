"""The command that counts what the gates of a run spent."""

import json
import re
import shutil
from functools import partial

import pytest

from energy.chip.ran import CAUSES as CHIP_CAUSES
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


def test_bad_options_are_told_before_anything_is_mapped(ohmloop, run):
    nodes = "130, 90, 65, 45, 32, 22, 7 nm"
    for option, value, message in (
        ("--node-nm", "28", f"Technology node must be one of {nodes}, not 28"),
        ("--wire-ff", "nan", "Wire to each pin must be a number of fF, not nan"),
        ("--wire-ff", "inf", "Wire to each pin must be a number of fF, not inf"),
    ):
        result = ohmloop("energy", "random_layer", option, value)
        assert result.stderr == f"ohmloop: {message}\n"
        assert result.stdout == ""
        assert result.returncode == 2


def test_export_folder_is_proven_before_anything_is_mapped(ohmloop, run, tmp_path):
    (tmp_path / "out").write_text("a file")
    result = ohmloop("energy", "random_layer", "--export", "out")
    assert result.stderr == (
        "ohmloop: Export folder 'out' must be a folder that can be written (File exists)\n"
    )
    assert (result.stdout, result.returncode) == ("", 2)


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
    refused("network", "Run 'network' must be that of a bench or a network, not of a split layer")
    report = json.loads(run.read_text())
    run.write_text(json.dumps(report | {"schema_version": 1}))
    message = f"Report file '{run}' must have the version 2 of this Ohmloop, not 1; run it again"
    refused("random_layer", message)
    run.write_text("{")
    result = ohmloop("energy", "random_layer")
    assert result.stderr.startswith("ohmloop: Report file '")
    assert " is damaged: " in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.returncode == 2


NETWORK = "small-small-device"


@pytest.fixture
def network_run(ohmloop, network_files, build_dir):
    """Run a network into a folder of its own; return its folder, with what is built at hand."""
    files = network_files()
    (files / "build").mkdir()
    (files / "build" / "cache").symlink_to(build_dir / "cache")
    options = ("--chip", "chip.toml", "--images", "2", "--engine", "twin")
    result = ohmloop("run", "nets.py:small", *options)
    assert result.returncode == 0, result.stderr
    return files


@pytest.mark.long
def test_report_of_a_network_gets_energy_area_and_clock(ohmloop, network_run):
    near = partial(pytest.approx, rel=1e-6, abs=0)
    path = network_run / "build" / "runs" / NETWORK / "report.json"
    before = json.loads(path.read_text())
    result = ohmloop("energy", NETWORK)
    assert result.returncode == 0, result.stderr
    assert "Energy per image, nJ" in result.stdout
    after = json.loads(path.read_text())
    (run,) = after["runs"]
    found = run["energy"]
    assert (found["images"], found["seconds"]) == (2, near(found["cycles"] * 1e-8))
    assert found["cycles"] == 2 * run["cycles"]["predicted"]

    # Joules add up, by cause, by layer and by block.
    assert found["joules"].keys() == set(CHIP_CAUSES)
    assert min(found["joules"].values()) > 0
    parts = [*found["layers"], found["shared"]]
    for whole in (sum(found["joules"].values()), sum(part["total_j"] for part in parts)):
        assert found["total_j"] == near(whole)
    assert found["total_j"] == near(sum(unit["total_j"] for unit in found["units"]))
    assert sum(part["joules"]["wires"] for part in parts) == near(found["joules"]["wires"])

    # The analog side of each layer is that of its run.
    for layer, spent in zip(run["layers"], found["layers"], strict=True):
        analog = layer["energy"]["analog"]
        for cause in ("array", "converters", "row_inputs", "word_lines", "multiplexers"):
            expected = 0 if analog is None else analog[f"{cause}_j"]
            assert spent["joules"][cause] == near(expected)

    area = found["area"]
    assert area["total_m2"] == near(sum(area.values()) - area["total_m2"])
    width_m, height_m = found["floorplan"]["chip"]
    assert width_m * height_m == near(area["total_m2"])
    one, two = found["merit"]
    assert (one["operations_per_mac"], two["operations_per_mac"]) == (1, 2)
    assert one["joules"] == near(found["total_j"] / 2)
    assert two["tops"] == near(2 * one["tops"])
    blocks = found["gates"].values()
    slowest = max(block["shortest_period_s"] for block in blocks)
    assert found["clock"]["shortest_period_s"] == slowest

    # What rests on a number tells it; all else stays as it was.
    names = {number["name"] for number in after["numbers"]}
    assert {"macro_adcs_area", "global_wire"} <= names
    (check,) = run["checks"]
    assert check["passed"]
    assert check["detail"].startswith(f"measured {found['cycles']}, predicted ")
    del run["energy"], before["runs"][0]["energy"]
    assert after["runs"] == [one | {"checks": [check]} for one in before["runs"]]


def test_network_that_is_no_longer_what_ran(ohmloop, network_run):
    chip = network_run / "chip.toml"
    text = chip.read_text()
    chip.write_text(text.replace("value = 0.2", "value = 0.25"))
    result = ohmloop("energy", NETWORK)
    message = f"Chip of run '{NETWORK}' must be as it ran, but was changed; run it again"
    assert result.stderr == f"ohmloop: {message}\n"
    assert result.returncode == 2
    chip.unlink()
    result = ohmloop("energy", NETWORK)
    assert result.stderr == (
        "ohmloop: Chip file 'chip.toml' cannot be read: No such file or directory\n"
    )
    assert result.returncode == 2


@pytest.mark.long
def test_core_and_blocks_of_every_layer_are_exported(ohmloop, network_run):
    result = ohmloop("energy", NETWORK, "--export", "out")
    assert result.returncode == 0, result.stderr
    (run,) = json.loads((network_run / "build/runs" / NETWORK / "report.json").read_text())["runs"]
    folders = {folder.name: folder for folder in (network_run / "out").iterdir()}
    units = {unit["path"]: unit for unit in run["energy"]["units"]}
    assert "tile.core" in folders

    # A macro and the logic of a PE of each layer that has them, and no other takes more.
    for layer in (layer["name"] for layer in run["layers"]):
        for kind in (".macro_", ".logic"):
            of_layer = {
                path: unit["total_j"]
                for path, unit in units.items()
                if unit["layer"] == layer and kind in path
            }
            exported = of_layer.keys() & folders.keys()
            assert len(exported) == min(1, len(of_layer))
            assert all(of_layer[path] == max(of_layer.values()) for path in exported)

    # They ran as long as the operation took: the core, all the time.
    cycles = {}
    for name, folder in folders.items():
        text = (folder / "activity.saif").read_text()
        duration_ps = int(re.search(r"\(DURATION (\d+)\)", text)[1])
        cycles[name] = duration_ps / 10_000
        assert int(re.search(r"^\(clk .*\(TC (\d+)\)", text, re.M)[1]) == 2 * cycles[name]
    assert cycles.pop("tile.core") == run["energy"]["cycles"]
    assert max(cycles.values()) < run["energy"]["cycles"]
