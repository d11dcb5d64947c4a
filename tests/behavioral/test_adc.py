from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavioral import adc
from hw_spec.macro import AdcSpec, MacroSpec


@st.composite
def converters(draw):
    bits = draw(st.integers(1, 6))
    return AdcSpec(
        bits=bits, step=draw(st.integers(1, 9)), zero_code=draw(st.integers(0, 2**bits - 1))
    )


def converted(steps, spec):
    return adc.convert(np.array(steps, dtype=np.float64), spec)


def value(codes, spec):
    """Return what codes mean, in conductance steps."""
    return spec.step * (np.asarray(codes).astype(int) - spec.zero_code)


def squared_error(steps, spec):
    return int(((steps - value(converted(steps, spec), spec)) ** 2).sum())


def best_error(steps, bits):
    """Return the least squared error of any linear converter, by trying them all."""
    # A step above twice the largest value gives the code of zero to all values, as 2 * it does.
    steps_tried = range(1, 2 * int(np.abs(steps).max()) + 2)
    return min(
        squared_error(steps, AdcSpec(bits=bits, step=step, zero_code=zero))
        for step in steps_tried
        for zero in range(2**bits)
    )


@pytest.mark.parametrize(("bits", "size"), [(1, 8), (4, 7), (8, 1001), (8, 0), (12, 999)])
def test_codes_are_counted(bits, size):
    spec = AdcSpec(bits=bits, step=1, zero_code=0)
    codes = np.random.default_rng(size).integers(0, 2**bits, size).astype(adc.code_type(spec))
    counts = adc.histogram(codes, spec)
    assert counts.tolist() == [int((codes == code).sum()) for code in range(2**bits)]


def test_codes_of_any_layout_are_counted():
    codes = np.arange(24, dtype=np.uint8).reshape(2, 3, 4) % 8
    counts = adc.histogram(codes.swapaxes(0, 2)[::2], AdcSpec(bits=3, step=1, zero_code=0))
    assert counts.tolist() == [3, 0, 3, 0, 3, 0, 3, 0]  # by hand: every even code, 12 in all


def test_references_lie_half_a_code_below_their_code():
    # by hand: code 2 means 0, code 3 means 10; the first reference parts codes 0 and 1
    references = adc.references(AdcSpec(bits=2, step=10, zero_code=2))
    assert references.tolist() == [-15.0, -5.0, 5.0]
    assert references.dtype == np.float64


def test_one_bit_has_one_reference():
    assert adc.references(AdcSpec(bits=1, step=3, zero_code=0)).tolist() == [1.5]


def test_halves_round_up():
    spec = AdcSpec(bits=2, step=10, zero_code=2)
    below = np.nextafter([-15.0, -5.0, 5.0], -np.inf)
    assert converted([-15.0, -5.0, 5.0], spec).tolist() == [1, 2, 3]
    assert converted(below, spec).tolist() == [0, 1, 2]


