"""Published networks with random weights, compiled whole."""

import time

import numpy as np
import pytest

from hw_spec.macro import AdcSpec
from hw_spec.program import Kind, Setting
from network.compile import compile_network
from network.importer import import_module
from network.integer import run
from network.lower import quantise

ADC = AdcSpec(bits=5, step=3, zero_code=19)


@pytest.fixture(scope="module")
def large_tile(make_tile):
    """1024 PEs of 9 macros of 128 x 128 cells of 4 bits; 8 columns share a converter."""
    macro = {"columns_per_adc": 8, "adc": ADC}
    return make_tile(128, 128, macro, macros_per_pe=9, activations=2**19)


@pytest.fixture(scope="module")
def integer_network(make_network, random_images):
    def integer_network(name):
        module, shape = make_network(name)
        return quantise(import_module(module, shape), random_images(shape, 4))

    return integer_network


def macros_of_layers(compiled):
    """Macros of one copy of each layer."""
    layers = [step for step in compiled.steps if step.kind is Kind.MATRIX]
    macros = [sum(compiled.pes[pe].macros for pe in step.pes) for step in layers]
    copies = [step.settings[Setting.COPIES] for step in layers]
    return [a // b for a, b in zip(macros, copies, strict=True)]


def vectors(compiled):
    return [step.positions for step in compiled.steps if step.kind is Kind.MATRIX]


@pytest.mark.parametrize("name", ["everything", "residual", "dense", "narrow_vgg8", "perceptron"])
def test_imported_networks_run_on_small_macros(name, integer_network, make_tile, interpret):
    network = integer_network(name)
    compiled = compile_network(network, make_tile(16, 16, pes=400))
    agree(network, compiled, interpret)


def agree(network, compiled, interpret):
    rng = np.random.default_rng(2)
    image = rng.integers(0, 256, (1, *network.input_shape), dtype=np.uint8)
    want, have = run(network, image), interpret(compiled, image[0])
    assert have.keys() >= {network.output}
    for name, tensor in want.items():
        if name in have:
            np.testing.assert_array_equal(have[name], tensor[0], name)


@pytest.mark.long
def test_vgg8_takes_the_macros_that_its_matrices_fill(integer_network, large_tile, interpret):
    network = integer_network("vgg8")
    start = time.monotonic()
    compiled = compile_network(network, large_tile, schedule="single")
    assert time.monotonic() - start < 20
    # Rows / 128 times outputs / 64, both rounded up: 27 x 128, 1152 x 128, ... 8192 x 1024.
    assert macros_of_layers(compiled) == [2, 18, 36, 72, 144, 288, 1024, 8]
    assert (compiled.macros, len(compiled.pes)) == (1592, 193)
    # Positions before pooling.
    assert vectors(compiled) == [1024, 1024, 256, 256, 64, 64, 1, 1]
    agree(network, compiled, interpret)


@pytest.mark.long
@pytest.mark.parametrize("mapping", ["conventional", "kernel"])
@pytest.mark.parametrize("name", ["vgg8", "resnet18", "densenet40"])
def test_published_networks_run(name, mapping, integer_network, large_tile, interpret):
    network = integer_network(name)
    compiled = compile_network(network, large_tile, mapping=mapping)
    period = large_tile.macro.cycles_per_vector
    for step in compiled.steps:
        assert step.kind is not Kind.MATRIX or step.words <= step.positions * period
    agree(network, compiled, interpret)
