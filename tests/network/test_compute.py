import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.compute import activations, apply, output_shape, psums, window_vectors
from network.convolution import Convolution, Pool
from network.vector import Addition, Concatenation, Pooling, Scaling


def make_convolution(rng, kernel=(3, 3), channels=(2, 3), **changed):
    shape = (*kernel, *channels)
    members = {
        "name": "conv",
        "source": "input",
        "weights": rng.integers(-127, 128, shape, dtype=np.int8),
        "biases": rng.integers(-(2**14), 2**14, channels[1], dtype=np.int32),
        "multipliers": rng.integers(0, 2**16, channels[1], dtype=np.uint16),
        "shift": 24,
        "zero": 100,
        "scale": 0.1,
        "bits": 8,
        "stride": 1,
        "padding": 0,
        "pad_value": 0,
    }
    return Convolution(**members | changed)


def divided(value, shift):
    """Return value / 2**shift to the nearest, halves up, by a division."""
    return (2 * int(value) + 2**shift) // 2 ** (shift + 1)


def saturated(value, bits):
    return sorted((0, value, 2**bits - 1))[1]


def slow_position(op, image, y, x):
    """Return the activations of one position before pooling, from the definition."""
    kh, kw, cin, cout = op.weights.shape
    sums = [0] * cout
    for ky, kx, c in itertools.product(range(kh), range(kw), range(cin)):
        iy, ix = y * op.stride + ky - op.padding, x * op.stride + kx - op.padding
        inside = 0 <= iy < image.shape[0] and 0 <= ix < image.shape[1]
        q = int(image[iy, ix, c]) if inside else op.pad_value
        for k in range(cout):
            sums[k] += q * int(op.weights[ky, kx, c, k])
    scaled = [
        divided((total + int(bias)) * int(multiplier), op.shift) + op.zero
        for total, bias, multiplier in zip(sums, op.biases, op.multipliers, strict=True)
    ]
    return [saturated(value, op.bits) for value in scaled]


def slow_convolution(op, image):
    kh, kw = op.weights.shape[:2]
    height = (image.shape[0] + 2 * op.padding - kh) // op.stride + 1
    width = (image.shape[1] + 2 * op.padding - kw) // op.stride + 1
    full = np.array([[slow_position(op, image, y, x) for x in range(width)] for y in range(height)])
    if op.pool is None:
        return full
    (wh, ww), step = op.pool.window, op.pool.stride
    return np.array(
        [
            [full[y : y + wh, x : x + ww].max(axis=(0, 1)) for x in range(0, width - ww + 1, step)]
            for y in range(0, height - wh + 1, step)
        ]
    )


AWKWARD = [
    # map, kernel, channels, and the settings that differ
    ((6, 7), (3, 3), (2, 3), {"stride": 2}),
    ((5, 5), (3, 3), (3, 2), {"padding": 2, "pad_value": 128}),
    ((7, 5), (1, 1), (4, 5), {}),
    ((7, 5), (1, 1), (1, 1), {"stride": 3}),
    ((9, 8), (5, 3), (2, 2), {"padding": 1, "pad_value": 3}),
    ((9, 11), (3, 2), (2, 3), {"stride": 2, "padding": 2, "pad_value": 255}),
    ((7, 9), (3, 3), (1, 2), {"padding": 1, "pool": Pool(window=(2, 2), stride=2)}),
    ((8, 8), (2, 2), (2, 1), {"pool": Pool(window=(2, 1), stride=3)}),
    ((9, 9), (3, 3), (1, 2), {"stride": 2, "pool": Pool(window=(1, 3), stride=3)}),
    ((4, 3), (4, 3), (2, 6), {"zero": 0}),
    ((4, 3), (3, 3), (2, 6), {"bits": 4, "zero": 8, "shift": 28}),
    ((4, 3), (3, 3), (2, 6), {"shift": 0}),
]


