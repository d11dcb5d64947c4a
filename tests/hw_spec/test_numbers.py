import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_spec.numbers import requantise, saturate_unsigned, shift_right_rounded

SHIFTS = st.integers(0, 40)


def half_up(number):
    return math.floor(number + Fraction(1, 2))


@given(st.integers(), SHIFTS)
def test_shift_rounds_to_the_nearest_and_halves_up(value, shift):
    assert shift_right_rounded(value, shift) == half_up(Fraction(value, 2**shift))


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(5, 3), (4, 2), (3, 2), (2, 1), (1, 1), (0, 0), (-1, 0), (-2, -1), (-3, -1), (-4, -2)],
)
def test_half_goes_towards_plus_infinity(value, rounded):
    assert shift_right_rounded(value, 1) == rounded  # by hand: value / 2


@given(st.lists(st.integers(-(2**61), 2**61)), SHIFTS)
def test_arrays_are_shifted_like_integers(values, shift):
    array = np.array(values, dtype=np.int64)
    expected = [shift_right_rounded(value, shift) for value in values]
    assert shift_right_rounded(array, shift).tolist() == expected


@given(st.integers(), st.integers(1, 20))
def test_saturation_gives_the_nearest_number_of_the_range(value, bits):
    top = 2**bits - 1
    saturated = saturate_unsigned(value, bits)
    assert saturated == (0 if value < 0 else top if value > top else value)


@given(st.lists(st.integers(-(2**62), 2**62)), st.integers(1, 20))
def test_arrays_are_saturated_like_integers(values, bits):
    array = np.array(values, dtype=np.int64)
    expected = [saturate_unsigned(value, bits) for value in values]
    assert saturate_unsigned(array, bits).tolist() == expected


@given(
    psum=st.integers(-(2**45), 2**45),
    bias=st.integers(-(2**31), 2**31 - 1),
    multiplier=st.integers(0, 2**16 - 1),
    shift=SHIFTS,
    bits=st.integers(1, 16),
    zero=st.integers(0, 2**16 - 1),
)
def test_requantised_psum_is_the_scaled_sum_rounded_and_saturated(
    psum, bias, multiplier, shift, bits, zero
):
    given_ = {"bias": bias, "multiplier": multiplier, "shift": shift, "bits": bits, "zero": zero}
    scaled = (psum + bias) * Fraction(multiplier, 2**shift)
    expected = min(max(half_up(scaled) + zero, 0), 2**bits - 1)
    assert requantise(psum, **given_) == expected
    array = requantise(np.array([[psum]], dtype=np.int64), **given_)
    assert array.tolist() == [[expected]]


def test_each_channel_has_its_own_bias_and_multiplier():
    activations = requantise(
        np.array([[10, 10], [100, -3]]),
        bias=np.array([2, 1]),
        multiplier=np.array([3, 5]),
        shift=2,
        bits=6,
    )
    # by hand: 36/4, 55/4 = 13.75, 306/4 = 76.5, -10/4
    assert activations.tolist() == [[9, 14], [63, 0]]


def test_zero_point_is_added_before_saturation():
    given_ = {"bias": 0, "multiplier": 1, "shift": 1, "bits": 4}
    # by hand: -5/2 = -2.5 rounds to -2
    assert requantise(-5, **given_, zero=8) == 6
    assert requantise(-5, **given_) == 0


def test_arguments_are_left_alone():
    psums = np.array([5, -5])
    requantise(psums, bias=np.array([1, 1]), multiplier=np.array([2, 2]), shift=1, bits=4)
    assert psums.tolist() == [5, -5]
