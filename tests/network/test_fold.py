import numpy as np
import pytest
import torch

from network.convolution import Pool
from network.evaluate import evaluate
from network.fold import fold
from network.graph import (
    FloatAddition,
    FloatConvolution,
    FloatGraph,
    FloatPooling,
    FloatScaling,
)


def convolution(name, source, seed=1):
    rng = np.random.default_rng(seed)
    weights, biases = rng.normal(size=(3, 3, 3, 2)), rng.normal(size=3)
    return FloatConvolution(name=name, sources=(source,), weights=weights, biases=biases)


def scaling(name, source, seed=2, **changed):
    rng = np.random.default_rng(seed)
    numbers = {"factors": rng.normal(size=3), "offsets": rng.normal(size=3)}
    return FloatScaling(name=name, sources=(source,), **numbers | changed)


def relu(name, source):
    return scaling(name, source, factors=np.ones(3), offsets=np.zeros(3), relu=True)


def maximum(name, source, **changed):
    numbers = {"kind": "max", "window": (2, 2), "stride": 2}
    return FloatPooling(name=name, sources=(source,), **numbers | changed)


CASES = {
    "batch norm": ([convolution("a", "input"), scaling("b", "a")], ["a"]),
    "batch norm and ReLU": (
        [convolution("a", "input"), scaling("b", "a"), relu("c", "b")],
        ["a"],
    ),
    "batch norm, ReLU, maximum": (
        [convolution("a", "input"), scaling("b", "a"), relu("c", "b"), maximum("d", "c")],
        ["a"],
    ),
    "ReLU after a maximum": (
        [convolution("a", "input"), maximum("b", "a"), relu("c", "b")],
        ["a"],
    ),
    "batch norm after a ReLU": (
        [convolution("a", "input"), relu("b", "a"), scaling("c", "b")],
        ["a", "c"],
    ),
    "batch norm after a maximum": (
        [convolution("a", "input"), maximum("b", "a"), scaling("c", "b")],
        ["a", "c"],
    ),
    "batch norm, ReLU, batch norm": (
        [scaling("a", "input"), relu("b", "a"), scaling("c", "b", 3)],
        ["a", "c"],
    ),
    "two batch norms": ([scaling("a", "input"), scaling("b", "a", 3)], ["a"]),
    "two maxima": (
        [convolution("a", "input"), maximum("b", "a"), maximum("c", "b")],
        ["a", "c"],
    ),
    "overlapping maximum": (
        [convolution("a", "input"), maximum("b", "a", window=(3, 3))],
        ["a", "b"],
    ),
    "padded maximum": (
        [convolution("a", "input"), maximum("b", "a", padding=1)],
        ["a", "b"],
    ),
    "average": (
        [convolution("a", "input"), maximum("b", "a", kind="average")],
        ["a", "b"],
    ),
    "two consumers": (
        [
            convolution("a", "input"),
            scaling("b", "a"),
            FloatAddition(name="c", sources=("a", "b")),
        ],
        ["a", "b", "c"],
    ),
    "ReLU of a sum": (
        [
            convolution("a", "input"),
            FloatAddition(name="b", sources=("a", "a")),
            relu("c", "b"),
        ],
        ["a", "b"],
    ),
    "batch norm of a sum": (
        [
            convolution("a", "input"),
            FloatAddition(name="b", sources=("a", "a")),
            scaling("c", "b"),
        ],
        ["a", "b", "c"],
    ),
}


@pytest.mark.parametrize(("operations", "left"), CASES.values(), ids=CASES)
def test_fewer_operations_compute_the_same(operations, left, random_images):
    shape = (3, 10, 9)
    graph = FloatGraph(input_shape=shape, operations=tuple(operations), output=operations[-1].name)
    folded = fold(graph)
    assert [operation.name for operation in folded.operations] == left
    images = random_images(shape, 2)
    expected = evaluate(graph, images, torch.float64)[graph.output]
    computed = evaluate(folded, images, torch.float64)[folded.output]
    torch.testing.assert_close(computed, expected, rtol=1e-12, atol=1e-12)


def test_result_that_is_also_used_elsewhere_is_kept():
    operations = (convolution("a", "input"), relu("b", "a"))
    graph = FloatGraph(input_shape=(3, 5, 5), operations=operations, output="a")
    assert [operation.name for operation in fold(graph).operations] == ["a"]
    assert not fold(graph).operations[0].relu


def test_fused_maximum_keeps_its_window():
    operations = (convolution("a", "input"), maximum("b", "a", window=(1, 2), stride=3))
    graph = FloatGraph(input_shape=(3, 9, 9), operations=operations, output="b")
    assert fold(graph).operations[0].pool == Pool(window=(1, 2), stride=3)
    assert fold(graph).shapes["a"] == graph.shapes["b"]
