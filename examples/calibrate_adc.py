"""Choose the fixed references of a chip's ADC from training images, once, offline.

Runs the first layer of the digits network on an ideal array, looks at what every conversion would
measure, and prints the `step` and `zero_code` of least squared error for the chip description.

    python examples/calibrate_adc.py chips/rram_taox_32nm.toml
"""

import sys
from pathlib import Path

from behavioral import adc, ideal
from hw_spec.chip import read_chip
from network import digits, perceptron, place

CHECKPOINT = Path(__file__).parent / "digits_perceptron.npz"


def calibrate(chip_file: Path) -> tuple[int, int]:
    """Return step and zero code for the chip in ``chip_file``; test images play no part."""
    spec = read_chip(chip_file).macro
    weights = perceptron.load(CHECKPOINT).network.hidden_weights
    inputs = place.pad_inputs(digits.load().train_inputs, spec)
    steps = ideal.column_steps(inputs, place.levels(weights, spec), spec)
    used = weights.shape[1] * spec.slices
    return adc.calibrate(steps[..., :used], spec.adc.bits)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit("usage: python examples/calibrate_adc.py CHIP.toml ...")
    for name in sys.argv[1:]:
        step, zero_code = calibrate(Path(name))
        print(f"{name}: step = {step}, zero_code = {zero_code}")
