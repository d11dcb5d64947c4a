"""WordLineDecoder, in Amaranth's own simulator."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.word_lines import WordLineDecoder

CONVERT = {"convert": 1}
IDLE = {"idle": 1}


def access(row):
    return {"access_enable": 1, "access_row": row}


def word_lines(run_bench, spec, steps):
    """Return the open word lines after each step; inputs a step does not name are zero."""
    dut = WordLineDecoder(spec)
    seen = []

    async def bench(ctx):
        for step in steps:
            for name in ("convert", "idle", "access_enable", "access_row"):
                ctx.set(getattr(dut, name), step.get(name, 0))
            await ctx.tick()
            seen.append(ctx.get(dut.word_lines))

    run_bench(dut, bench)
    return seen


@pytest.mark.parametrize("rows", [1, 2, 5, 8])
def test_conversion_opens_all_rows_until_idle(macro_spec, run_bench, rows):
    spec = macro_spec(rows=rows, parallel_rows=1)
    everything = 2**rows - 1
    seen = word_lines(run_bench, spec, [{}, CONVERT, {}, {}, CONVERT, IDLE, {}])
    assert seen == [0, everything, everything, everything, everything, 0, 0]


@pytest.mark.parametrize("rows", [1, 2, 5, 8])
def test_access_opens_exactly_its_row(macro_spec, run_bench, rows):
    spec = macro_spec(rows=rows, parallel_rows=1)
    steps = [access(row) for row in range(rows)]
    assert word_lines(run_bench, spec, steps) == [1 << row for row in range(rows)]


def test_row_beyond_the_last_opens_none(macro_spec, run_bench):
    spec = macro_spec(rows=5, parallel_rows=1)
    assert word_lines(run_bench, spec, [access(5), access(6), access(7)]) == [0, 0, 0]


def test_row_is_not_opened_without_enable(macro_spec, run_bench):
    spec = macro_spec(rows=5, parallel_rows=1)
    steps = [access(3), {"access_row": 3}, {"access_row": 4}, access(4)]
    assert word_lines(run_bench, spec, steps) == [0b01000, 0, 0, 0b10000]


def test_conversion_wins_over_access(macro_spec, run_bench):
    spec = macro_spec(rows=5, parallel_rows=1)
    steps = [access(2), access(2) | CONVERT, access(2), access(2) | IDLE, access(2)]
    assert word_lines(run_bench, spec, steps) == [0b00100, 0b11111, 0b11111, 0b00100, 0b00100]


def test_conversion_wins_over_idle(macro_spec, run_bench):
    spec = macro_spec(rows=5, parallel_rows=1)
    assert word_lines(run_bench, spec, [CONVERT | IDLE, {}]) == [0b11111, 0b11111]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(data=st.data())
def test_all_one_or_none_is_open(macro_spec, run_bench, data):
    spec = macro_spec(rows=5, parallel_rows=1)
    flag = st.integers(0, 1)
    step = st.fixed_dictionaries(
        {"convert": flag, "idle": flag, "access_enable": flag, "access_row": st.integers(0, 7)}
    )
    steps = data.draw(st.lists(step, min_size=1, max_size=30))
    expected, all_open = [], False
    for step in steps:
        all_open = bool(step["convert"]) or (all_open and not step["idle"])
        row = step["access_row"] if step["access_enable"] else 5
        expected.append(0b11111 if all_open else 1 << row if row < 5 else 0)
    assert word_lines(run_bench, spec, steps) == expected
