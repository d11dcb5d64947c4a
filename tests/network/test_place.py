import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw_spec.macro import AdcSpec, MacroSpec
from network.place import levels, pad_inputs


def macro(rows=64, outputs=16, cell_bits=2, weight_bits=8, input_bits=8):
    slices = -(-weight_bits // cell_bits)
    return MacroSpec(
        rows=rows,
        columns=outputs * slices,
        parallel_rows=rows,
        columns_per_adc=slices,
        cell_bits=cell_bits,
        input_bits=input_bits,
        weight_bits=weight_bits,
        reference_level=0,
        adc=AdcSpec(bits=8, step=1, zero_code=0),
    )


@st.composite
def layers(draw):
    weight_bits = draw(st.integers(2, 16))
    cell_bits = draw(st.integers(1, min(8, weight_bits)))
    inputs, outputs = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    spec = macro(
        rows=inputs + draw(st.integers(0, 3)),
        outputs=outputs + draw(st.integers(0, 3)),
        cell_bits=cell_bits,
        weight_bits=weight_bits,
    )
    number = st.integers(-(2 ** (weight_bits - 1)), 2 ** (weight_bits - 1) - 1)
    row = st.lists(number, min_size=outputs, max_size=outputs)
    return spec, draw(st.lists(row, min_size=inputs, max_size=inputs))


@settings(deadline=None)
@given(layers())
def test_digits_of_the_cells_recombine_to_the_stored_weight(layer):
    spec, weights = layer
    cells = levels(np.array(weights), spec).tolist()
    for row, line in enumerate(weights):
        for output, weight in enumerate(line):
            digits = [cells[row][output * spec.slices + k] for k in range(spec.slices)]
            stored = sum(digit * (2**spec.cell_bits) ** k for k, digit in enumerate(digits))
            assert stored == weight + 2 ** (spec.weight_bits - 1)
            assert max(digits) <= spec.top_level


@settings(deadline=None)
@given(layers())
def test_unused_cells_hold_level_0(layer):
    spec, weights = layer
    cells = levels(np.array(weights), spec)
    assert cells.shape == (spec.rows, spec.columns)
    assert cells.dtype == np.uint8
    assert not cells[len(weights) :].any()
    assert not cells[:, len(weights[0]) * spec.slices :].any()


def test_least_significant_digit_comes_first():
    cells = levels(np.array([[-128, 1]]), macro(rows=1, outputs=2))
    # by hand: U = 0 and U = 129 = 2*64 + 1
    assert cells.tolist() == [[0, 0, 0, 0, 1, 0, 0, 2]]


def test_pairs_hold_the_magnitude_in_the_line_of_its_sign():
    spec = macro(rows=1, outputs=3, weight_bits=7)
    spec = MacroSpec(**{**spec.model_dump(), "encoding": "differential", "adc": spec.adc})
    cells = levels(np.array([[-63, 1, 0]]), spec)
    # by hand: 63 = 3 + 4 * 3 + 16 * 3; positive weights in the first 12 lines, negative ones behind
    assert cells.tolist() == [[0, 0, 0, 1] + [0] * 8 + [3, 3, 3] + [0] * 9]
    with pytest.raises(ValueError, match=r"^Weights must be between -63 and 63, not -64$"):
        levels(np.array([[-64]]), spec)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int64, ">i4"])
def test_any_signed_type_gives_the_same_levels(dtype):
    weights = np.array([[-128, 127], [0, -1]])
    np.testing.assert_array_equal(levels(weights.astype(dtype), macro()), levels(weights, macro()))


def test_layer_as_large_as_the_macro_fits():
    assert (levels(np.full((64, 16), 127), macro()) == 3).all()


def test_inputs_are_padded_with_zeros():
    padded = pad_inputs(np.array([[1, 255], [3, 4]], dtype=np.uint8), macro(rows=4))
    assert padded.dtype == np.int64
    assert padded.tolist() == [[1, 255, 0, 0], [3, 4, 0, 0]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint64])
def test_any_integer_type_gives_the_same_vectors(dtype):
    assert pad_inputs(np.array([[7, 100]], dtype=dtype), macro(rows=3)).tolist() == [[7, 100, 0]]


def test_padding_leaves_the_given_inputs_alone():
    inputs = np.array([[5]])
    pad_inputs(inputs, macro(rows=1))[:] = 0
    assert inputs.tolist() == [[5]]


def integers(*shape):
    return np.zeros(shape, dtype=np.int64)


@pytest.mark.parametrize(
    ("function", "value", "message"),
    [
        (
            levels,
            integers(65, 16),
            "Layer has 65 inputs, which is more than the 64 rows of the macro",
        ),
        (
            levels,
            integers(64, 17),
            "Layer has 17 outputs, which is more than the 16 outputs of the macro",
        ),
        (levels, np.array([[0, 128]]), "Weights must be between -128 and 127, not 128"),
        (levels, np.array([[0, -129]]), "Weights must be between -128 and 127, not -129"),
        (
            levels,
            np.array([[2**64 - 1]], dtype=np.uint64),
            "Weights must be between -128 and 127, not 18446744073709551615",
        ),
        (levels, integers(4), "Weights must be 2-dimensional, not 1-dimensional"),
        (levels, integers(1, 2, 3), "Weights must be 2-dimensional, not 3-dimensional"),
        (levels, integers(0, 3), "Weights must have shape (1, 3), not (0, 3)"),
        (
            pad_inputs,
            integers(2, 65),
            "Vectors have 65 inputs, which is more than the 64 rows of the macro",
        ),
        (pad_inputs, np.array([[0, 256]]), "Inputs must be between 0 and 255, not 256"),
        (pad_inputs, np.array([[0, -1]]), "Inputs must be between 0 and 255, not -1"),
        (pad_inputs, integers(4), "Inputs must be 2-dimensional, not 1-dimensional"),
        (pad_inputs, integers(0, 64), "Inputs must have shape (1, 64), not (0, 64)"),
    ],
)
def test_value_that_breaks_a_rule(function, value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        function(value, macro())


@pytest.mark.parametrize(("function", "name"), [(levels, "Weights"), (pad_inputs, "Inputs")])
@pytest.mark.parametrize(
    ("value", "what"),
    [
        (np.array([[1.0, 2.0]]), "an array of 'float64'"),  # whole numbers are no excuse
        (np.array([[np.nan]]), "an array of 'float64'"),
        (np.array([[True]]), "an array of 'bool'"),
        (np.array([[1]], dtype=object), "an array of 'object'"),
        (np.array([[1]], dtype="m8[s]"), "an array of 'timedelta64[s]'"),
        ([[1, 2]], "'list'"),
        (None, "'NoneType'"),
    ],
)
def test_no_integer_array(function, name, value, what):
    message = re.escape(f"{name} must be an integer array, not {what}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        function(value, macro())
