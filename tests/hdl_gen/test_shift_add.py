"""ShiftAdd, in Amaranth's own simulator, against sums of Python integers."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.shift_add import ShiftAdd
from hw_spec.port import unpack


def order_of(spec):
    """Return plane, group and column of each conversion of a vector, in their order."""
    return [
        (plane, group, column)
        for plane in reversed(range(spec.input_bits))
        for group in range(spec.row_groups)
        for column in range(spec.columns_per_adc)
    ]


def lane_sums(run_bench, spec, vectors, takes=()):
    """Return the column sums after each vector of codes, given in the order of conversions.

    A code is taken in the cycles in which ``takes`` is true or at its end. In every cycle, no sum
    but that of the column whose code was taken may have changed.
    """
    dut = ShiftAdd(spec)
    takes = iter(takes)
    ends = []

    def sums(ctx):
        return unpack(ctx.get(dut.sums), spec.column_sum_bits, spec.columns_per_adc)

    async def bench(ctx):
        for codes in vectors:
            for (plane, group, column), code in zip(order_of(spec), codes, strict=True):
                before = sums(ctx)
                while not next(takes, True):
                    # What is not taken must not count.
                    ctx.set(dut.take, 0)
                    ctx.set(dut.code, 2**spec.adc.bits - 1)
                    ctx.set(dut.taken, {"column": column, "first": 1, "doubles": 1, "last": 1})
                    await ctx.tick()
                    assert sums(ctx) == before
                taken = {
                    "column": column,
                    "first": plane == spec.input_bits - 1 and group == 0,
                    "doubles": group == 0,
                    "last": 0,
                    "row_sum": 0,
                }
                ctx.set(dut.take, 1)
                ctx.set(dut.code, code)
                ctx.set(dut.taken, taken)
                await ctx.tick()
                after = sums(ctx)
                after[column] = before[column]
                assert after == before
            ends.append(sums(ctx))

    run_bench(dut, bench)
    return ends


def expected_sums(spec, codes):
    """Return the sum of ``2**plane * code`` of each column."""
    sums = [0] * spec.columns_per_adc
    for (plane, _group, column), code in zip(order_of(spec), codes, strict=True):
        sums[column] += 2**plane * code
    return sums


SIZES = {
    "one of each": {"rows": 1, "parallel_rows": 1, "columns_per_adc": 1, "input_bits": 1},
    "groups only": {"rows": 7, "parallel_rows": 2, "columns_per_adc": 1, "input_bits": 1},
    "planes only": {"rows": 7, "parallel_rows": 7, "columns_per_adc": 1, "input_bits": 5},
    "columns only": {"rows": 7, "parallel_rows": 7, "columns_per_adc": 4, "input_bits": 1},
    "all": {"rows": 5, "parallel_rows": 2, "columns_per_adc": 4, "input_bits": 4},
}


@pytest.fixture(params=SIZES.values(), ids=SIZES)
def spec(request, macro_spec):
    return macro_spec(**request.param, adc={"bits": 4})


def test_sums_are_those_of_codes_times_powers_of_two(run_bench, spec):
    rng = random.Random(1)
    vectors = [[rng.randrange(16) for _ in order_of(spec)] for _ in range(4)]
    expected = [expected_sums(spec, codes) for codes in vectors]
    assert lane_sums(run_bench, spec, vectors) == expected


def test_widest_sum_does_not_wrap_and_is_not_carried_over(run_bench, spec):
    tops, zeros = [15] * len(order_of(spec)), [0] * len(order_of(spec))
    top = spec.row_groups * (2**spec.input_bits - 1) * 15
    sums = lane_sums(run_bench, spec, [tops, zeros, tops, tops])
    assert sums == [[n] * spec.columns_per_adc for n in (top, 0, top, top)]


def test_sum_doubles_once_per_plane(macro_spec, run_bench):
    spec = macro_spec(rows=3, parallel_rows=1, columns_per_adc=1, input_bits=2, adc={"bits": 4})
    # by hand: 2 * (1 + 2 + 3) + (4 + 5 + 6)
    assert lane_sums(run_bench, spec, [[1, 2, 3, 4, 5, 6]]) == [[27]]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(data=st.data())
def test_sums_do_not_depend_on_when_codes_are_taken(macro_spec, run_bench, data):
    spec = macro_spec(rows=4, parallel_rows=2, columns_per_adc=2, input_bits=3, adc={"bits": 4})
    count = len(order_of(spec))
    codes = st.lists(st.integers(0, 15), min_size=count, max_size=count)
    vectors = data.draw(st.lists(codes, min_size=1, max_size=3))
    takes = data.draw(st.lists(st.booleans(), max_size=60))
    expected = [expected_sums(spec, codes) for codes in vectors]
    assert lane_sums(run_bench, spec, vectors, takes) == expected
