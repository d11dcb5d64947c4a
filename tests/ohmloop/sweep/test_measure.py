import json

import pytest

from hw_spec.chip import read_chip
from ohmloop.network_case import NetworkCase
from ohmloop.network_run import run_case
from ohmloop.sweep.measure import measure
from ohmloop.sweep.plan import read_sweep
from ohmloop.sweep.run import network_path

IMAGES = 30


@pytest.mark.long
def test_point_is_what_commands_for_one_chip_give(sweep_file, build_dir, tmp_path):
    path = sweep_file()
    settings = read_sweep(path).changed(images=IMAGES, calibration_images=3).settings
    network = network_path(settings.network, path.parent)
    point_dir = tmp_path / "point"
    point_dir.mkdir()
    found = measure(settings, network, path.with_name("chip.toml"), point_dir, build_dir=build_dir)
    chip = read_chip(point_dir / "chip.toml")
    assert json.loads(json.dumps(found))["chip"] == chip.model_dump(mode="json")

    case = NetworkCase(network=network, chip=point_dir / "chip.toml", images=IMAGES)
    run = run_case(case, build_dir=build_dir, work_dir=tmp_path / "work")
    assert run.run_cycles is not None  # the RTL of the tile
    energy = found["energy"]
    assert energy["cycles"] == run.run_cycles[0] == run.predicted_cycles
    assert found["accuracy"]["chip"] == run.accuracy
    assert found["pes"] == chip.tile.pes == 3
    assert found["utilisation"] == run.prepared.compiled.utilisation

    one = run_case(
        NetworkCase(network=network, chip=point_dir / "chip.toml", images=1, engine="twin"),
        build_dir=build_dir,
        work_dir=tmp_path / "work",
    )
    analog = [step.analog for step in one.steps if step.analog is not None]
    for cause in ("array", "converters", "row_inputs", "word_lines", "multiplexers"):
        drawn = sum(getattr(step, f"{cause}_j") for step in analog)
        assert energy["joules"][cause] == pytest.approx(drawn, rel=1e-12)
    assert energy["total_j"] == pytest.approx(sum(energy["joules"].values()))


def test_more_calibration_images_than_there_are_are_refused(sweep_file, build_dir, tmp_path):
    path = sweep_file()
    settings = read_sweep(path).changed(calibration_images=1438).settings
    network = network_path(settings.network, path.parent)
    message = r"^Number of calibration images must be between 1 and 1437, not 1438$"
    with pytest.raises(ValueError, match=message):
        measure(settings, network, path.with_name("chip.toml"), tmp_path, build_dir=build_dir)
