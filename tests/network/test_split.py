import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavioral import ideal
from hw_spec.macro import AdcSpec, MacroSpec
from network.split import Split


def macro(rows=5, outputs=3, adc_bits=8):
    return MacroSpec(
        rows=rows,
        columns=2 * outputs,
        parallel_rows=rows,
        columns_per_adc=2,
        cell_bits=2,
        input_bits=3,
        weight_bits=4,
        reference_level=1,
        adc=AdcSpec(bits=adc_bits, step=1, zero_code=0),
    ).lossless()


def psums_of(levels, vectors, spec):
    """What an ideal array with a lossless ADC gives, conversion by conversion."""
    codes = ideal.column_steps(vectors, levels, spec) + spec.adc.zero_code
    return ideal.psums_from_codes(codes, vectors, spec)


@settings(deadline=None)
@given(
    inputs=st.integers(1, 17),
    outputs=st.integers(1, 10),
    vectors=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_psums_of_all_macros_add_up_to_the_integer_product(inputs, outputs, vectors, seed):
    rng, split = np.random.default_rng(seed), Split(macro(), inputs, outputs)
    weights = rng.integers(-8, 8, (inputs, outputs), dtype=np.int16)
    vectors_in = rng.integers(0, 8, (vectors, inputs), dtype=np.uint16)
    sums = np.zeros((vectors, outputs), dtype=np.int64)
    for number in rng.permutation(split.macros).tolist():
        padded = split.vectors(vectors_in, number)
        psums = psums_of(split.levels(weights, number), padded, split.spec)
        split.add(sums, psums, number)
    np.testing.assert_array_equal(sums, vectors_in.astype(np.int64) @ weights.astype(np.int64))


def test_macros_are_counted_in_column_blocks():
    split = Split(macro(rows=5, outputs=3), 11, 4)
    assert (split.row_blocks, split.column_blocks, split.macros) == (3, 2, 6)
    weights = np.arange(-8, 8).repeat(3)[:44].reshape(11, 4)
    # Macro 4 is row block 1 of column block 1: rows 5 to 9, output 3 and two that are padding.
    levels = split.levels(weights, 4)
    stored = levels[:, 0::2].astype(int) + 4 * levels[:, 1::2]
    np.testing.assert_array_equal(stored[:, 0], weights[5:10, 3] + 8)
    np.testing.assert_array_equal(stored[:, 1:], 0)


def test_inputs_beyond_the_layer_are_zero():
    split = Split(macro(rows=5), 7, 3)
    inputs = np.arange(1, 8)[np.newaxis]
    np.testing.assert_array_equal(split.vectors(inputs, 0), [[1, 2, 3, 4, 5]])
    np.testing.assert_array_equal(split.vectors(inputs, 1), [[6, 7, 0, 0, 0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Split(macro(), 0, 3), "Inputs of a layer must be between 1 and 16777216, not 0"),
        (lambda: Split(macro(), 3, 0), "Outputs of a layer must be between 1 and 16777216, not 0"),
        (
            lambda: Split(macro(), 6, 3).levels(np.zeros((5, 3), int), 0),
            "Weights must have shape (6, 3), not (5, 3)",
        ),
        (
            lambda: Split(macro(), 6, 3).vectors(np.zeros((1, 5), int), 0),
            "Inputs must have shape (1, 6), not (1, 5)",
        ),
        (
            lambda: Split(macro(), 6, 3).levels(np.zeros((6, 3), int), 2),
            "Macro must be between 0 and 1, not 2",
        ),
        (
            lambda: Split(macro(), 6, 3).add(np.zeros((2, 3), int), np.zeros((2, 2), int), 0),
            "Psums must have shape (2, 3), not (2, 2)",
        ),
    ],
)
def test_value_that_breaks_a_rule(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()


def test_sums_that_could_exceed_64_bits():
    wide = MacroSpec(
        rows=1,
        columns=4,
        parallel_rows=1,
        columns_per_adc=4,
        cell_bits=4,
        input_bits=16,
        weight_bits=16,
        reference_level=0,
        adc=AdcSpec(bits=16, step=4096, zero_code=0),
    )
    assert wide.psum_bits == 58  # step 12, code 16, bit planes 16, slices 13, sign 1
    Split(wide, 2**6, 1)
    message = "Sums of the psums of 65 row blocks must fit in 64 bits, but need up to 65"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Split(wide, 2**6 + 1, 1)
