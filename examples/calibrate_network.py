"""Choose the fixed references of a chip's ADC for a whole network, once, offline.

Runs training images through the ideal chip, looks at what the conversions of all layers together
would measure, and prints the `step` and `zero_code` of least squared error.

    python examples/calibrate_network.py examples/rram_intel_vgg8_32nm.toml \
        examples/networks.py:vgg8 digits32
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from behavioral import adc, ideal
from cosim.job import MacroJob, MacroRun
from cosim.tile.inference import Conditions, infer
from cosim.twin.compute import compute
from hw_spec.chip import read_chip
from network import images, integer
from ohmloop.network_case import NetworkCase, prepare

IMAGES = 2
"""Training images, the first ones."""

VECTORS = 32
"""Vectors of each macro that are looked at, evenly spread."""


def calibrate(chip_file: Path, network: str, data: str) -> tuple[int, int]:
    """Return step and zero code; test images play no part."""
    # Ideal cells and lossless converters: every layer is given what the exact network gives it.
    prepared = prepare(
        NetworkCase(network=network, chip=chip_file, data=data, images=1, engine="twin", ideal=True)
    )
    seen: Counter[int] = Counter()

    def look(number: int, job: MacroJob) -> None:
        spec, every = job.chip.macro, max(1, len(job.inputs) // VECTORS)
        steps = ideal.column_steps(job.inputs[::every], job.levels, spec)
        used = job.levels.reshape(spec.rows, -1, spec.columns).any(axis=(0, 1))
        values, counts = np.unique(steps[..., used], return_counts=True)
        seen.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))

    def run(job: MacroJob) -> MacroRun:
        return compute(job, toggles=False).run

    shown = integer.pixels(images.load(data).train_inputs[:IMAGES], prepared.network.input_bits)
    for _ in infer(
        *(prepared.compiled, prepared.chip, shown, Conditions(ideal=True)),
        run_macro=lambda step: run,
        traced=False,
        seen=look,
    ):
        pass
    values = np.repeat(np.fromiter(seen, np.int64), np.fromiter(seen.values(), np.int64))
    return adc.calibrate(values, read_chip(chip_file).macro.adc.bits)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: python examples/calibrate_network.py CHIP.toml NETWORK DATA")
    step, zero_code = calibrate(Path(sys.argv[1]), *sys.argv[2:])
    print(f"{sys.argv[1]}: step = {step}, zero_code = {zero_code}")
