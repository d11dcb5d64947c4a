import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from network import architectures, images, integer, weights
from network.evaluate import evaluate
from network.formats import part_concatenations
from network.graph import (
    FloatAddition,
    FloatConvolution,
    FloatGraph,
    FloatPooling,
    FloatScaling,
)
from network.importer import import_module
from network.lower import quantise

LONG = pytest.mark.long
NETWORKS = [
    "everything",
    "residual",
    "dense",
    "narrow_vgg8",
    "perceptron",
    pytest.param("vgg8", marks=LONG),
    pytest.param("resnet18", marks=LONG),
    pytest.param("densenet40", marks=LONG),
]


def real(network, tensors, name):
    """Return what the activations of a tensor mean; float64, channels first."""
    found = {operation.name: operation for operation in network.operations}.get(name)
    zero, scale = (found.zero, found.scale) if found else (0, 1 / (2**network.input_bits - 1))
    return scale * (torch.from_numpy(tensors[name]).permute(0, 3, 1, 2).double() - zero)


def expected_and_bound(operation, lowered, sources):
    """Return what an operation should give of its sources, and how far off it may be, by hand.

    Without the half step of the output, which is added by the caller.
    """
    x = sources[0]
    match operation:
        case FloatConvolution():
            weights = torch.from_numpy(operation.weights)
            biases = torch.from_numpy(operation.biases)
            window = {"stride": operation.stride, "padding": operation.padding}
            exact = functional.conv2d(x, weights, biases, **window)
            psum_scales = lowered.multipliers / 2.0**lowered.shift * lowered.scale
            # Half a step of each weight, times its input, and of the bias; the multiplier has at
            # least 7 bits, so it is off by less than 1 in 256.
            sizes = functional.conv2d(x.abs(), torch.ones_like(weights[:1]), **window)
            peaks = weights.abs().amax(dim=(1, 2, 3))
            steps = torch.maximum(peaks, peaks.max() / 256) / 127
            bound = sizes * steps[:, None, None] / 2
            bound = bound + torch.from_numpy(psum_scales)[:, None, None] / 2 + exact.abs() / 200
            if operation.pool:
                pool = operation.pool.window, operation.pool.stride
                exact, bound = (functional.max_pool2d(y, *pool) for y in (exact, bound))
        case FloatScaling():
            factors, offsets = (
                torch.from_numpy(operation.factors),
                torch.from_numpy(operation.offsets),
            )
            exact = x * factors[:, None, None] + offsets[:, None, None]
            bound = None
        case FloatPooling(kind="average"):
            exact, bound = functional.avg_pool2d(x, operation.window, operation.stride), None
        case FloatPooling():
            window = operation.window, operation.stride, operation.padding
            return functional.max_pool2d(x, *window), 0.0
        case FloatAddition():
            exact, bound = x + sources[1], None
        case _:
            return torch.cat(sources, dim=1), 0.0
    if bound is None:
        # Half a unit of each multiplier and of the bias, 255 steps at most of each term.
        terms = 255 * len(sources) * int(np.prod(getattr(lowered, "window", 1)))
        bound = lowered.scale * (terms + 1) / 2 ** (lowered.shift + 1)
    return (exact.relu() if getattr(operation, "relu", False) else exact), bound


@pytest.mark.parametrize("name", NETWORKS)
def test_each_operation_follows_the_floats_within_its_rounding(make_network, random_images, name):
    module, shape = make_network(name)
    graph, images = import_module(module, shape), random_images(shape, 4)
    network = quantise(graph, images)
    tensors = integer.run(network, images)
    parted = part_concatenations(graph)
    for operation, lowered in zip(parted.operations, network.operations, strict=True):
        sources = [real(network, tensors, source) for source in operation.sources]
        exact, bound = expected_and_bound(operation, lowered, sources)
        low, high = -lowered.zero * lowered.scale, (255 - lowered.zero) * lowered.scale
        computed = real(network, tensors, operation.name)
        # What does not fit the range saturates.
        error = (computed - exact.clamp(low, high)).abs()
        exactly = isinstance(bound, float) and bound == 0
        step = 0 if exactly else lowered.scale / 2
        assert (error <= (bound + step) * (1 + 1e-9) + 1e-9).all(), lowered.name


