import runpy
from pathlib import Path

import numpy as np
import pytest

from behavioral import adc
from hw_spec.chip import read_chip
from network import images, integer
from ohmloop.network_case import NetworkCase, prepare

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "calibrate_network.py"
NETWORK = f"{ROOT}/examples/networks.py:digits_mlp"


@pytest.fixture(scope="module")
def calibrate():
    return runpy.run_path(str(SCRIPT))["calibrate"]


def test_references_err_least_on_what_all_layers_convert(calibrate):
    """The perceptron has two layers of one macro each, and one vector per image."""
    chip_file = ROOT / "chips" / "rram_taox_32nm.toml"
    spec = read_chip(chip_file).macro
    prepared = prepare(NetworkCase(network=NETWORK, chip=chip_file, images=1, engine="twin"))
    shown = images.load("digits").train_inputs[:2]
    tensors = integer.run(prepared.network, integer.pixels(shown, 8))
    steps = []
    for operation in prepared.network.operations:
        inputs = tensors[operation.source].reshape(len(shown), -1).astype(int)
        weights = operation.weights.reshape(inputs.shape[1], -1).astype(int) + 128
        digits = (weights[:, :, None] >> 4 * np.arange(2) & 15).reshape(len(weights), -1)
        for plane in range(8):
            steps.append(((inputs >> plane & 1) @ (digits - spec.reference_level)).ravel())
    expected = adc.calibrate(np.concatenate(steps), spec.adc.bits)
    assert calibrate(chip_file, NETWORK, "digits") == expected


def test_chip_for_vgg8_differs_from_that_for_digits_in_tile_and_references_alone():
    intel = read_chip(ROOT / "chips" / "rram_intel_32nm.toml")
    taox = read_chip(ROOT / "chips" / "rram_taox_vgg8_32nm.toml")
    vgg8 = read_chip(ROOT / "examples" / "rram_intel_vgg8_32nm.toml")
    assert vgg8.tile == taox.tile
    macro = vgg8.macro.model_copy(update={"adc": intel.macro.adc})
    same = {"name": intel.name, "tile": intel.tile, "macro": macro}
    assert vgg8.model_copy(update=same) == intel