@pytest.mark.parametrize(("size", "kernel", "channels", "changed"), AWKWARD)
def test_convolution_equals_its_definition(size, kernel, channels, changed):
    rng = np.random.default_rng(3)
    op = make_convolution(rng, kernel, channels, **changed)
    images = rng.integers(0, 256, (2, *size, channels[0]), dtype=np.uint8)
    computed = apply(op, images)
    assert computed.dtype == np.uint8
    assert computed.shape[1:] == output_shape(op, images.shape[1:])
    np.testing.assert_array_equal(computed, [slow_convolution(op, image) for image in images])


@st.composite
def convolutions(draw):
    """Draw a convolution and the size of a map on which it and its pool fit."""
    small = st.integers(1, 3)
    kernel, stride, padding = (draw(small), draw(small)), draw(small), draw(st.integers(0, 3))
    pool = None
    if draw(st.booleans()):
        window = draw(small), draw(small)
        pool = Pool(window=window, stride=max(window) + draw(st.integers(0, 1)))
    least = [
        (side - 1) * stride + length - 2 * padding
        for side, length in zip(pool.window if pool else (1, 1), kernel, strict=True)
    ]
    size = tuple(max(1, side) + draw(st.integers(0, 4)) for side in least)
    changed = {
        "stride": stride,
        "padding": padding,
        "pool": pool,
        "pad_value": draw(st.integers(0, 255)),
        "shift": draw(st.integers(0, 40)),
        "zero": draw(st.integers(0, 255)),
    }
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return make_convolution(rng, kernel, (draw(small), draw(small)), **changed), size, rng


@settings(deadline=None, max_examples=60)
@given(convolutions())
def test_any_convolution_equals_its_definition(drawn):
    op, size, rng = drawn
    image = rng.integers(0, 256, (*size, op.weights.shape[2]), dtype=np.uint8)
    np.testing.assert_array_equal(apply(op, image[None])[0], slow_convolution(op, image))


def test_extremes_are_exact():
    # 5000 products of 255 * 127 do not fit the 24 bits of a float32; by hand: 161925000.
    weights = np.full((1, 1, 5000, 2), 127, dtype=np.int8)
    weights[0, 0, -1, 1] = 126
    op = make_convolution(np.random.default_rng(0), (1, 1), (5000, 2), weights=weights)
    vectors = np.full((1, 5000), 255, dtype=np.uint8)
    assert psums(op, vectors).tolist() == [[161925000, 161924745]]


def test_vectors_stand_row_by_row_with_the_channel_fastest():
    op = make_convolution(np.random.default_rng(0), (2, 2), (2, 1), padding=1, pad_value=9)
    image = np.arange(8, dtype=np.uint8).reshape(1, 2, 2, 2)
    vectors = window_vectors(op, image)
    assert vectors.shape == (9, 8)
    # by hand: the first window sees only the pixel at its lower right, the fifth sees all
    assert vectors[0].tolist() == [9, 9, 9, 9, 9, 9, 0, 1]
    assert vectors[1].tolist() == [9, 9, 9, 9, 0, 1, 2, 3]
    assert vectors[4].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]


def test_positions_of_a_pooling_window_stand_together():
    pool = Pool(window=(2, 2), stride=2)
    op = make_convolution(np.random.default_rng(0), (1, 1), (1, 1), pool=pool)
    image = np.arange(20, dtype=np.uint8).reshape(1, 4, 5, 1)
    # by hand: the fifth column lies in no window
    expected = [0, 1, 5, 6, 2, 3, 7, 8, 10, 11, 15, 16, 12, 13, 17, 18]
    assert window_vectors(op, image)[:, 0].tolist() == expected


def test_psums_of_a_chip_become_the_same_activations():
    rng = np.random.default_rng(5)
    op = make_convolution(rng, padding=1, pool=Pool(window=(2, 2), stride=2))
    images = rng.integers(0, 256, (3, 6, 4, 2), dtype=np.uint8)
    measured = window_vectors(op, images).astype(np.int64) @ op.weights.reshape(18, 3)
    shape = output_shape(op, images.shape[1:])
    np.testing.assert_array_equal(activations(op, measured, shape), apply(op, images))


def test_many_images_are_computed_in_parts(monkeypatch):
    rng = np.random.default_rng(6)
    op = make_convolution(rng)
    images = rng.integers(0, 256, (5, 6, 4, 2), dtype=np.uint8)
    whole = apply(op, images)
    monkeypatch.setattr("network.compute.CHUNK", 2 * 8 * 18)  # windows of two images
    np.testing.assert_array_equal(apply(op, images), whole)


