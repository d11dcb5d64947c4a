import json

import pytest
from click.testing import CliRunner

from ohmloop.sweep import run
from ohmloop.sweep.command import sweep_command


@pytest.fixture(name="sweep")
def _sweep(tmp_path):
    """Return a function that runs the command; its results lie in ``build``."""

    def sweep(*args):
        call = [*map(str, args), "--build-dir", str(tmp_path / "build")]
        return CliRunner().invoke(sweep_command, call, catch_exceptions=True)

    return sweep


def test_alone_lists_the_sweeps(sweep):
    result = sweep()
    assert result.exit_code == 0
    assert "adc_bits: ADC bits" in result.output


def test_leaves_report_and_page(sweep, sweep_file, monkeypatch, make_result, tmp_path):
    monkeypatch.setattr(run, "measure", lambda *args, **kwargs: make_result())
    result = sweep(sweep_file(), "--images", 5)
    assert result.exit_code == 0, result.output
    folder = tmp_path / "build/sweeps/small"
    report = json.loads((folder / "sweep.json").read_text())
    assert (report["images"], len(report["points"])) == (5, 4)
    assert report["axes"][0] == {"name": "ADC bits", "values": ["6", "7"]}
    assert (folder / "sweep.html").read_text().startswith("<!DOCTYPE html>")
    assert "4 of 4: adc-bits-7_node-22-nm, done" in result.output
    assert "kept from before" in sweep(sweep_file(), "--images", 5).output


def test_other_network_has_a_folder_of_its_own(
    sweep, sweep_file, monkeypatch, make_result, tmp_path
):
    seen = []

    def measure(settings, network, *args, **kwargs):
        seen.append(network)
        return make_result()

    monkeypatch.setattr(run, "measure", measure)
    file = sweep_file()
    network = f"{file.parent}/nets.py:small"
    assert sweep(file, "--network", network).exit_code == 0
    assert seen == [network] * 4
    assert (tmp_path / "build/sweeps/small-small/sweep.json").is_file()


def test_sweep_of_which_nothing_can_be_run_is_an_error(sweep, sweep_file, monkeypatch):
    def refuses(*args, **kwargs):
        raise ValueError("Node must be known")

    monkeypatch.setattr(run, "measure", refuses)
    error = sweep(sweep_file()).exception
    assert isinstance(error, ValueError)
    assert str(error) == "No point of sweep 'small' can be run: Node must be known"


def test_sweep_fails_at_its_end_if_a_point_failed(
    sweep, sweep_file, monkeypatch, make_result, tmp_path
):
    def measure(settings, network, asked, *args, **kwargs):
        if "bits-6_node-22" in str(asked):
            raise RuntimeError("Yosys must leave a netlist")
        return make_result()

    monkeypatch.setattr(run, "measure", measure)
    result = sweep(sweep_file())
    assert result.exit_code == 1
    assert "2 of 4: adc-bits-6_node-22-nm, failed: Yosys must leave a netlist" in result.output
    assert "4 of 4: adc-bits-7_node-22-nm, done" in result.output
    assert "1 of 4 points failed; the next run tries them again" in result.output
    report = json.loads((tmp_path / "build/sweeps/small/sweep.json").read_text())
    assert [one["not_run"] for one in report["points"]] == [
        None,
        "Yosys must leave a netlist",
        None,
        None,
    ]


def test_sweep_of_which_every_point_fails_is_no_bad_input(sweep, sweep_file, monkeypatch):
    def fails(*args, **kwargs):
        raise TimeoutError("Run must end within 1 s")

    monkeypatch.setattr(run, "measure", fails)
    error = sweep(sweep_file()).exception
    assert isinstance(error, RuntimeError)
    assert str(error) == "No point of sweep 'small' can be run: Run must end within 1 s"


def test_unknown_sweep_names_the_nearest(sweep):
    error = sweep("device").exception
    assert str(error) == "Sweep 'device' is unknown; nearest: devices"
