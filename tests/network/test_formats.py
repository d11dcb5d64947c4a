import numpy as np
import pytest

from network.evaluate import evaluate
from network.formats import Format, formats, part_concatenations, signs
from network.graph import (
    FloatAddition,
    FloatConcatenation,
    FloatConvolution,
    FloatGraph,
    FloatPooling,
    FloatScaling,
)


def convolution(name, source, relu=False, channels=2):
    weights = np.random.default_rng(len(name)).normal(size=(2, channels, 1, 1))
    return FloatConvolution(
        name=name, sources=(source,), weights=weights, biases=np.zeros(2), relu=relu
    )


def pooling(name, source, kind="max"):
    return FloatPooling(name=name, sources=(source,), kind=kind, window=(1, 1), stride=1)


def addition(name, *sources, relu=False):
    return FloatAddition(name=name, sources=sources, relu=relu)


def concatenation(name, *sources):
    return FloatConcatenation(name=name, sources=sources)


def graph(*operations):
    return FloatGraph(input_shape=(2, 3, 3), operations=operations, output=operations[-1].name)


def test_what_a_relu_gives_is_not_signed():
    net = graph(
        convolution("plain", "input"),
        convolution("relu", "input", relu=True),
        pooling("max_plain", "plain"),
        pooling("mean_relu", "relu", "average"),
        addition("sum", "relu", "relu"),
        addition("mixed", "relu", "plain"),
        addition("clipped", "relu", "plain", relu=True),
        concatenation("joined", "relu", "plain"),
        concatenation("joined_relu", "relu", "sum"),
    )
    signed = [name for name, value in signs(net).items() if value]
    assert signed == ["plain", "max_plain", "mixed", "joined"]


RANGES = {"a": 3.0, "b": 1.0, "c": 2.0, "d": 3.0, "e": 2.0}


def test_formats_by_hand():
    net = graph(convolution("a", "input"), convolution("b", "a", relu=True), pooling("c", "input"))
    assert formats(net, RANGES, 8) == {
        "input": Format(1 / 255, 0),
        "a": Format(3 / 127, 128),
        "b": Format(1 / 255, 0),
        "c": Format(1 / 255, 0),
    }
    assert formats(net, RANGES, 4)["a"] == Format(3 / 7, 8)


def test_what_is_joined_shares_a_format_through_chains():
    net = graph(
        convolution("a", "input", relu=True),
        convolution("b", "a", relu=True),
        pooling("c", "b"),
        concatenation("d", "a", "c"),
        convolution("e", "d", relu=True, channels=4),
        concatenation("f", "d", "e"),
    )
    # by hand: the largest of all, wherever it stands
    for name in "abcdef":
        found = formats(net, dict.fromkeys("abcdef", 2.0) | {name: 7.0}, 8)
        del found["input"]
        assert found == dict.fromkeys("abcdef", Format(7 / 255, 0))


def test_average_and_sum_have_formats_of_their_own():
    net = graph(convolution("a", "input"), pooling("b", "a", "average"), addition("c", "a", "b"))
    scales = [found.scale * 127 for found in formats(net, RANGES, 8).values()]
    assert scales[1:] == pytest.approx([3, 1, 2])


@pytest.mark.parametrize(
    ("operations", "between"),
    [
        (("a", "b"), {"a": False}),
        (("b", "input"), {"input": False}),
        (("a", "input"), {"input": True}),
        (("a", "a"), {}),
        (("b", "b"), {}),
        (("a", "m", "b", "a"), {"a": False, "m": False}),
    ],
)
def test_scaling_comes_between_what_cannot_share(operations, between, random_images):
    net = graph(
        convolution("a", "input", relu=True),
        convolution("b", "input"),
        pooling("m", "input"),
        concatenation("z", *operations),
    )
    parted = part_concatenations(net)
    added = {
        operation.sources[0]: operation.relu
        for operation in parted.operations
        if isinstance(operation, FloatScaling)
    }
    assert added == between
    images = random_images((2, 3, 3), 2)
    np.testing.assert_array_equal(evaluate(parted, images)["z"], evaluate(net, images)["z"])
    found = formats(parted, dict.fromkeys(parted.shapes, 1.0), 8)
    assert {found[source] for source in parted.operations[-1].sources} == {found["z"]}


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"a": 1.0}, "^Range of 'b' must be calibrated, but is unknown$"),
        (
            {"a": 0.0, "b": 1.0},
            "^Range of 'a' must be above 0 and finite after calibration, not 0.0$",
        ),
        (
            {"a": 1.0, "b": float("nan")},
            "^Range of 'b' must be above 0 and finite after calibration, not nan$",
        ),
        (
            {"a": 1.0, "b": float("inf")},
            "^Range of 'b' must be above 0 and finite after calibration, not inf$",
        ),
    ],
)
def test_ranges_that_were_not_calibrated(ranges, message):
    with pytest.raises(ValueError, match=message):
        formats(graph(convolution("a", "input"), convolution("b", "a")), ranges, 8)
