"""A small network on a small chip: records of it, and what is told about a difference."""

import dataclasses
import re
import subprocess
import sys

import pytest

from cosim.tile.engines import macro_runner
from network import images
from ohmloop.regress import simulate as module
from ohmloop.regress.cases import read_cases
from ohmloop.regress.differences import differences
from ohmloop.regress.record import read_golden
from ohmloop.regress.simulate import place_of, simulate

NETWORK = """
import torch
from torch import nn


def small(seed=1):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        body = nn.Sequential(nn.Conv2d(1, 4, 3, stride=3), nn.ReLU(), nn.AvgPool2d(2, 1))
        return nn.Sequential(body, nn.Flatten(), nn.Linear(4, 10)).eval()
"""
CASE = """
[[case]]
name = "small-device"
network = "nets/nets.py:small"
chip = "chip.toml"
images = 4
"""
SMALL = {"rows": 16, "columns": 16, "parallel_rows": 16}
TILE = {
    "macros_per_pe": 1,
    "pes": 4,
    "activations": 256,
    "pieces": 64,
    "program_words": 128,
    "scales": 4,
    "marks": 8,
}


@pytest.fixture
def path(root, tmp_path):
    """A list of one case."""
    text = (root / "chips" / "rram_taox_32nm.toml").read_text()
    for key, value in (SMALL | TILE).items():
        text, count = re.subn(rf"(?m)^{key} = \d+", f"{key} = {value}", text)
        assert count == 1
    (tmp_path / "chip.toml").write_text(text)
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "nets.py").write_text(NETWORK)
    path = tmp_path / "networks.toml"
    path.write_text(CASE)
    return path


@pytest.fixture
def twin_case(path):
    path.write_text(CASE + 'engine = "twin"\n')
    (case,) = read_cases(path)
    return case


def test_record_of_the_twin(twin_case, path, build_dir):
    record = simulate(twin_case, path.parent, build_dir=build_dir)
    assert record.settings == twin_case.settings()
    assert record.rtl_hash is None
    conv, pool, fc = record.layers
    assert [layer.kind for layer in record.layers] == ["matrix", "sum", "matrix"]
    # By hand: (8 - 3) // 3 + 1 = 2 rows of 2 positions, a row for each of two copies.
    assert (conv.macros, conv.vectors, pool.vectors, fc.vectors) == (2, 2, 1, 1)
    assert (pool.macros, pool.psums_by_macro) == (0, {})
    assert all(layer.measured_cycles is None for layer in record.layers)
    assert [len(layer.outputs) for layer in record.layers] == [4 * 8] * 3
    # The core works for all layers, and belongs to none.
    assert record.toggles > sum(layer.toggles for layer in record.layers) > 0
    labels = images.load("digits").test_labels[:4]
    assert record.accuracy * len(labels) in range(5)
    again = simulate(twin_case, path.parent, build_dir=build_dir)
    assert differences(record, again) == []


def test_other_seed_is_a_difference_of_data_from_the_first_layer_on(twin_case, path, build_dir):
    other = twin_case.model_copy(update={"seed": 2})
    records = [simulate(case, path.parent, build_dir=build_dir) for case in (twin_case, other)]
    found = differences(*records)
    assert str(found[0]) == "setting 'seed' must be 1, not 2"
    assert next(one.layer for one in found if one.data) == records[0].layers[0].name


@pytest.fixture
def breaks_native(monkeypatch):
    """Have a broken twin run wherever `native` is asked for."""

    def breaks_native(fault):
        def runner(addresses, **options):
            twin = macro_runner(dict.fromkeys(addresses, "twin"), **options)
            if "native" not in addresses.values():
                return twin
            return lambda step: lambda job: fault(job, twin(step)(job))

        monkeypatch.setattr(module, "macro_runner", runner)

    return breaks_native


def test_place_is_the_first_psum_in_which_engines_differ(twin_case, path, build_dir, breaks_native):
    def fault(job, run):
        psums = run.psums.copy()
        psums[5, 1] += 1  # of two vectors per image
        return dataclasses.replace(run, psums=psums)

    breaks_native(fault)
    layer = layer_names(twin_case, path, build_dir)[0]
    place = place_of(twin_case, path.parent, layer, build_dir=build_dir)
    found = re.fullmatch(
        r"engines differ in layer '.*', image 2, vector 1, macro \d, output 1: "
        r"psum is (-?\d+) on 'twin' and (-?\d+) on 'native'",
        place,
    )
    assert found
    assert int(found[2]) == int(found[1]) + 1


def test_engines_that_agree_are_told(twin_case, path, build_dir, breaks_native):
    breaks_native(lambda job, run: run)
    layer = layer_names(twin_case, path, build_dir)[-1]
    place = place_of(twin_case, path.parent, layer, build_dir=build_dir)
    assert place.startswith(f"engines 'twin' and 'native' agree on layer '{layer}'")


def test_engine_that_stops_tells_the_place(twin_case, path, build_dir, breaks_native):
    def fault(job, run):
        raise RuntimeError("RTL differs in cycle 7, vector 3")

    breaks_native(fault)
    layer = layer_names(twin_case, path, build_dir)[-1]
    place = place_of(twin_case, path.parent, layer, build_dir=build_dir)
    assert place == f"engine 'native' stops in layer '{layer}': RTL differs in cycle 7, vector 3"


def layer_names(case, path, build_dir):
    return [layer.name for layer in simulate(case, path.parent, build_dir=build_dir).layers]


@pytest.mark.long
def test_regression_of_a_tile_in_rtl(path, root, build_dir, tmp_path):
    def regress(*options):
        main = "from ohmloop.start import main; main()"
        command = [sys.executable, "-c", main, "regress", "--list", path, *options]
        command += ["--build-dir", build_dir, "--jobs", "1"]
        return subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=900)

    for case in ("", "ideal = true\n"):
        path.write_text(CASE + case)
        result = regress("--update", "--yes", "--fresh")
        assert result.returncode == 0, result.stderr
        written = read_golden(path.with_name("golden.json"))
        (record,) = written.cases.values()
        assert record.rtl_hash is not None
        for layer in record.layers:
            assert layer.measured_cycles == layer.predicted_cycles > 0
        assert regress("--fresh").returncode == 0
    network = path.parent / "nets" / "nets.py"
    network.write_text(NETWORK.replace("seed=1", "seed=2"))
    result = regress()
    assert result.returncode == 1
    first = record.layers[0].name
    place = "first image 0, first vector 0, first macro"
    assert f"FAILED small-device\n  layer '{first}': data ({place}" in result.stdout
    assert "engines 'twin' and 'native' agree on layer" in result.stdout
    assert read_golden(path.with_name("golden.json")) == written
