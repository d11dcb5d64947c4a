"""Waveforms of the compiled model of a tile."""

import re

import pytest

from cosim.tile.flat import run_flat

FLASH = {"bits": 5, "step": 2, "zero_code": 16}
PERIOD_PS = 10_000  # of the small chip


@pytest.fixture(scope="module")
def parts(make_case, run_steps):
    case = make_case(FLASH, images=1)
    return case.compiled, case.images, run_steps(case)[1]


@pytest.mark.long  # builds a library that can trace
def test_waveform_holds_the_window_alone(parts, tmp_path, build_dir):
    waves = tmp_path / "waves.vcd"
    plain = run_flat(*parts, build_dir=build_dir)
    window = range(plain.simulated_cycles - 400, plain.simulated_cycles - 350)
    run = run_flat(*parts, build_dir=build_dir, waves=waves, window=window)
    head, _, changes = waves.read_text().partition("$enddefinitions")
    assert " analog_5__row_drive " in head
    times = [int(time) for time in re.findall("^#([0-9]+)$", changes, re.M)]
    edges = range(window.start * PERIOD_PS, window.stop * PERIOD_PS + 1, PERIOD_PS // 2)
    assert times == list(edges)
    assert run.toggles == plain.toggles
    assert run.outputs.tolist() == plain.outputs.tolist()


REFUSED = {
    "name": ({"waves": "waves.txt"}, r"Waveform must end in one of \.vcd, \.fst, not 'waves\.txt'"),
    "no waveform": ({"window": range(1, 2)}, "Window must come with a waveform"),
    "empty": (
        {"waves": "waves.vcd", "window": range(5, 5)},
        r"Window must be one or more cycles from 0 on, not range\(5, 5\)",
    ),
    "late": (
        {"waves": "waves.vcd", "window": range(10**6, 10**6 + 1)},
        r"Window must begin before the run ends in cycle \d+, not in cycle 1000000",
    ),
}


@pytest.mark.parametrize(
    "case", ["name", "no waveform", "empty", pytest.param("late", marks=pytest.mark.long)]
)
def test_waveform_or_window_that_cannot_be(case, parts, tmp_path, build_dir):
    options, message = REFUSED[case]
    options = dict(options)
    if "waves" in options:
        options["waves"] = tmp_path / options["waves"]
    with pytest.raises(ValueError, match=f"^{message}$"):
        run_flat(*parts, build_dir=build_dir, **options)
