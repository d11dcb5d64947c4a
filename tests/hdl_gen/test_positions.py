"""Positions, in Amaranth's own simulator, against loops inside each other."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.positions import Positions
from hw_spec.program import IMMEDIATE_BITS, Setting

LOOPS = ("ROW", "COLUMN", "WINDOW_ROW", "WINDOW_COLUMN")


def walk(values):
    """Return address, x, y and copy, one after the other, by loops inside each other."""
    place = [values[Setting.ADDRESS], values[Setting.X], values[Setting.Y]]
    visited = []

    def visit():
        for copy in range(values[Setting.COPIES]):
            down = copy * values[Setting.COPY_ADDRESS], 0, copy * values[Setting.COPY_Y]
            visited.append((*[at + by for at, by in zip(place, down, strict=True)], copy))

    def loop(names):
        if not names:
            visit()
            return
        for turn in range(values[Setting[f"COUNT_{names[0]}S"]]):
            if turn:
                for axis, part in enumerate(("ADDRESS", "X", "Y")):
                    place[axis] += values[Setting[f"{names[0]}_{part}"]]
            loop(names[1:])

    loop(LOOPS)
    return visited


def draw_settings(data, most=3):
    """Draw small counts and steps of any sign; the other settings are junk."""
    values = {setting: data.draw(st.integers(-40, 40), label=setting.name) for setting in Setting}
    for loop in LOOPS:
        values[Setting[f"COUNT_{loop}S"]] = data.draw(st.integers(1, most), label=loop)
    values[Setting.COPIES] = data.draw(st.integers(1, most), label="copies")
    return values


def visit(run_bench, values, pauses=()):
    """Step through all positions, checking every output in every cycle, and some cycles beyond."""
    dut = Positions()
    visited = walk(values)
    pauses = iter(pauses)

    async def bench(ctx):
        ctx.set(dut.settings, {setting.name.lower(): value for setting, value in values.items()})
        for _ in range(2):  # an operation leaves nothing behind
            ctx.set(dut.step, 0)
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            left = list(visited)
            after = 5
            while after:
                address, x, y, copy = left[0]
                assert ctx.get(dut.position.address) == address
                assert ctx.get(dut.position.x) == x
                assert ctx.get(dut.position.y) == y
                assert ctx.get(dut.copy) == copy
                assert ctx.get(dut.last_copy) == (copy == values[Setting.COPIES] - 1)
                assert ctx.get(dut.last) == (len(left) == 1)
                step = not next(pauses, False)
                ctx.set(dut.step, step)
                await ctx.tick()
                if len(left) == 1:
                    after -= 1
                elif step:
                    left.pop(0)

    run_bench(dut, bench)


def test_loops_are_those_of_a_padded_and_pooled_window():
    # by hand: 3 x 3 input, 1 channel, pitch 1, kernel 3, padding 1, 2 x 2 positions pooled by 2
    values = dict.fromkeys(Setting, 0) | {Setting.COPIES: 1}
    values |= {Setting.ADDRESS: -4, Setting.X: -1, Setting.Y: -1}
    values |= {Setting[f"COUNT_{loop}S"]: 1 for loop in LOOPS}
    values |= {Setting.COUNT_WINDOW_ROWS: 2, Setting.COUNT_WINDOW_COLUMNS: 2}
    values |= {Setting.WINDOW_COLUMN_ADDRESS: 1, Setting.WINDOW_COLUMN_X: 1}
    values |= {Setting.WINDOW_ROW_ADDRESS: 2, Setting.WINDOW_ROW_X: -1, Setting.WINDOW_ROW_Y: 1}
    assert walk(values) == [(-4, -1, -1, 0), (-3, 0, -1, 0), (-1, -1, 0, 0), (0, 0, 0, 0)]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(data=st.data())
def test_positions_are_those_of_the_loops_whatever_the_pauses(run_bench, data):
    pause = st.sampled_from([[True] * 30, [True], [False]])
    pauses = [turn for part in data.draw(st.lists(pause, max_size=20)) for turn in part]
    visit(run_bench, draw_settings(data), pauses)


def test_positions_reach_both_ends_of_their_range(run_bench):
    top = 2 ** (IMMEDIATE_BITS - 1) - 1
    values = dict.fromkeys(Setting, 0) | {Setting.COPIES: 1}
    values |= {Setting[f"COUNT_{loop}S"]: 1 for loop in LOOPS}
    values |= {Setting.COUNT_ROWS: 2, Setting.ADDRESS: -top - 1, Setting.Y: top, Setting.X: -1}
    values |= {Setting.ROW_ADDRESS: top, Setting.ROW_Y: -top}
    visit(run_bench, values)


def test_count_below_one_counts_as_one(run_bench):
    values = dict.fromkeys(Setting, 3) | {Setting.COPIES: 0}
    values |= {Setting[f"COUNT_{loop}S"]: -1 for loop in LOOPS}
    dut = Positions()

    async def bench(ctx):
        ctx.set(dut.settings, {setting.name.lower(): value for setting, value in values.items()})
        ctx.set(dut.start, 1)
        await ctx.tick()
        assert ctx.get(dut.last)

    run_bench(dut, bench)
