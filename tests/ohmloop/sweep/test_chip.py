import numpy as np
import pytest

from behavioral import adc, ideal
from hw_spec.chip import read_chip
from network import images, integer, place
from network.compile import compile_network
from ohmloop.network_module import import_quantised, load_module
from ohmloop.sweep.chip import calibrated, changed, column_values, fitted

IMAGES = 6  # more vectors than are looked at together


@pytest.fixture(name="chip")
def _chip(network_files):
    return read_chip(network_files() / "chip.toml")


@pytest.fixture(name="network")
def _network(network_files):
    module = load_module(network_files() / "nets.py", "small")
    inputs = images.load("digits").train_inputs
    return import_quantised(module, inputs, activation_bits=8, weight_bits=8)[1]


def seen_values(network, spec):
    """Return what lossless converters see of training images, by the definition of a convolution.

    The convolution has 9 inputs and 4 outputs, which one macro holds; the dense layer has 16 and
    10, which two hold, 8 outputs in one and 2 in the other.
    """
    inputs = integer.pixels(images.load("digits").train_inputs[:IMAGES], 8)
    tensors = {integer.INPUT: inputs, **integer.run(network, inputs)}
    conv, dense = (one for one in network.operations if hasattr(one, "weights"))
    padded = np.pad(inputs[..., 0], ((0, 0), (1, 1), (1, 1)), constant_values=conv.pad_value)
    windows = [
        padded[:, top : top + 3, left : left + 3].reshape(IMAGES, 9)
        for top in range(0, 8, 2)
        for left in range(0, 8, 2)
    ]
    maps = tensors[dense.source].reshape(IMAGES, 16)
    cut = [(np.concatenate(windows), conv.weights.reshape(9, 4))]
    cut += [(maps, dense.weights.reshape(16, 10)[:, some]) for some in (np.s_[:8], np.s_[8:])]
    found = []
    for vectors, weights in cut:
        steps = ideal.column_steps(
            place.pad_inputs(vectors, spec), place.levels(weights, spec), spec
        )
        found.append(steps[..., : 2 * weights.shape[1]].ravel())
    return np.concatenate(found)


def test_values_are_those_of_all_layers(chip, network):
    chip = changed(chip, {"tile": {"pes": 3}})
    found = column_values(chip, network, images.load("digits"), IMAGES)
    wanted = np.unique(seen_values(network, chip.macro), return_counts=True)
    np.testing.assert_array_equal(found, wanted)


def test_converters_suit_the_values(chip, network):
    chip = changed(chip, {"tile": {"pes": 3}})
    found = calibrated(chip, network, images.load("digits"), IMAGES)
    best = adc.calibrate(seen_values(network, chip.macro), 6)
    assert (found.macro.adc.step, found.macro.adc.zero_code) == best
    assert found.macro.adc != chip.macro.adc
    assert changed(found, {"macro": {"adc": chip.macro.adc.model_dump()}}) == chip


def test_chip_has_as_many_pes_as_the_network_needs(chip, network):
    roomy = changed(chip, {"tile": {"pes": 100}})
    compiled = compile_network(network, roomy.tile_spec(), schedule="single")
    small = fitted(roomy, compiled)
    # One macro per PE: one of the convolution, two of the dense layer.
    assert small.tile.pes == 3
    compile_network(network, small.tile_spec())
    with pytest.raises(ValueError, match=r"tile\.pes = 2"):
        compile_network(network, changed(small, {"tile": {"pes": 2}}).tile_spec())


def test_rule_that_is_broken_is_told_in_one_line(chip):
    with pytest.raises(ValueError, match=r"^in \[macro\] parallel_rows must not exceed rows = 4, "):
        changed(chip, {"macro": {"rows": 4}})