OUTPUT = {"name": "op", "zero": 100, "scale": 0.5, "bits": 8}


def slow_windows(image, window, stride, padding):
    """Yield every window of every channel as a list of Python integers, zeros outside."""
    padded = np.zeros([side + 2 * padding for side in image.shape[:2]] + [image.shape[2]], int)
    padded[padding : padding + image.shape[0], padding : padding + image.shape[1]] = image
    for y in range(0, padded.shape[0] - window[0] + 1, stride):
        for x in range(0, padded.shape[1] - window[1] + 1, stride):
            for channel in range(image.shape[2]):
                part = padded[y : y + window[0], x : x + window[1], channel]
                yield [int(value) for value in part.flat]


@pytest.mark.parametrize(
    ("window", "stride", "padding"),
    [((2, 2), 2, 0), ((3, 3), 2, 1), ((3, 2), 1, 1), ((5, 7), 1, 0)],
)
def test_maximum_equals_its_definition(window, stride, padding):
    op = Pooling(
        source="x",
        kind="max",
        window=window,
        stride=stride,
        padding=padding,
        multiplier=1,
        bias=0,
        shift=0,
        **OUTPUT,
    )
    image = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    expected = [max(part) for part in slow_windows(image, window, stride, padding)]
    computed = apply(op, image[None])
    assert computed.shape[1:] == output_shape(op, image.shape)
    assert computed.ravel().tolist() == expected


@pytest.mark.parametrize(("window", "stride"), [((2, 2), 2), ((3, 2), 1), ((5, 7), 1)])
def test_average_equals_its_definition(window, stride):
    numbers = {"multiplier": 777, "bias": -(2**18), "shift": 14}
    op = Pooling(
        source="x", kind="average", window=window, stride=stride, padding=0, **numbers, **OUTPUT
    )
    image = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    expected = [
        saturated(divided(777 * sum(part) - 2**18, 14), 8)
        for part in slow_windows(image, window, stride, 0)
    ]
    computed = apply(op, image[None])
    assert computed.shape[1:] == output_shape(op, image.shape)
    assert computed.ravel().tolist() == expected


def test_addition_equals_its_definition():
    numbers = {"multipliers": (1234, -5678), "bias": 2**20 + 1, "shift": 13}
    op = Addition(sources=("a", "b"), **numbers, **OUTPUT)
    a, b = np.random.default_rng(2).integers(0, 256, (2, 1, 5, 7, 3), dtype=np.uint8)
    expected = [
        saturated(divided(int(x) * 1234 - int(y) * 5678 + 2**20 + 1, 13), 8)
        for x, y in zip(a.flat, b.flat, strict=True)
    ]
    assert apply(op, a, b).ravel().tolist() == expected
    assert 0 < np.mean(np.isin(expected, (0, 255))) < 1


def test_scaling_equals_its_definition():
    multipliers, biases = np.int16([300, -200, 0]), np.int32([-9000, 50001, 12345])
    op = Scaling(source="x", multipliers=multipliers, biases=biases, shift=8, **OUTPUT)
    x = np.random.default_rng(2).integers(0, 256, (1, 5, 7, 3), dtype=np.uint8)
    expected = [
        saturated(divided(int(x[0, i, j, k]) * int(multipliers[k]) + int(biases[k]), 8), 8)
        for i, j, k in np.ndindex(5, 7, 3)
    ]
    assert apply(op, x).ravel().tolist() == expected
    assert 0 < np.mean(np.isin(expected, (0, 255))) < 1


def test_concatenation_puts_channels_behind_each_other():
    op = Concatenation(sources=("a", "b"), **OUTPUT)
    a, b = np.full((1, 2, 2, 1), 7, np.uint8), np.arange(8, dtype=np.uint8).reshape(1, 2, 2, 2)
    # by hand
    assert apply(op, a, b)[0].tolist() == [[[7, 0, 1], [7, 2, 3]], [[7, 4, 5], [7, 6, 7]]]
