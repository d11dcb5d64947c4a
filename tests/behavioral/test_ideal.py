import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from behavioral import ideal
from hw_spec.macro import AdcSpec, MacroSpec


def macro(adc=None, **changed):
    fields = {
        "rows": 3,
        "columns": 2,
        "parallel_rows": 2,
        "columns_per_adc": 2,
        "cell_bits": 2,
        "input_bits": 2,
        "weight_bits": 4,
        "reference_level": 1,
    }
    adc = AdcSpec(**{"bits": 4, "step": 1, "zero_code": 2} | (adc or {}))
    return MacroSpec(**fields | changed, adc=adc)


@st.composite
def macros(draw):
    """Draw small macros of every encoding; slices need not divide the weight."""
    cell_bits = draw(st.integers(1, 4))
    weight_bits = draw(st.integers(max(2, cell_bits), 8))
    columns_per_adc = draw(st.integers(1, 3))
    rows = draw(st.integers(1, 7))
    bits = draw(st.integers(1, 6))
    return macro(
        rows=rows,
        columns=math.lcm(-(-weight_bits // cell_bits), columns_per_adc) * draw(st.integers(1, 2)),
        parallel_rows=draw(st.integers(1, rows)),
        columns_per_adc=columns_per_adc,
        cell_bits=cell_bits,
        input_bits=draw(st.integers(1, 5)),
        weight_bits=weight_bits,
        reference_level=draw(st.integers(0, 2**cell_bits - 1)),
        adc={
            "bits": bits,
            "step": draw(st.integers(1, 9)),
            "zero_code": draw(st.integers(0, 2**bits - 1)),
        },
    )


@st.composite
def layers(draw):
    """Draw a macro, input vectors and weights."""
    spec = draw(macros())
    offset = 2 ** (spec.weight_bits - 1)
    top = 2**spec.input_bits - 1
    vectors = draw(st.integers(1, 3))
    inputs = arrays(np.uint8, (vectors, spec.rows), elements=st.integers(0, top))
    number = st.integers(-offset, offset - 1)
    weights = arrays(np.int16, (spec.rows, spec.outputs), elements=number)
    return spec, draw(inputs), draw(weights)


def levels(weights, spec):
    """Return cell levels, written from the class docstring of the encoding."""
    stored = weights.astype(int) + 2 ** (spec.weight_bits - 1)
    base = 2**spec.cell_bits
    cells = np.empty((spec.rows, spec.columns), dtype=np.uint8)
    for k in range(spec.slices):
        cells[:, k :: spec.slices] = stored // base**k % base
    return cells


def groups(spec):
    """Return the rows of each read."""
    rows = range(spec.rows)
    return [rows[first : first + spec.parallel_rows] for first in rows[:: spec.parallel_rows]]


@settings(deadline=None)
@given(layers())
def test_psums_of_lossless_codes_equal_the_product(layer):
    spec, inputs, weights = layer
    spec = spec.lossless()
    codes = ideal.column_steps(inputs, levels(weights, spec), spec) + spec.adc.zero_code
    assert codes.min() >= 0
    assert codes.max() < 2**spec.adc.bits
    psums = ideal.psums_from_codes(codes, inputs, spec)
    np.testing.assert_array_equal(psums, ideal.product(inputs, weights))


@settings(deadline=None)
@given(layers())
def test_column_steps_equal_sums_over_single_cells(layer):
    spec, inputs, weights = layer
    cells = levels(weights, spec)
    steps = ideal.column_steps(inputs, cells, spec)
    assert steps.shape == (len(inputs), spec.input_bits, spec.row_groups, spec.columns)
    assert steps.dtype == np.int64
    for (vector, plane, group, column), step in np.ndenumerate(steps):
        expected = 0
        for row in groups(spec)[group]:
            bit = int(inputs[vector, row]) // 2**plane % 2
            expected += bit * (int(cells[row, column]) - spec.reference_level)
        assert step == expected


@settings(deadline=None)
@given(macros(), st.data())
def test_psums_of_any_codes_follow_the_docstring_of_the_codes(spec, data):
    shape = (2, spec.input_bits, spec.row_groups, spec.columns)
    code = st.integers(0, 2**spec.adc.bits - 1)
    codes = data.draw(arrays(np.uint8, shape, elements=code))
    number = st.integers(0, 2**spec.input_bits - 1)
    inputs = data.draw(arrays(np.uint8, (2, spec.rows), elements=number))
    psums = ideal.psums_from_codes(codes, inputs, spec)
    assert psums.dtype == np.int64
    for (vector, output), psum in np.ndenumerate(psums):
        expected = -spec.input_correction * sum(inputs[vector].tolist())
        for k in range(spec.slices):
            for plane, group in np.ndindex(spec.input_bits, spec.row_groups):
                code = int(codes[vector, plane, group, output * spec.slices + k])
                steps = spec.adc.step * (code - spec.adc.zero_code)
                expected += 2 ** (spec.cell_bits * k) * 2**plane * steps
        assert psum == expected
    assert psums.shape == (2, spec.outputs)


def test_worked_example():
    spec = macro()
    inputs, weights = np.array([[1, 2, 3]]), np.array([[-8], [5], [0]])
    # by hand: U = W + 8 = 0, 13, 8 in base 4, least significant digit first
    cells = levels(weights, spec)
    assert cells.tolist() == [[0, 0], [1, 3], [0, 2]]
    # by hand: levels less the reference of 1 are (-1, -1), (0, 2), (-1, 1); rows 0 and 1 are read
    # together, row 2 alone; plane 0 drives rows 0 and 2, plane 1 rows 1 and 2
    steps = ideal.column_steps(inputs, cells, spec)
    assert steps.tolist() == [[[[-1, -1], [-1, 1]], [[0, 2], [-1, 1]]]]
    # by hand: 1*-8 + 2*5 + 3*0
    assert ideal.product(inputs, weights).tolist() == [[2]]
    assert ideal.psums_from_codes(steps + 2, inputs, spec).tolist() == [[2]]


def test_psums_of_a_coarse_converter_by_hand():
    spec = macro(rows=1, parallel_rows=1, adc={"step": 3, "zero_code": 2})
    codes = np.array([[[[4, 2]], [[1, 3]]]])
    # by hand: slice 0 gives 3*(4-2) + 2*3*(1-2) = 0, slice 1 gives 0 + 2*3*(3-2) = 6; the input
    # correction is 8 - 1*(1 + 4) = 3, the input 3
    assert ideal.psums_from_codes(codes, np.array([[3]]), spec).tolist() == [[4 * 6 - 3 * 3]]


@pytest.mark.parametrize("weight", [-128, 127])
def test_narrow_integers_do_not_overflow(weight):
    inputs = np.full((1, 1024), 255, dtype=np.uint8)
    weights = np.full((1024, 1), weight, dtype=np.int8)
    psums = ideal.product(inputs, weights)
    assert psums.dtype == np.int64
    assert psums.tolist() == [[1024 * 255 * weight]]

    spec = macro(rows=1024, parallel_rows=1024, input_bits=8, weight_bits=8, columns=4).lossless()
    codes = ideal.column_steps(inputs, levels(weights, spec), spec) + spec.adc.zero_code
    codes = codes.astype(np.uint16)
    psums = ideal.psums_from_codes(codes, inputs, spec)
    assert psums.tolist() == [[1024 * 255 * weight]]


def test_product_of_unsigned_64_bit_inputs_stays_an_integer():
    inputs, weights = np.array([[3]], dtype=np.uint64), np.array([[-2]])
    assert ideal.product(inputs, weights).dtype == np.int64
