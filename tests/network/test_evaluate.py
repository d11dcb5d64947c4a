import math
import os
import subprocess
import sys

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
        exact = float(tensors[name].abs().max())
        # Rounded up to ten binary digits, that is, by less than a part in 512.
        assert exact * (1 - 1e-5) <= peak < exact * (1 + 1 / 512)
        assert (math.frexp(peak)[0] * 2**10).is_integer()


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


INTEGERS = """
import hashlib, importlib.util, sys
import numpy as np
from network import images
from network.importer import import_module
from network.lower import quantise
spec = importlib.util.spec_from_file_location("networks", sys.argv[1])
networks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(networks)
for name in ("digits_resnet", "vgg8_quarter_random"):
    data = images.load("digits32" if name.startswith("vgg8") else "digits")
    count, height, width, channels = data.train_inputs.shape
    graph = import_module(getattr(networks, name)(), (channels, height, width))
    for operation in quantise(graph, data.train_inputs[:64]).operations:
        arrays = [one for one in vars(operation).values() if isinstance(one, np.ndarray)]
        integers = b"".join(one.tobytes() for one in arrays if one.dtype.kind in "iu")
        print(operation.name, hashlib.sha256(integers).hexdigest())
"""


@pytest.mark.long
def test_integers_are_the_same_on_lesser_processors(root):
    """The libraries below torch add floats in another order where wide registers are missing."""

    def integers(**environment):
        command = [sys.executable, "-c", INTEGERS, str(root / "examples" / "networks.py")]
        environment = os.environ | environment
        return subprocess.run(command, capture_output=True, check=True, env=environment).stdout

    here = integers()
    assert here.count(b"\n") > 10
    lesser = integers(
        ATEN_CPU_CAPABILITY="default",
        ONEDNN_MAX_CPU_ISA="SSE41",
        MKL_ENABLE_INSTRUCTIONS="SSE4_2",
    )
    assert here == lesser
