import re

import numpy as np
import pytest

from network import integer
from network.integer import (
    Addition,
    Concatenation,
    Convolution,
    IntegerNetwork,
    Pool,
    Pooling,
    Scaling,
)

OUTPUT = {"scale": 0.5, "zero": 0, "bits": 8}


def convolution(name, source, channels, **changed):
    members = {
        "weights": np.ones((3, 3, *channels), np.int8),
        "biases": np.arange(channels[1], dtype=np.int32),
        "multipliers": np.full(channels[1], 1000, np.uint16),
        "shift": 13,
        "stride": 1,
        "padding": 1,
        "pad_value": 0,
    }
    return Convolution(name=name, source=source, **OUTPUT | members | changed)


def scaling(name, source, channels):
    multipliers, biases = np.ones(channels, np.int16), np.zeros(channels, np.int32)
    numbers = {"multipliers": multipliers, "biases": biases, "shift": 1}
    return Scaling(name=name, source=source, **numbers, **OUTPUT)


def addition(name, *sources):
    return Addition(name=name, sources=sources, multipliers=(1, 1), bias=0, shift=1, **OUTPUT)


def concatenation(name, *sources, **changed):
    return Concatenation(name=name, sources=sources, **OUTPUT | changed)


def maximum(name, source, **changed):
    members = {"kind": "max", "window": (2, 2), "stride": 2, "padding": 0}
    numbers = {"multiplier": 1, "bias": 0, "shift": 0}
    return Pooling(name=name, source=source, **members, **numbers, **OUTPUT | changed)


def network(*operations, output=None, **changed):
    members = {"input_shape": (6, 4, 2), "input_bits": 8, "operations": operations}
    return IntegerNetwork(**members | {"output": output or operations[-1].name} | changed)


BRANCHES = (
    convolution("a", "input", (2, 3)),
    convolution("b", "a", (3, 3), stride=2),
    maximum("c", "a"),
    addition("d", "b", "c"),
    concatenation("e", "d", "c"),
    scaling("f", "e", 6),
    convolution("g", "f", (6, 5), pool=Pool(window=(3, 2), stride=3)),
)


def test_every_tensor_has_the_shape_that_is_told(random_images):
    net = network(*BRANCHES)
    images = random_images((2, 6, 4), 3)
    tensors = integer.run(net, images)
    assert list(tensors) == list(net.shapes) == ["input", *"abcdefg"]
    for name, tensor in tensors.items():
        assert tensor.shape == (3, *net.shapes[name])
        assert tensor.dtype == np.uint8
    # by hand
    assert net.shapes["c"] == (3, 2, 3)
    assert net.shapes["e"] == (3, 2, 6)
    assert net.shapes["g"] == (1, 1, 5)


def test_a_tensor_follows_from_its_sources(random_images):
    net = network(*BRANCHES)
    tensors = integer.run(net, random_images((2, 6, 4), 3))
    for operation in net.operations:
        sources = [tensors[source] for source in operation.sources]
        np.testing.assert_array_equal(tensors[operation.name], integer.apply(operation, *sources))


def test_output_of_many_images_is_that_of_each(random_images):
    net = network(*BRANCHES, output="d")
    images = random_images((2, 6, 4), 2 * integer.IMAGES_AT_ONCE + 3)
    whole = integer.outputs(net, images)
    each = [integer.run(net, image[None])["d"][0] for image in images]
    np.testing.assert_array_equal(whole, each)


def test_lowest_label_wins():
    outputs = np.uint8([[3, 9, 9], [1, 0, 0]]).reshape(2, 1, 1, 3)
    assert integer.classify(outputs).tolist() == [1, 0]


def test_pixels_of_fewer_bits():
    # by hand: 17 levels of 8 bits make one of 4
    assert integer.pixels(np.uint8([0, 8, 9, 17, 255]), 4).tolist() == [0, 0, 1, 1, 15]
    every = np.arange(256)
    assert integer.pixels(every, 8).tolist() == every.tolist()


