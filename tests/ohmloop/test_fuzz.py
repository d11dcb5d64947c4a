import shlex

import pytest
from click.testing import CliRunner

from cosim.engines import ENGINES
from ohmloop import fuzz as fuzz_module
from ohmloop.cli import app

SMALL = 45
"""Seed whose first chip is small and has a flash converter and slices that do not divide."""


@pytest.fixture
def command(tmp_path):
    """Run a command of the command line with a build folder of its own."""

    def command(*words):
        return CliRunner().invoke(app, [*words, "--build-dir", str(tmp_path)])

    return command


def test_planted_difference_is_saved_and_told_with_what_replays_it(
    command, monkeypatch, make_engine, flips_a_psum, tmp_path
):
    engines = {"a": make_engine(), "bad": make_engine(flips_a_psum), "c": make_engine()}
    monkeypatch.setattr(fuzz_module, "ENGINES", engines)
    result = command("fuzz", "--cases", "5", "--seed", "2")
    assert result.exit_code == 1
    told, summary = result.stdout.splitlines()
    head, _, replay = told.partition("; replay it with: ohmloop ")
    difference = "psum of vector 0, output 0 is 1 on a and 0 on bad"
    assert head.endswith(f": {difference}")
    number = int(head.removeprefix("Case ").partition(":")[0])
    path = tmp_path / "fuzz" / "cases" / f"seed-2-case-{number}.npz"
    assert replay == f"replay {path} --engine a --engine bad"
    assert summary.startswith(f"{number + 1} of 5 cases of seed 2 were run, differences: 1 (a ")
    assert {entry.name for entry in (tmp_path / "fuzz").iterdir()} <= {"cases", ".lock"}

    again = command(*shlex.split(replay))
    assert again.exit_code == 1
    assert f"DIFFERENT {difference}" in again.stdout


def test_no_difference_is_told_with_the_cases_of_each_engine(command, monkeypatch, make_engine):
    engines = {"a": make_engine(), "cocotb": make_engine(), "c": make_engine()}
    monkeypatch.setattr(fuzz_module, "ENGINES", engines)
    result = command("fuzz", "--cases", "35")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("30 of 35 cases, ")
    assert lines[-1].startswith(
        "35 of 35 cases of seed 1 were run, no difference (a 35, c 35, cocotb 8; "
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--engine", "pysim"], "Fuzzing must compare at least 2 engines, not 1"),
        (["--engine", "pysm"], "Engine 'pysm' is unknown; nearest: pysim"),
    ],
)
def test_what_cannot_be_compared_is_refused(command, words, message, tmp_path):
    error = command("fuzz", *words).exception
    assert (type(error), str(error)) == (ValueError, message)
    assert not (tmp_path / "fuzz").exists()


def test_native_equals_pysim_on_drawn_cases(command, tmp_path):
    engines = ("--engine", "pysim", "--engine", "native")
    result = command("fuzz", "--cases", "8", "--seed", str(SMALL), *engines)
    assert result.exit_code == 0, result.stdout
    assert "8 of 8 cases of seed 45 were run, no difference (pysim 8, native 8; " in result.stdout
    assert not (tmp_path / "cache").exists()


@pytest.mark.long
def test_all_engines_are_equal_on_drawn_cases(command):
    result = command("fuzz", "--cases", "34", "--seed", "3")
    assert result.exit_code == 0, result.stdout
    for name in ENGINES:
        assert f"{name} " in result.stdout
