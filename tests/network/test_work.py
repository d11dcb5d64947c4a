import numpy as np

from network.work import multiply_accumulates


def test_products_are_those_of_every_window(make_case):
    """Counted one by one: each window of the map, padding among it, times all outputs."""
    network = make_case({"bits": 5, "step": 2, "zero_code": 16}).network
    first, second = (one for one in network.operations if one.operation == "convolution")
    map_ = np.pad(np.zeros((5, 4)), 1)
    windows = np.lib.stride_tricks.sliding_window_view(map_, (3, 3))
    mean = network.shapes["mean"]
    expected = windows.size * 2 * 4 + (mean[0] - 1) * (mean[1] - 1) * second.weights.size
    assert first.weights.shape == (3, 3, 2, 4)
    assert multiply_accumulates(network) == expected
