import re

import numpy as np
import pytest

from network.convolution import Convolution, Pool
from network.vector import Addition, Concatenation, Pooling, Scaling

OUTPUT = {"name": "op", "zero": 0, "scale": 0.5, "bits": 8}


def convolution(**changed):
    members = {
        "source": "input",
        "weights": np.ones((3, 3, 2, 4), np.int8),
        "biases": np.zeros(4, np.int32),
        "multipliers": np.ones(4, np.uint16),
        "shift": 7,
        "stride": 1,
        "padding": 1,
        "pad_value": 0,
    }
    return Convolution(**OUTPUT | members | changed)


def pooling(**changed):
    members = {"source": "x", "kind": "max", "window": (2, 2), "stride": 2, "padding": 0}
    return Pooling(**OUTPUT | members | {"multiplier": 1, "bias": 0, "shift": 0} | changed)


def addition(**changed):
    members = {"sources": ("a", "b"), "multipliers": (1, 2), "bias": 0, "shift": 3}
    return Addition(**OUTPUT | members | changed)


def scaling(**changed):
    members = {"multipliers": np.ones(3, np.int16), "biases": np.zeros(3, np.int32), "shift": 3}
    return Scaling(**OUTPUT | {"source": "x"} | members | changed)


def concatenation(**changed):
    return Concatenation(**OUTPUT | {"sources": ("a",)} | changed)


@pytest.mark.parametrize(
    ("make", "changed", "message"),
    [
        (
            convolution,
            {"weights": np.ones((3, 3, 2, 4))},
            "'weights' must be of 'int8', not 'float64'",
        ),
        (
            convolution,
            {"weights": np.full((3, 3, 2, 4), -128, np.int8)},
            "'weights' must be between -127 and 127, not -128",
        ),
        (
            convolution,
            {"weights": np.broadcast_to(np.int8(1), (1, 1, 2**30 + 1, 1))},
            (
                "'weights' of a channel must be at most 1073741824, so that scaled psums fit in "
                "63 bits, not 1073741825"
            ),
        ),
        (
            convolution,
            {"biases": np.zeros(3, np.int32)},
            "'biases' must have shape (4,), not (3,)",
        ),
        (
            convolution,
            {"multipliers": np.ones(4, np.int16)},
            "'multipliers' must be of 'uint16', not 'int16'",
        ),
        (convolution, {"shift": 47}, "'shift' must be between 0 and 46, not 47"),
        (convolution, {"stride": 0}, "'stride' must be between 1 and 4096, not 0"),
        (convolution, {"padding": -1}, "'padding' must be between 0 and 4096, not -1"),
        (convolution, {"pad_value": 256}, "'pad_value' must be between 0 and 255, not 256"),
        (convolution, {"bits": 4, "zero": 16}, "'zero' must be between 0 and 15, not 16"),
        (convolution, {"bits": 9}, "'bits' must be between 1 and 8, not 9"),
        (
            convolution,
            {"scale": float("nan")},
            "'scale' must be above 0 and finite, not nan",
        ),
        (pooling, {"kind": "maximum"}, "'kind' 'maximum' is unknown; nearest: max"),
        (pooling, {"window": (2, 0)}, "Each side of a window must be between 1 and 4096, not 0"),
        (
            pooling,
            {"padding": 2},
            "'padding' of a maximum must be between 0 and 1, not 2",
        ),
        (
            pooling,
            {"multiplier": 2},
            "multiplier, bias and shift of a maximum must be (1, 0, 0), not (2, 0, 0)",
        ),
        (
            pooling,
            {"kind": "average", "padding": 1},
            "'padding' of an average must be between 0 and 0, not 1",
        ),
        (
            pooling,
            {"kind": "average", "window": (1024, 1024), "multiplier": 32767},
            # by hand: 255 * 1024**2 * 32767
            "Sums must be at most 549755813887, but may reach 8761465896960",
        ),
        (
            addition,
            {"multipliers": (1, 2**15)},
            "Each of 'multipliers' must be between -32768 and 32767, not 32768",
        ),
        (
            addition,
            {"bias": 2**31},
            "'bias' must be between -2147483648 and 2147483647, not 2147483648",
        ),
        (scaling, {"biases": np.zeros(2, np.int32)}, "'biases' must have shape (3,), not (2,)"),
        (concatenation, {"sources": ()}, "Number of 'sources' must be between 1 and 65536, not 0"),
        (
            Pool,
            {"window": (2, 3), "stride": 2},
            "stride of a fused pool must be at least 3, its window, not 2",
        ),
    ],
)
def test_numbers_that_no_hardware_takes(make, changed, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make(**changed)


def test_wrong_types():
    with pytest.raises(TypeError, match=r"^'weights' must be an array, not 'list'$"):
        convolution(weights=[1, 2])
    with pytest.raises(TypeError, match=r"^'shift' must be an integer, not 3\.0$"):
        addition(shift=3.0)


def test_largest_scaled_psum_fits_in_63_bits():
    # by hand: as many weights as are allowed, all of them and the inputs at their largest
    psum = 2**30 * 255 * 127
    assert (psum + 2**31) * (2**16 - 1) + 2**45 < 2**63
