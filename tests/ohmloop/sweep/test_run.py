import json

import pytest

from hw_spec.chip import read_chip
from ohmloop.sweep import run
from ohmloop.sweep.plan import read_sweep


@pytest.fixture(name="ran")
def _ran(monkeypatch, make_result):
    """Replace what measures a point; return the list of the chips that were asked for."""
    ran = []

    def measure(settings, network, asked, point_dir, *, build_dir, told):
        chip = read_chip(asked)
        told("mapping", None)
        told("running", 0.5)
        ran.append((chip.macro.adc.bits, chip.node_nm))
        if chip.node_nm == 22 and chip.macro.adc.bits == 7:
            raise ValueError("Node must be known")
        return make_result(chip.macro.adc.bits)

    monkeypatch.setattr(run, "measure", measure)
    return ran


def outcomes(path, progress=lambda what: None, **settings):
    sweep = read_sweep(path).changed(**settings)
    build_dir = path.parent / "build"
    found = run.run_points(
        sweep, path.parent, build_dir / "run", build_dir=build_dir, progress=progress
    )
    return list(found)


def test_each_point_runs_on_its_own_chip(sweep_file, ran):
    found = outcomes(sweep_file())
    assert ran == [(6, 32), (6, 22), (7, 32), (7, 22)]
    assert [one.kept for one in found] == [False] * 4
    assert found[0].result["energy"]["images"] == 2


def test_what_is_being_done_is_told_with_its_point(sweep_file, ran):
    told = []
    outcomes(sweep_file(), told.append)
    name = "adc-bits-6_node-32-nm"
    assert told[:3] == [name, f"{name}: mapping", f"{name}: running, 50%"]


def test_point_that_cannot_be_run_is_told_and_the_others_run(sweep_file, ran):
    found = outcomes(sweep_file())
    assert [one.reason for one in found] == ["", "", "", "Node must be known"]
    assert found[3].result is None


def test_points_that_are_done_are_kept(sweep_file, ran):
    path = sweep_file()
    first = outcomes(path)
    ran.clear()
    second = outcomes(path)
    assert ran == [(7, 22)]  # what cannot be run is asked again
    assert [one.kept for one in second] == [True, True, True, False]
    assert [one.result for one in second] == [one.result for one in first]


def test_interrupted_sweep_goes_on_where_it_was(sweep_file, ran, monkeypatch):
    path, measure = sweep_file(), run.measure

    def interrupted(*args, **kwargs):
        if len(ran) == 2:
            raise KeyboardInterrupt
        return measure(*args, **kwargs)

    monkeypatch.setattr(run, "measure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        outcomes(path)
    monkeypatch.setattr(run, "measure", measure)
    assert [one.kept for one in outcomes(path)] == [True, True, False, False]
    assert ran == [(6, 32), (6, 22), (7, 32), (7, 22)]


@pytest.mark.parametrize(
    "settings", [{"images": 5}, {"seed": 2}, {"calibration_images": 4}, {"energy_images": 2}]
)
def test_other_settings_run_all_again(sweep_file, ran, settings):
    path = sweep_file()
    outcomes(path)
    ran.clear()
    outcomes(path, **settings)
    assert len(ran) == 4


def test_other_chip_or_network_runs_all_again(sweep_file, ran):
    path = sweep_file()
    outcomes(path)
    for name in ("chip.toml", "nets.py"):
        ran.clear()
        file = path.with_name(name)
        file.write_text(file.read_text().replace("0.2", "0.3") + "\n# changed\n")
        outcomes(path)
        assert len(ran) == 4


def test_damaged_result_is_run_again(sweep_file, ran):
    path = sweep_file()
    outcomes(path)
    file = path.parent / "build/run/points/adc-bits-6_node-32-nm/result.json"
    tree = json.loads(file.read_text())
    for text in ("", "[]", json.dumps(tree | {"result": 3}), json.dumps({"key": tree["key"]})):
        file.write_text(text)
        ran.clear()
        outcomes(path)
        assert ran == [(6, 32), (7, 22)]


@pytest.mark.parametrize("error", [RuntimeError, TimeoutError])
def test_point_that_fails_is_told_and_tried_again(sweep_file, ran, monkeypatch, error):
    path, measure = sweep_file(), run.measure

    def fails(settings, network, asked, *args, **kwargs):
        if read_chip(asked).node_nm == 22:
            raise error("Build failed:\n  no cell")
        return measure(settings, network, asked, *args, **kwargs)

    monkeypatch.setattr(run, "measure", fails)
    found = outcomes(path)
    assert [one.failed for one in found] == [False, True, False, True]
    assert found[1].reason == "Build failed: no cell"
    assert found[1].result is None
    monkeypatch.setattr(run, "measure", measure)
    ran.clear()
    again = outcomes(path)
    assert ran == [(6, 22), (7, 22)]
    assert [one.failed for one in again] == [False] * 4
