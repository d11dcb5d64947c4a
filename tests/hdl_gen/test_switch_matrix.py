"""SwitchMatrix, in Amaranth's own simulator, against a list of rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.switch_matrix import SwitchMatrix


def driven(spec, vector, plane, group):
    """Return the drive of one conversion, row by row."""
    drive = 0
    for row in range(spec.rows):
        in_group = row // spec.parallel_rows == group
        drive |= (in_group and vector[row] >> plane & 1) << row
    return drive


def drives(run_bench, spec, steps):
    """Return the drive after each step of vector, plane, group, convert and idle."""
    dut = SwitchMatrix(spec)
    seen = []

    async def bench(ctx):
        for vector, plane, group, convert, idle in steps:
            bits = [x >> n & 1 for n in range(spec.input_bits) for x in vector]
            ctx.set(dut.vector, sum(bit << n for n, bit in enumerate(bits)))
            ctx.set(dut.plane, plane)
            ctx.set(dut.group, group)
            ctx.set(dut.convert, convert)
            ctx.set(dut.idle, idle)
            await ctx.tick()
            seen.append(ctx.get(dut.row_drive))

    run_bench(dut, bench)
    return seen


@pytest.mark.parametrize(
    ("rows", "parallel_rows"), [(8, 8), (8, 4), (7, 3), (5, 1), (1, 1)], ids=str
)
def test_each_conversion_drives_the_bits_of_its_plane_in_its_group(
    macro_spec, run_bench, rows, parallel_rows
):
    spec = macro_spec(rows=rows, parallel_rows=parallel_rows, input_bits=3)
    vectors = [[(5 * row + n) % 8 for row in range(rows)] for n in range(2)] + [[7] * rows]
    conversions = [
        (vector, plane, group)
        for vector in vectors
        for plane in range(3)
        for group in range(spec.row_groups)
    ]
    seen = drives(run_bench, spec, [(*conversion, 1, 0) for conversion in conversions])
    assert seen == [driven(spec, *conversion) for conversion in conversions]


def test_short_last_group_drives_its_own_rows_only(macro_spec, run_bench):
    spec = macro_spec(rows=7, parallel_rows=3, input_bits=1)
    steps = [([1] * 7, 0, group, 1, 0) for group in range(3)]
    # by hand: rows 0 to 2, 3 to 5, and 6
    assert drives(run_bench, spec, steps) == [0b0000111, 0b0111000, 0b1000000]


def test_drive_holds_until_idle_grounds_it(macro_spec, run_bench):
    spec = macro_spec(rows=4, parallel_rows=4, input_bits=1)
    one, other = [1, 0, 1, 1], [0, 1, 0, 0]
    steps = [(one, 0, 0, 1, 0), *[(other, 0, 0, 0, 0)] * 3, (other, 0, 0, 0, 1)]
    assert drives(run_bench, spec, steps) == [0b1101, 0b1101, 0b1101, 0b1101, 0]


def test_conversion_wins_over_idle(macro_spec, run_bench):
    spec = macro_spec(rows=4, parallel_rows=4, input_bits=1)
    assert drives(run_bench, spec, [([1, 0, 1, 1], 0, 0, 1, 1)]) == [0b1101]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(data=st.data())
def test_drive_changes_with_convert_and_idle_only(macro_spec, run_bench, data):
    spec = macro_spec(rows=5, parallel_rows=2, input_bits=3)
    step = st.tuples(
        st.lists(st.integers(0, 7), min_size=5, max_size=5),
        st.integers(0, 2),
        st.integers(0, 2),
        st.booleans(),
        st.booleans(),
    )
    steps = data.draw(st.lists(step, min_size=1, max_size=30))
    expected, drive = [], 0
    for vector, plane, group, convert, idle in steps:
        if convert:
            drive = driven(spec, vector, plane, group)
        elif idle:
            drive = 0
        expected.append(drive)
    assert drives(run_bench, spec, steps) == expected