@pytest.mark.parametrize(
    ("operations", "changed", "message"),
    [
        (
            (convolution("a", "input", (2, 3)), convolution("a", "a", (3, 3))),
            {},
            "Operation 'a' must have a name of its own",
        ),
        ((), {"output": "input"}, "'operations' must be one or more, not none"),
        (
            (convolution("a\nb", "input", (2, 3)),),
            {},
            "Operation 'a\\nb' must have a name that can be printed",
        ),
        (
            (convolution("input", "input", (2, 3)),),
            {},
            "Operation 'input' must have a name of its own",
        ),
        (
            (convolution("a", "b", (2, 3)), convolution("b", "input", (2, 2))),
            {},
            "Operation 'a': source 'b' is unknown; known: input",
        ),
        (
            (convolution("a", "input", (3, 3)),),
            {},
            "Operation 'a': Channels of the weights must be 2, as the source has it, not 3",
        ),
        (
            (convolution("a", "input", (2, 3), pad_value=128),),
            {},
            "Operation 'a' must pad with 0, the zero point of its source, not 128",
        ),
        (
            (convolution("a", "input", (2, 3)), convolution("b", "a", (3, 3), padding=0, stride=9)),
            {"input_shape": (2, 9, 2)},
            ("Operation 'b': window must be at most 2 x 9 pixels, as the padded map, not 3 x 3"),
        ),
        (
            (convolution("a", "input", (2, 3), pool=Pool(window=(5, 5), stride=5)),),
            {},
            "Operation 'a': window must be at most 6 x 4 pixels, as the padded map, not 5 x 5",
        ),
        (
            (convolution("a", "input", (2, 3)), addition("b", "a", "input")),
            {},
            (
                "Operation 'b': Shape of the second source must be (6, 4, 3), "
                "as the source has it, not (6, 4, 2)"
            ),
        ),
        (
            (scaling("a", "input", 3),),
            {},
            "Operation 'a': Channels of the multipliers must be 2, as the source has it, not 3",
        ),
        (
            (convolution("a", "input", (2, 3)), concatenation("b", "a", zero=128)),
            {},
            (
                "Operation 'b' must have the scale and zero point of its sources, (0.5, 0), "
                "not (0.5, 128)"
            ),
        ),
        (
            (convolution("a", "input", (2, 3)), maximum("b", "a", scale=0.25)),
            {},
            (
                "Operation 'b' must have the scale and zero point of its sources, (0.5, 0), "
                "not (0.25, 0)"
            ),
        ),
        (
            (
                convolution("a", "input", (2, 3)),
                convolution("b", "input", (2, 3), stride=2),
                concatenation("c", "a", "b"),
            ),
            {},
            "Operation 'c': Map of each source must be (6, 4), as the source has it, not (3, 2)",
        ),
        (
            (convolution("a", "input", (2, 3)),),
            {"output": "z"},
            "'output' 'z' is unknown; known: input, a",
        ),
        (
            (convolution("a", "input", (2, 3)),),
            {"input_shape": (6, 0, 2)},
            "Each number of 'input_shape' must be between 1 and 4096, not 0",
        ),
        (
            (convolution("a", "input", (2, 3)),),
            {"input_bits": 9},
            "'input_bits' must be between 1 and 8, not 9",
        ),
    ],
)
def test_operations_that_do_not_fit_together(operations, changed, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        network(*operations, **changed)


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        ([[1]], TypeError, "Images must be an integer array, not 'list'"),
        (np.zeros((1, 6, 4, 2)), TypeError, "Images must be an integer array, not 'float64'"),
        (
            np.zeros((1, 2, 6, 4), int),
            ValueError,
            "Images must have shape (1 or more, 6, 4, 2), not (1, 2, 6, 4)",
        ),
        (
            np.zeros((0, 6, 4, 2), int),
            ValueError,
            "Images must have shape (1 or more, 6, 4, 2), not (0, 6, 4, 2)",
        ),
        (np.full((1, 6, 4, 2), 256), ValueError, "Images must be between 0 and 255, not 256"),
        (np.full((1, 6, 4, 2), -1), ValueError, "Images must be between 0 and 255, not -1"),
    ],
)
@pytest.mark.parametrize("function", [integer.run, integer.outputs])
def test_images_that_are_none(function, images, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        function(network(*BRANCHES), images)
