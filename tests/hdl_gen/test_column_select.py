"""ColumnSelect, in Amaranth's own simulator."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.column_select import ColumnSelect


def selects(run_bench, spec, steps):
    """Return the select after each step of column, convert and idle."""
    dut = ColumnSelect(spec)
    seen = []

    async def bench(ctx):
        for column, convert, idle in steps:
            ctx.set(dut.column, column)
            ctx.set(dut.convert, convert)
            ctx.set(dut.idle, idle)
            await ctx.tick()
            seen.append(ctx.get(dut.column_select))

    run_bench(dut, bench)
    return seen


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_conversion_selects_exactly_its_column(macro_spec, run_bench, count):
    spec = macro_spec(columns=2 * count, columns_per_adc=count)
    steps = [(column, 1, 0) for column in range(count)]
    assert selects(run_bench, spec, steps) == [1 << column for column in range(count)]


def test_select_holds_until_idle_clears_it(macro_spec, run_bench):
    spec = macro_spec(columns=8, columns_per_adc=4)
    steps = [(2, 1, 0), (3, 0, 0), (1, 0, 0), (1, 0, 1), (1, 0, 0)]
    assert selects(run_bench, spec, steps) == [0b0100, 0b0100, 0b0100, 0, 0]


def test_conversion_wins_over_idle(macro_spec, run_bench):
    spec = macro_spec(columns=8, columns_per_adc=4)
    assert selects(run_bench, spec, [(3, 1, 1)]) == [0b1000]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(data=st.data())
def test_at_most_one_column_is_selected(macro_spec, run_bench, data):
    spec = macro_spec(columns=6, columns_per_adc=3)
    step = st.tuples(st.integers(0, 2), st.booleans(), st.booleans())
    steps = data.draw(st.lists(step, min_size=1, max_size=30))
    expected, select = [], 0
    for column, convert, idle in steps:
        if convert:
            select = 1 << column
        elif idle:
            select = 0
        expected.append(select)
    assert selects(run_bench, spec, steps) == expected