@settings(deadline=None)
@given(converters(), st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_code_is_the_nearest_or_saturates(spec, steps):
    steps = np.array(steps)
    codes = converted(steps, spec)
    assert codes.dtype == np.uint8
    assert codes.min() >= 0
    assert codes.max() < 2**spec.bits
    error = steps - value(codes, spec)
    half = spec.step / 2
    low, high = value(0, spec) - half, value(2**spec.bits - 1, spec) + half
    inside = (low <= steps) & (steps < high)
    # One rounding of the subtraction above is allowed for, no more.
    assert (np.abs(error[inside]) <= half + np.spacing(np.abs(steps[inside]))).all()
    assert (codes[steps < low] == 0).all()
    assert (codes[steps >= high] == 2**spec.bits - 1).all()


@pytest.mark.parametrize("far", [1e3, 1e300, np.inf])
def test_saturates_at_both_ends(far):
    spec = AdcSpec(bits=5, step=3, zero_code=19)
    assert converted([-far, far], spec).tolist() == [0, 31]


@settings(deadline=None)
@given(converters(), st.lists(st.floats(-200, 200), min_size=2))
def test_codes_are_monotone(spec, steps):
    codes = converted(sorted(steps), spec)
    assert all(first <= second for first, second in pairwise(codes.tolist()))


def test_codes_keep_the_shape_of_the_values():
    spec = AdcSpec(bits=3, step=1, zero_code=4)
    steps = np.arange(-4.0, 4.0).reshape(2, 1, 4)
    assert converted(steps, spec).tolist() == [[[0, 1, 2, 3]], [[4, 5, 6, 7]]]


@pytest.mark.parametrize(
    ("rows", "cell_bits", "reference_level"), [(128, 2, 2), (128, 4, 8), (7, 3, 0), (5, 1, 1)]
)
def test_lossless_code_is_the_value_above_the_zero_code(rows, cell_bits, reference_level):
    top = 2**cell_bits - 1
    spec = MacroSpec(
        rows=rows,
        columns=4,
        parallel_rows=rows,
        columns_per_adc=1,
        cell_bits=cell_bits,
        input_bits=1,
        weight_bits=max(2, cell_bits),
        reference_level=reference_level,
        adc=AdcSpec(bits=1, step=7, zero_code=0),
    ).lossless()
    steps = np.arange(-rows * reference_level, rows * (top - reference_level) + 1)
    codes = converted(steps, spec.adc)
    np.testing.assert_array_equal(codes, steps + spec.adc.zero_code)
    # An error of less than half a step, as it is left by a real array, does not show.
    np.testing.assert_array_equal(converted(steps + 0.499, spec.adc), codes)
    np.testing.assert_array_equal(converted(steps - 0.5, spec.adc), codes)


@pytest.mark.parametrize(
    ("steps", "bits", "chosen"),
    [
        # by hand: every value has a code of its own
        ([-2, -1, 0, 1], 2, (1, 2)),
        # by hand: codes 0, 5, 10, 15 and zero code 1; any other pair misses a value
        ([-5, 0, 5, 10], 2, (5, 1)),
        # by hand: a step of 1 clips the 4 (error 9), steps of 2, 3 and 4 each miss the ten 1s
        # (errors 14, 11 and 10)
        ([0] * 9 + [1] * 10 + [4], 1, (1, 0)),
        # by hand: the same with eight 1s, where clipping costs 9 and missing them 8
        ([0] * 9 + [1] * 8 + [4], 1, (4, 0)),
        # by hand: nine 1s make clipping as bad as missing them, so the least step
        ([0] * 9 + [1] * 9 + [4], 1, (1, 0)),
        # by hand: 3 is the least step that clips nothing and errs by 1 at 4 and 8; a step of 4 errs
        # once, but no wider step is tried
        ([0, 4, 8, 9], 2, (3, 0)),
        # by hand: any pair is right, so the least
        ([0, 0], 3, (1, 0)),
        ([0.0, 0.0], 3, (1, 0)),
    ],
)
def test_calibration_of_a_known_set(steps, bits, chosen):
    assert adc.calibrate(np.array(steps), bits) == chosen


def test_calibration_counts_every_value_of_any_shape():
    steps = np.array([0] * 9 + [1] * 10 + [4])
    assert adc.calibrate(steps.reshape(2, 10), 1) == (1, 0)
    assert adc.calibrate(steps[::-1], 1) == (1, 0)


def test_counted_values_are_calibrated_as_if_each_stood_there():
    values, counts = np.array([-3, 0, 5, 40]), np.array([7, 90, 30, 1])
    all_of_them = adc.calibrate(np.repeat(values, counts), 2)
    assert adc.calibrate(values, 2, counts) == all_of_them
    assert adc.calibrate(values, 2) != all_of_them


def calibrated(steps, bits):
    step, zero_code = adc.calibrate(steps, bits)
    return AdcSpec(bits=bits, step=step, zero_code=zero_code)


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
@pytest.mark.parametrize("centre", [0, 4, -7])
def test_calibration_of_bell_shaped_values_is_the_best_of_all(bits, centre):
    steps = np.random.default_rng(bits).normal(centre, 6, 400).round().astype(int)
    chosen = calibrated(steps, bits)
    assert squared_error(steps, chosen) == best_error(steps, bits)


def test_more_bits_are_never_worse_for_bell_shaped_values():
    steps = np.random.default_rng(5).normal(-3, 20, 500).round().astype(int)
    errors = [squared_error(steps, calibrated(steps, bits)) for bits in range(1, 8)]
    assert all(more <= fewer for fewer, more in pairwise(errors))
    assert errors[-1] == 0  # 128 codes for less than 128 different values


@pytest.mark.parametrize("steps", [[100, 105, 110], [-40, -39]])
def test_calibration_of_values_far_from_zero(steps):
    steps = np.array(steps)
    # by hand: a step of 37 gives 111 and -37, which is off by 11 at most
    zero_code = 0 if steps.min() > 0 else 3
    fair = squared_error(steps, AdcSpec(bits=2, step=37, zero_code=zero_code))
    assert squared_error(steps, calibrated(steps, 2)) <= fair
