import os
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from behavioral import adc, ideal
from hw_spec.chip import read_chip
from hw_spec.macro import AdcSpec
from network import digits, perceptron, place

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "calibrate_adc.py"
CHIPS = sorted((ROOT / "chips").glob("*.toml"))
chips = pytest.mark.parametrize("chip_file", CHIPS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def calibrate():
    return runpy.run_path(str(SCRIPT))["calibrate"]


@chips
def test_shipped_references_are_those_of_the_script(chip_file, calibrate):
    shipped = read_chip(chip_file).macro.adc
    assert calibrate(chip_file) == (shipped.step, shipped.zero_code)


@chips
def test_shipped_references_err_least_on_the_training_images(chip_file):
    spec = read_chip(chip_file).macro
    weights = perceptron.load(ROOT / "examples" / "digits_perceptron.npz").network.hidden_weights
    inputs = place.pad_inputs(digits.load().train_inputs, spec)
    steps = ideal.column_steps(inputs, place.levels(weights, spec), spec)
    used = weights.shape[1] * spec.slices
    values, counts = np.unique(steps[..., :used], return_counts=True)

    def squared_error(converter):
        codes = adc.convert(values, converter).astype(int)
        return counts @ (values - converter.step * (codes - converter.zero_code)) ** 2

    others = [
        AdcSpec(bits=spec.adc.bits, step=step, zero_code=zero_code)
        for step in range(1, 2 * int(np.abs(values).max()) + 2)
        for zero_code in range(2**spec.adc.bits)
    ]
    assert squared_error(spec.adc) == min(squared_error(other) for other in others)


@chips
def test_test_images_play_no_part(chip_file, calibrate, monkeypatch):
    data = digits.load()
    white = replace(data, test_inputs=np.full_like(data.test_inputs, 255))
    expected = calibrate(chip_file)
    monkeypatch.setattr(digits, "load", lambda: white)
    assert calibrate(chip_file) == expected


def test_script_prints_a_line_for_each_chip():
    names = [str(path.relative_to(ROOT)) for path in CHIPS]
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *names],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = []
    for name in names:
        converter = read_chip(ROOT / name).macro.adc
        lines.append(f"{name}: step = {converter.step}, zero_code = {converter.zero_code}")
    assert done.stdout.splitlines() == lines
