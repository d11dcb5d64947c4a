import io
import json

import pytest
from rich.console import Console

from ohmloop.bench import AIMS, run_benchmarks
from ohmloop.speed.rounds import Measure, measure, seconds, table, write


@pytest.fixture(name="console")
def _console():
    return Console(width=100, record=True, quiet=True)


def counter(name, step):
    """Return a measure that gives 1, 2, 3 ... times a step."""

    def prepare(build_dir):
        taken = iter(range(1, 100))
        return lambda: {name: step * next(taken)}

    return Measure(name, prepare)


def test_figures_are_taken_once_per_round(tmp_path, console):
    measures = [counter("a", 1.0), counter("b", 10.0)]
    results = measure(measures, tmp_path, repeat=3, console=console)
    assert results == {
        "a": {"median": 2.0, "min": 1.0, "max": 3.0, "n": 3},
        "b": {"median": 20.0, "min": 10.0, "max": 30.0, "n": 3},
    }


def test_file_holds_the_figures_and_the_machine(tmp_path, build_dir):
    figures = {"a_over_b": {"median": 2.0, "min": 1.0, "max": 3.0, "n": 3}}
    write(tmp_path / "bench.json", figures, build_dir)
    document = json.loads((tmp_path / "bench.json").read_text())
    assert document.pop("machine")["cores"] >= 1
    assert document == figures


def test_missed_aims_are_told(console):
    spread = {"min": 0.0, "max": 0.0, "n": 1}
    results = {name: {"median": median, **spread} for name, median in (("a", 1.0), ("b", 3.0))}
    loud = Console(width=100, record=True, file=io.StringIO())
    loud.print(table(results, {"a": 2.0, "b": 2.0}))
    rows = [line.split("│") for line in loud.export_text().splitlines() if "│" in line]
    lines = {row[1].strip(): row[-2] for row in rows}
    assert "missed, 2.00" in lines["a"]
    assert "missed" not in lines["b"]


def test_wall_time_is_that_of_the_call():
    assert 0 <= seconds(lambda: None) < 1


def test_unknown_subject(tmp_path, console):
    with pytest.raises(
        ValueError, match=r"^Subject must be part of one of compiled loop, .*, not 'x'$"
    ):
        run_benchmarks(tmp_path, repeat=1, only="x", console=console)
    assert "native_over_raw" in AIMS
