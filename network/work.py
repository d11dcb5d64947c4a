"""How much there is to compute, whatever computes it."""

from network.compute import window_places
from network.convolution import Convolution
from network.integer import IntegerNetwork


def multiply_accumulates(network: IntegerNetwork) -> int:
    """Return the multiply-accumulates of all matrix products of one image, padding counted."""
    total = 0
    for operation in network.operations:
        if isinstance(operation, Convolution):
            size, window = network.shapes[operation.source][:2], operation.weights.shape[:2]
            height, width = window_places(size, window, operation.stride, operation.padding)
            total += height * width * operation.weights.size
    return total
