import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hw_spec.macro import AdcSpec, MacroSpec


def macro(adc=None, **changed):
    fields = {
        "rows": 128,
        "columns": 256,
        "parallel_rows": 128,
        "columns_per_adc": 8,
        "cell_bits": 2,
        "input_bits": 8,
        "weight_bits": 8,
        "reference_level": 2,
    }
    adc = AdcSpec(**{"bits": 5, "step": 4, "zero_code": 16} | (adc or {}))
    return MacroSpec(**fields | changed, adc=adc)


@st.composite
def macros(draw):
    cell_bits = draw(st.integers(1, 4))
    weight_bits = draw(st.integers(max(2, cell_bits), 8))
    columns_per_adc = draw(st.integers(1, 4))
    rows = draw(st.integers(1, 9))
    bits = draw(st.integers(1, 6))
    return macro(
        rows=rows,
        columns=math.lcm(-(-weight_bits // cell_bits), columns_per_adc),
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


def groups(spec):
    """Return the rows of each read."""
    rows = range(spec.rows)
    return [rows[first : first + spec.parallel_rows] for first in rows[:: spec.parallel_rows]]


def psum_of_codes(spec, code_of, inputs):
    """Return the psum of one output, step by step as the classes describe codes and encoding."""
    psum = 0
    slices = math.ceil(spec.weight_bits / spec.cell_bits)
    for k, plane, group in itertools.product(range(slices), range(spec.input_bits), groups(spec)):
        steps = spec.adc.step * (code_of(k, plane, group) - spec.adc.zero_code)
        psum += 2 ** (spec.cell_bits * k) * 2**plane * steps
    for x in inputs:
        for k in range(slices):  # the reference column was subtracted from every slice
            psum += x * spec.reference_level * 2 ** (spec.cell_bits * k)
        psum -= x * 2 ** (spec.weight_bits - 1)
    return psum


def holds(bits, low, high):
    return -(2 ** (bits - 1)) <= low and high <= 2 ** (bits - 1) - 1


@settings(deadline=None)
@given(macros())
def test_psum_width_holds_the_extreme_psums_and_is_minimal(spec):
    # A psum is linear in each code and each input, so its extremes lie at theirs.
    extremes = [
        psum_of_codes(spec, lambda *_, code=code: code, [x] * spec.rows)
        for code in (0, 2**spec.adc.bits - 1)
        for x in (0, 2**spec.input_bits - 1)
    ]
    low, high = min(extremes), max(extremes)
    assert holds(spec.psum_bits, low, high)
    assert not holds(spec.psum_bits - 1, low, high)


@settings(deadline=None)
@given(macros())
def test_column_and_row_sums_fill_their_widths(spec):
    column_sum = sum(
        2**plane * (2**spec.adc.bits - 1) for plane in range(spec.input_bits) for _ in groups(spec)
    )
    assert 2 ** (spec.column_sum_bits - 1) <= column_sum < 2**spec.column_sum_bits
    row_sum = sum(2**spec.input_bits - 1 for _ in range(spec.rows))
    if spec.input_correction:
        assert 2 ** (spec.row_sum_bits - 1) <= row_sum < 2**spec.row_sum_bits
    else:  # no psum needs it
        assert spec.row_sum_bits == 0


@settings(deadline=None)
@given(macros(), st.data())
def test_lossless_codes_give_the_exact_product(spec, data):
    spec = spec.lossless()
    offset = 2 ** (spec.weight_bits - 1)
    number = st.integers(-offset, offset - 1)
    weights = data.draw(st.lists(number, min_size=spec.rows, max_size=spec.rows))
    number = st.integers(0, 2**spec.input_bits - 1)
    inputs = data.draw(st.lists(number, min_size=spec.rows, max_size=spec.rows))
    codes = []

    def code_of(k, plane, group):
        current = 0  # in conductance steps, above that of the reference column
        for row in group:
            cell = (weights[row] + offset) // 2 ** (spec.cell_bits * k) % 2**spec.cell_bits
            current += (inputs[row] >> plane & 1) * (cell - spec.reference_level)
        codes.append(current + spec.adc.zero_code)
        return codes[-1]

    product = sum(x * w for x, w in zip(inputs, weights, strict=True))
    assert psum_of_codes(spec, code_of, inputs) == product
    assert min(codes) >= 0
    assert max(codes) < 2**spec.adc.bits

    # The same from column sums, with both corrections: this is what the hardware computes.
    codes = iter(codes)
    sliced = 0
    for weight in spec.slice_weights:
        for plane in range(spec.input_bits):
            sliced += weight * sum(2**plane * next(codes) for _ in groups(spec))
    psum = spec.adc.step * sliced - spec.code_correction - spec.input_correction * sum(inputs)
    assert psum == product


@pytest.mark.parametrize(
    ("rows", "cell_bits", "bits"), [(128, 1, 8), (128, 2, 9), (128, 4, 11), (64, 1, 7)]
)
def test_lossless_width_follows_the_published_formula(rows, cell_bits, bits):
    # ceil(log2(1 + R * L)): R rows read at once, L = 2**c - 1 levels above zero
    assert bits == math.ceil(math.log2(1 + rows * (2**cell_bits - 1)))
    spec = macro(rows=rows, parallel_rows=rows, cell_bits=cell_bits, reference_level=1)
    assert spec.lossless().adc.bits == bits


def test_lossless_twin_differs_in_its_converter_only():
    spec = macro(adc={"conversion_cycles": 6})
    twin = spec.lossless()
    assert twin.adc == AdcSpec(bits=9, step=1, zero_code=256, conversion_cycles=6)
    assert twin.model_copy(update={"adc": spec.adc}) == spec


@settings(deadline=None)
@given(macros())
def test_lossless_twin_is_itself_valid(spec):
    twin = spec.lossless()
    assert MacroSpec.model_validate(twin.model_dump()) == twin


def test_lossless_code_wider_than_16_bits():
    spec = macro(rows=1024, parallel_rows=1024, cell_bits=8, weight_bits=8)
    message = r"^A lossless code of 1024 rows of 8-bit cells must have at most 16 bits, not 18$"
    with pytest.raises(ValueError, match=message):
        spec.lossless()


def test_counts_of_the_intel_macro():
    spec = macro(parallel_rows=48, adc={"conversion_cycles": 3})
    # by hand: 128 rows in groups of 48, 48 and 32; 256 columns, 8 per ADC, 4 cells per weight
    assert spec.row_groups == 3
    assert spec.lanes == 32
    assert spec.slices == 4
    assert spec.outputs == 64
    assert spec.top_level == 3
    assert spec.cycles_per_vector == 8 * 3 * 8 * 3
    assert spec.slice_weights == (1, 4, 16, 64)


LEVELS = "between 0 and 3 for a cell of 2 bits"
BEATS = "between 2, which keeps up with the conversions, and rows = 128"
CELLS = "the 3 cells of a weight (weight_bits / cell_bits, rounded up)"


@pytest.mark.parametrize("beat_rows", [0, 1025])
def test_beat_rows_of_no_macro(beat_rows):
    with pytest.raises(ValidationError, match="beat_rows"):
        macro(rows=1024, beat_rows=beat_rows)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"parallel_rows": 129}, "parallel_rows must not exceed rows = 128, not 129"),
        ({"cell_bits": 8, "weight_bits": 4}, "cell_bits must not exceed weight_bits = 4, not 8"),
        ({"columns": 250}, "columns must be a multiple of columns_per_adc = 8, not 250"),
        ({"cell_bits": 3}, f"columns must be a multiple of {CELLS}, not 256"),
        ({"reference_level": 4}, f"reference_level must be {LEVELS}, not 4"),
        # by hand: 8 planes and 8 columns make 64 cycles, in each of which 2 of 128 rows are loaded
        ({"beat_rows": 1}, f"beat_rows must be {BEATS}, not 1"),
        ({"beat_rows": 129}, f"beat_rows must be {BEATS}, not 129"),
        ({"adc": {"zero_code": 32}}, "zero_code must be below 2**bits = 32, not 32"),
        (
            {"rows": 1024, "parallel_rows": 1, "input_bits": 16, "weight_bits": 16}
            | {"adc": {"bits": 16, "step": 4096}},
            (
                "psums must fit in 63 bits, but input_bits, weight_bits, adc.bits and adc.step "
                "together need 70"
            ),
        ),
    ],
)
def test_sizes_that_disagree(changed, message):
    with pytest.raises(ValidationError) as caught:
        macro(**changed)
    assert [str(one["ctx"]["error"]) for one in caught.value.errors()] == [message]


def test_spec_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        macro().rows = 3