@pytest.mark.parametrize("name", NETWORKS)
def test_whole_network_follows_the_floats(make_network, random_images, name):
    module, shape = make_network(name)
    graph, images = import_module(module, shape), random_images(shape, 8)
    network = quantise(graph, images)
    expected = evaluate(graph, images)[graph.output].flatten(1).double()
    computed = real(network, integer.run(network, images), network.output).flatten(1)
    # 5 %: 0.8 to 2.7 % were seen with random weights at these seeds.
    assert float((computed - expected).square().mean().sqrt() / expected.std()) < 0.05


@pytest.mark.parametrize("name", ["digits_mlp", "digits_cnn", "digits_resnet"])
def test_trained_network_keeps_its_accuracy(root, name):
    data = images.load("digits")
    module = getattr(architectures, name)()
    weights.load(module, root / "examples" / "trained" / f"{name}.pt")
    graph = import_module(module, (1, 8, 8))
    network = quantise(graph, data.train_inputs[:200])
    floats = evaluate(graph, data.test_inputs)[graph.output].flatten(1).argmax(dim=1).numpy()
    labels = integer.classify(integer.outputs(network, data.test_inputs))
    # At most 2 of 360 images more are wrong; by how much floats are right is tested elsewhere.
    assert (labels == data.test_labels).sum() >= (floats == data.test_labels).sum() - 2
    assert np.mean(labels == floats) > 0.99


def test_fewer_bits_cost_accuracy(make_network, random_images):
    module, shape = make_network("narrow_vgg8")
    graph, images = import_module(module, shape), random_images(shape, 8)
    expected = evaluate(graph, images)[graph.output].flatten(1).double()
    errors = []
    for widths in ((8, 8), (6, 8), (4, 8), (8, 5), (8, 4)):
        network = quantise(graph, images, activation_bits=widths[0], weight_bits=widths[1])
        tensors = integer.run(network, integer.pixels(images, widths[0]))
        computed = real(network, tensors, network.output).flatten(1)
        errors.append(float((computed - expected).square().mean().sqrt()))
        tops = [np.abs(one.weights.astype(int)).max() for one in network.operations]
        assert set(tops) == {2 ** (widths[1] - 1) - 1}
        assert {one.bits for one in network.operations} == {widths[0]}
        assert max(tensor.max() for tensor in tensors.values()) < 2 ** widths[0]
    assert errors[0] < errors[1] < errors[2]
    assert errors[0] < errors[3] < errors[4]


def graph_of(*operations, shape=(1, 1, 2)):
    return FloatGraph(input_shape=shape, operations=operations, output=operations[-1].name)


def dense(weights, biases, **changed):
    weights = np.array(weights, dtype=float)[:, None, None, :]
    members = {"name": "fc", "sources": ("input",), "biases": np.array(biases, dtype=float)}
    return FloatConvolution(weights=weights, **members | changed)


WHITE = np.full((1, 1, 2, 1), 255)


def test_numbers_of_a_small_network():
    graph = graph_of(dense([[1, 0.5], [0, 0]], [0, 0.25], relu=True))
    (fc,) = quantise(graph, WHITE).operations
    # by hand: 0.5 / (1/127) = 63.5, halves up
    assert fc.weights.reshape(2, 2).tolist() == [[127, 0], [64, 0]]
    # by hand: 0.25 / (1 / 127 / 255 / 256) = 2072640
    assert fc.biases.tolist() == [0, 2072640]
    # by hand: the ratio of channel 0 is (1 / 127 / 255) / (1.5 / 255) = 1 / 190.5; 2**23 / 190.5
    # is 44034.7, the next power of two too much for 16 bits; 44034.7 / 256 is 172.01
    assert (fc.shift, fc.multipliers.tolist()) == (23, [44035, 172])
    assert (fc.zero, fc.pad_value, fc.scale) == (0, 0, pytest.approx(1.5 / 255))


def test_zero_point_of_the_source_is_in_the_bias():
    first = dense([[-1, -1]], [0], name="first")
    second = dense([[1]], [0], name="second", sources=("first",))
    _, second = quantise(graph_of(first, second), WHITE).operations
    # by hand: 128 * 127
    assert (second.pad_value, second.zero, second.biases.tolist()) == (128, 128, [-16256])


