"""The command `report`; what stands on the page is held to the report in tests/ohmloop/page."""

import pytest
from click.testing import CliRunner

from ohmloop.cli import app


@pytest.fixture(name="build")
def _build(tmp_path):
    """Return a build folder that holds what `ohmloop sim` leaves, but damaged."""
    for name in ("fc_layer", "digits_cnn-small-ideal"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "report.json").write_text('{"schema_version": 2')
    (tmp_path / "runs" / "stopped").mkdir()
    return tmp_path


@pytest.fixture(name="report")
def _report():
    """Return a function that runs the command here."""

    def report(run, build):
        arguments = ["report", run, "--build-dir", str(build)]
        return CliRunner().invoke(app, arguments, standalone_mode=False)

    return report


def test_damaged_report_is_told_in_one_line_and_leaves_no_page(ohmloop, build):
    page = build / "runs" / "fc_layer" / "report.html"
    page.write_text("before")
    result = ohmloop("report", "fc_layer", "--build-dir", str(build))
    file = build / "runs" / "fc_layer" / "report.json"
    assert result.stderr.startswith(f"ohmloop: Report file '{file}' is damaged: file: Invalid JSON")
    assert (result.stderr.count("\n"), result.returncode) == (1, 2)
    assert page.read_text() == "before"
    assert sorted(one.name for one in page.parent.iterdir()) == ["report.html", "report.json"]


UNKNOWN = {
    "fc_laye": "nearest: fc_layer",
    "stopped": "known: digits_cnn-small-ideal, fc_layer",
    "../runs/fc_layer": "nearest: fc_layer",
}


@pytest.mark.parametrize("run", UNKNOWN)
def test_unknown_run_names_the_nearest(run, report, build):
    error = report(run, build).exception
    assert isinstance(error, ValueError)
    assert str(error) == f"Finished run {run!r} is unknown; {UNKNOWN[run]}"


def test_folder_without_runs_tells_how_to_make_one(report, tmp_path):
    error = report("fc_layer", tmp_path).exception
    assert isinstance(error, ValueError)
    assert str(error) == (
        f"Folder '{tmp_path}/runs' must hold a finished run, but holds none; make one with: "
        "ohmloop sim fc_layer"
    )
