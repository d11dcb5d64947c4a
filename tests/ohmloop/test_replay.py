import re

import pytest
from click.testing import CliRunner

from cosim.exchange import save_job
from ohmloop import fuzz as fuzz_module
from ohmloop.cli import app


@pytest.fixture
def replay(make_chip, make_job, tmp_path):
    """Replay a small job with a build folder of its own."""
    save_job(tmp_path / "case.npz", make_job(make_chip(), vectors=2))

    def replay(*words, case=tmp_path / "case.npz"):
        words = ["replay", str(case), *words, "--build-dir", str(tmp_path / "build")]
        return CliRunner().invoke(app, words)

    return replay


@pytest.fixture
def engines(monkeypatch, make_engine, flips_a_psum):
    def breaks(job, run):
        raise RuntimeError("simulator broke")

    engines = {"a": make_engine(), "same": make_engine(), "wrong": make_engine(flips_a_psum)}
    engines["broken"] = make_engine(breaks)
    monkeypatch.setattr(fuzz_module, "ENGINES", engines)


def rows(result):
    """Return the cells of the table's rows, by the first."""
    lines = [re.split(r"\s*[│|]\s*", line.strip("│| ")) for line in result.stdout.splitlines()]
    return {cells[0]: cells[1:] for cells in lines if len(cells) == 5}


def test_equal_engines_give_equal_rows(replay, engines):
    result = replay("--engine", "a", "--engine", "same")
    assert result.exit_code == 0
    table = rows(result)
    assert table["a"][:3] == table["same"][:3]
    assert re.fullmatch("[0-9a-f]{16}", table["a"][0])
    assert table["a"][1] == "2"
    assert "DIFFERENT" not in result.stdout


def test_difference_is_told_and_fails(replay, engines):
    result = replay("--engine", "a", "--engine", "same", "--engine", "wrong")
    assert result.exit_code == 1
    table = rows(result)
    assert table["a"][0] == table["same"][0] != table["wrong"][0]
    assert re.search(
        r"^DIFFERENT psum of vector 0, output 0 is \d+ on a and \d+ on wrong$",
        result.stdout,
        re.MULTILINE,
    )


def test_exception_is_told_and_fails(replay, engines):
    result = replay("--engine", "broken")
    assert result.exit_code == 1
    assert rows(result)["broken"][:3] == ["-", "-", "-"]
    assert "RuntimeError on broken: simulator broke" in result.stdout


def test_waves_of_one_engine(replay, tmp_path):
    waves = tmp_path / "waves.vcd"
    result = replay("--engine", "pysim", "--waves", str(waves))
    assert result.exit_code == 0, result.stdout
    assert "row_drive" in waves.read_text()
    assert rows(result)["pysim"][1] == "75"  # by hand: 10 + 2 * 27 + 5 + 6


def test_waves_of_a_window(replay, tmp_path):
    whole, part = tmp_path / "whole.vcd", tmp_path / "part.vcd"
    assert replay("--engine", "native", "--waves", str(whole)).exit_code == 0
    windowed = replay("--engine", "native", "--waves", str(part), "--window", "20:24")
    assert windowed.exit_code == 0, windowed.stdout
    assert 0 < part.stat().st_size < whole.stat().st_size


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--engine", "a", "--engine", "same", "--waves", "w.vcd"],
            "Option '--waves' must be given with one '--engine', not 2",
        ),
        (["--window", "1:2"], "'--waves' must be given when '--window' is"),
        (
            ["--engine", "a", "--waves", "w.vcd", "--window", "2:2"],
            "Window must be A:B with A below B, such as 100:140, not '2:2'",
        ),
        (
            ["--engine", "a", "--waves", "w.vcd", "--window", "1:2"],
            (
                "Engine 'a' must watch the whole run, not only cycles 1:2; "
                "use engine 'native' for a window"
            ),
        ),
        (["--engine", "sam"], "Engine 'sam' is unknown; nearest: same"),
    ],
)
def test_options_that_do_not_fit_are_refused(replay, engines, words, message, tmp_path):
    error = replay(*words).exception
    assert (type(error), str(error)) == (ValueError, message)
    assert not (tmp_path / "build").exists()


def test_missing_case_is_told_in_one_line(replay, tmp_path):
    error = replay(case=tmp_path / "none.npz").exception
    assert isinstance(error, ValueError)
    assert str(error) == (
        f"Job file '{tmp_path}/none.npz' cannot be read: No such file or directory"
    )
