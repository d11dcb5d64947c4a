import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.twin.results import column_walk, psums_of_sums, unsigned
from hw_spec.macro import WIDEST_PSUM
from hw_spec.port import psums_per_beat


@pytest.mark.parametrize(("bits", "name"), [(1, "u1"), (8, "u1"), (9, "u2"), (33, "u8")])
def test_types_are_as_small_as_they_may_be(bits, name):
    assert unsigned(bits) == np.dtype(name)


def test_sums_double_with_each_bit_plane(make_chip):
    spec = make_chip(rows=2, parallel_rows=1, columns=2, columns_per_adc=1, input_bits=2).macro
    codes = np.array([[[[1, 15], [2, 15]], [[3, 15], [4, 15]]]])
    # by hand: 1, + 2; doubled + 3, + 4; and 15, 30; 60 + 15, + 15
    assert column_walk(codes, spec).tolist() == [[[1, 15], [3, 30], [9, 75], [13, 90]]]


WIDEST = {"rows": 1024, "parallel_rows": 2, "columns": 4, "columns_per_adc": 2, "input_bits": 16}
WIDEST |= {"cell_bits": 8, "weight_bits": 16}


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([0, 1, 65534, 65535, None]), st.integers(0, 99))
def test_widest_psums_are_exact(make_chip, fill, seed):
    spec = make_chip(**WIDEST, adc={"bits": 16, "step": 4096, "zero_code": 65535}).macro
    assert spec.psum_bits == WIDEST_PSUM
    shape = (2, spec.input_bits, spec.row_groups, spec.columns)
    rng = np.random.default_rng(seed)
    codes = np.full(shape, fill) if fill is not None else rng.integers(0, 65536, shape)
    row_sums = np.array([0, 1024 * 65535]) if fill else rng.integers(0, 1024 * 65536, 2)
    psums = psums_of_sums(column_walk(codes, spec)[:, -1], row_sums, spec)
    for vector, output in np.ndindex(2, spec.outputs):
        exact = -spec.code_correction - spec.input_correction * int(row_sums[vector])
        for position, weight in enumerate(spec.slice_weights):
            column = codes[vector, :, :, output * spec.slices + position].tolist()
            for place, groups in zip(reversed(range(spec.input_bits)), column, strict=True):
                exact += spec.adc.step * weight * 2**place * sum(groups)
        assert psums[vector, output] == exact


def test_unused_fields_hold_what_sums_of_zero_give(make_chip):
    spec = make_chip(rows=4, parallel_rows=4, columns=10, columns_per_adc=1).macro
    assert psums_per_beat(spec) == 2  # and 5 outputs
    psums = psums_of_sums(np.full((1, 10), 200, np.uint8), np.array([9]), spec)
    assert psums[0, 5] == -spec.code_correction - spec.input_correction * 9
