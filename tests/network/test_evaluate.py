import numpy as np
import pytest

from network import evaluate as module
from network.evaluate import evaluate, find_ranges
from network.graph import FloatAddition, FloatGraph, FloatScaling
from network.importer import import_module


def test_range_is_the_largest_size_over_all_images(make_network, random_images, monkeypatch):
    network, shape = make_network("residual")
    graph, images = import_module(network, shape), random_images(shape, 7)
    monkeypatch.setattr(module, "IMAGES_AT_ONCE", 3)
    ranges = find_ranges(graph, images)
    tensors = evaluate(graph, images)
    assert list(ranges) == [operation.name for operation in graph.operations]
    for name, peak in ranges.items():
        assert peak == pytest.approx(float(tensors[name].abs().max()), rel=1e-5)


def scaling(name, source, factor):
    factors, offsets = np.array([factor]), np.zeros(1)
    return FloatScaling(name=name, sources=(source,), factors=factors, offsets=offsets)


def test_overflow_is_not_lost(monkeypatch):
    operations = (
        scaling("a", "input", 1e30),
        scaling("b", "a", 1e30),
        scaling("c", "a", -1e30),
        FloatAddition(name="d", sources=("b", "c")),
    )
    graph = FloatGraph(input_shape=(1, 1, 1), operations=operations, output="d")
    images = np.array([255, 0], dtype=np.uint8).reshape(2, 1, 1, 1)
    monkeypatch.setattr(module, "IMAGES_AT_ONCE", 1)
    # by hand: 1e60 and -1e60 are infinite in float32, and their sum is no number
    ranges = find_ranges(graph, images)
    assert ranges["b"] == float("inf")
    assert np.isnan(ranges["d"])


def test_images_of_another_shape(make_network, random_images):
    network, shape = make_network("residual")
    with pytest.raises(ValueError, match=r"^Images must have shape \(1 or more, 8, 8, 1\), not "):
        find_ranges(import_module(network, shape), random_images((3, 8, 8), 1))
    with pytest.raises(ValueError, match=r"^Images must have shape \(1 or more, 8, 8, 1\), not "):
        find_ranges(import_module(network, shape), random_images(shape, 0))
