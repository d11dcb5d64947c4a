import hashlib
import math
from fractions import Fraction

import numpy as np
import pytest
from sklearn.datasets import load_digits

from network import digits


@pytest.fixture(scope="module")
def data():
    return digits.load()


def test_split_has_1437_and_360_images(data):
    assert data.train_inputs.shape == (1437, 64)
    assert data.train_labels.shape == (1437,)
    assert data.test_inputs.shape == (360, 64)
    assert data.test_labels.shape == (360,)


def test_inputs_are_uint8_and_use_the_whole_range(data):
    for inputs in (data.train_inputs, data.test_inputs):
        assert inputs.dtype == np.uint8
        assert (inputs.min(), inputs.max()) == (0, 255)


def test_each_digit_is_split_to_within_one_image(data):
    counts = np.bincount(load_digits().target)
    test_counts = np.bincount(data.test_labels, minlength=10)
    assert (np.abs(test_counts - counts / 5) < 1).all()
    np.testing.assert_array_equal(np.bincount(data.train_labels) + test_counts, counts)


def test_both_sides_together_are_all_images(data):
    def sorted_pairs(inputs, labels):
        pairs = zip(inputs.tolist(), labels.tolist(), strict=True)
        return sorted((row, label) for row, label in pairs)

    bunch = load_digits()
    pixels = [[half_up(int(p) * Fraction(255, 16)) for p in image] for image in bunch.data]
    everything = sorted(zip(pixels, bunch.target.tolist(), strict=True))
    train = sorted_pairs(data.train_inputs, data.train_labels)
    test = sorted_pairs(data.test_inputs, data.test_labels)
    assert sorted(train + test) == everything


def test_no_image_lies_on_both_sides(data):
    train = {image.tobytes() for image in data.train_inputs}
    assert not any(image.tobytes() in train for image in data.test_inputs)


def test_split_is_the_same_on_every_machine(data):
    digest = hashlib.sha256(data.test_inputs.tobytes() + data.test_labels.astype("<i8").tobytes())
    # printed by this test with scikit-learn 1.9.1
    assert digest.hexdigest() == "83c99461e31a25765a26614f1c1bc7016c08dfc462b1b66cee9e5f3c29308a0a"


def half_up(number):
    return math.floor(number + Fraction(1, 2))


def test_pixels_are_scaled_with_halves_rounded_up():
    scaled = digits.scale_pixels(np.arange(17.0))
    assert scaled.tolist() == [half_up(pixel * Fraction(255, 16)) for pixel in range(17)]
    assert scaled[8] == 128  # by hand: 8 * 255 / 16 = 127.5


def test_accuracy_is_the_share_of_equal_labels():
    assert digits.accuracy(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 0])) == 0.75


def test_accuracy_of_different_counts():
    with pytest.raises(ValueError, match=r"^Labels must have shape \(3,\), not \(2,\)$"):
        digits.accuracy(np.zeros(2), np.zeros(3))