def test_scaling_by_hand():
    scaling = FloatScaling(
        name="bn", sources=("input",), factors=np.array([-2.0]), offsets=np.array([1.0])
    )
    images = np.array([0, 255]).reshape(1, 1, 2, 1)
    network = quantise(graph_of(scaling), images)
    (bn,) = network.operations
    # by hand: the range is 1, so a step is 1 / 127; a step of the input is 127 / 255 of that;
    # 2 * 127 / 255 * 2**15 is 32639.5, and (128 + 127) * 2**15 fits 32 bits
    assert (bn.multipliers.tolist(), bn.biases.tolist(), bn.shift) == ([-32639], [8355840], 15)
    assert integer.outputs(network, images).ravel().tolist() == [255, 1]


def test_addition_by_hand():
    half = dense([[0.5]], [0], name="half", relu=True)
    total = FloatAddition(name="sum", sources=("half", "input"))
    (_, total) = quantise(graph_of(half, total), WHITE).operations
    # by hand: the range is 1.5, so a third and two thirds of a step; 2 / 3 * 2**15 is 21845.3
    assert (total.multipliers, total.bias, total.shift) == ((10923, 21845), 0, 15)


def test_average_by_hand():
    pooling = FloatPooling(name="mean", sources=("input",), kind="average", window=(1, 2), stride=1)
    (mean,) = quantise(graph_of(pooling), WHITE).operations
    # by hand: half of 2**16 does not fit 15 bits
    assert (mean.multiplier, mean.bias, mean.shift, mean.zero) == (16384, 0, 15, 0)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_any_scale_of_weights_gives_the_same_integers(seed):
    rng = np.random.default_rng(seed)
    weights, biases = rng.normal(size=(3, 2)), rng.normal(size=3)
    # A power of two, so that nothing else is rounded.
    factor = 2.0 ** rng.integers(-100, 100)
    plain, scaled = (
        quantise(graph_of(dense(weights * one, biases * one)), WHITE).operations[0]
        for one in (1.0, factor)
    )
    np.testing.assert_array_equal(plain.weights, scaled.weights)
    np.testing.assert_array_equal(plain.biases, scaled.biases)
    np.testing.assert_array_equal(plain.multipliers, scaled.multipliers)


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        (
            [dense([[-1, -1]], [0], relu=True)],
            "Range of 'fc' must be above 0 and finite after calibration, not 0.0",
        ),
        ([dense([[0, 0]], [1])], "Largest weight of 'fc' must be above 0, not 0.0"),
        (
            # by hand: 1e6 / (1 / 127 / 255 / 256)
            [dense([[1, 1], [0, 0]], [0, -1e6])],
            "Largest bias of 'fc' must be at most 2147483647 psum units, not 8290560000000.0",
        ),
        (
            # by hand: two pixels of 1 cancel but for the bias; (1 / 127 / 255) / (1e-9 / 127), less
            # the 0.04 % by which the range 1e-9 is rounded up
            [dense([[1, -1]], [1e-9])],
            "Largest factor of 'fc' must be at most 65535, not 391982",
        ),
        (
            [
                dense([[1], [1]], [0, -1], relu=True),
                FloatScaling(
                    name="bn",
                    sources=("fc",),
                    factors=np.array([1e-3, 1e3]),
                    offsets=np.array([0, 0.0]),
                ),
            ],
            # by hand: 1000 * (1 / 255) / (1e-3 / 127), less the 0.14 % by which 1e-3 is rounded up
            "Largest factor of 'bn' must be at most 32767, not 497363.",
        ),
    ],
)
def test_what_cannot_be_quantised(operations, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        quantise(graph_of(*operations), WHITE)


@pytest.mark.parametrize(
    ("widths", "error", "message"),
    [
        ({"activation_bits": 9}, ValueError, "Activation width must be between 2 and 8, not 9"),
        ({"weight_bits": 1}, ValueError, "Weight width must be between 2 and 8, not 1"),
        ({"weight_bits": 4.0}, TypeError, "Weight width must be an integer, not 4.0"),
    ],
)
def test_widths_that_are_refused(widths, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        quantise(graph_of(dense([[1, 1]], [0])), WHITE, **widths)
