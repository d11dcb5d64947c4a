"""The commands that compile, show and run a network, from the command line."""

import json
import re

import pytest


@pytest.fixture
def files(network_files):
    return network_files()


@pytest.fixture
def compiled(ohmloop, files):
    result = ohmloop(
        "compile",
        "nets.py:small",
        "--chip",
        "chip.toml",
        "--address",
        "0.3=native",
        "--out",
        "small.npz",
    )
    assert result.returncode == 0, result.stderr
    assert "3 operations, 4 macros in 4 PEs of 'small'" in result.stdout
    return files / "small.npz"


def test_compiled_network_is_shown_and_runs(ohmloop, compiled, files):
    shown = ohmloop("show", str(compiled))
    assert shown.returncode == 0, shown.stderr
    for part in ("0.0.0", "0.1", "0.3", "native", "mark", "halt"):
        assert part in shown.stdout

    options = ("--images", "5", "--engine", "twin", "--ideal", "--build-dir", "build")
    run = ohmloop("run", str(compiled), *options)
    assert run.returncode == 0, run.stderr
    assert " 0 activations other than those of the integer network" in " ".join(run.stdout.split())
    report = json.loads(
        (files / "build" / "runs" / "small-small-ideal" / "report.json").read_text()
    )
    (one,) = report["runs"]
    assert report["passed"]
    assert one["checks"][0]["passed"]
    assert [layer["name"] for layer in one["layers"]] == ["0.0.0", "0.1", "0.3"]
    total = sum(layer["cycles"]["predicted"] for layer in one["layers"]) + 1  # and one halts
    assert one["cycles"] == {"predicted": total, "measured": None}
    assert f"{one['cycles']['predicted'] * 5:,} cycles of the tile" in run.stdout
    assert len(one["labels"]) == report["accuracy"]["images"] == 5
    assert report["numbers"]
    assert all(number["source"] for number in report["numbers"])


REFUSED = {
    "engine": (("run", "nets.py:small", "--engine", "pysim"), "Engine 'pysim' is unknown; known: "),
    "layer": (
        ("run", "nets.py:small", "--address", "0.9=twin"),
        "Layer '0.9' is unknown; nearest: ",
    ),
    "no engine": (
        ("run", "nets.py:small", "--address", "0.3"),
        "Address must be LAYER=ENGINE, not ",
    ),
    "name": (
        ("run", "nets.py:small", "--name", "../a"),
        "Name must be letters, digits, '.', '_' or '-', not '../a'",
    ),
    "file": (("show", "nets.npz"), "Network file 'nets.npz' cannot be read: No such file"),
    "network": (("run", "nets.py:smal"), "Network file 'nets.py' must define 'smal', but does not"),
    "exit": (("run", "leaves.py:a"), "Network file 'leaves.py' cannot be run: SystemExit: 3"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_told_in_one_line(case, ohmloop, files):
    (files / "leaves.py").write_text("raise SystemExit(3)\n")
    arguments, message = REFUSED[case]
    chip = () if arguments[0] == "show" else ("--chip", "chip.toml")
    result = ohmloop(*arguments, *chip)
    assert re.fullmatch(f"ohmloop: {re.escape(message)}.*\n", result.stderr)
    assert result.returncode == 2
    assert not (files / "build" / "runs").exists()


def test_named_run_goes_to_its_folder(ohmloop, compiled, files):
    result = ohmloop("run", str(compiled), "--images", "1", "--engine", "twin", "--name", "mine")
    assert result.returncode == 0, result.stderr
    assert [one.name for one in (files / "build" / "runs").iterdir()] == ["mine"]
