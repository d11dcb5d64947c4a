"""Sequencer, in Amaranth's own simulator, against the list of all steps of a vector."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.sequencer import Sequencer


def steps_of(spec):
    """Return plane, group and column of each step of a vector, and whether it is the first."""
    planes = range(spec.input_bits - 1, -1, -1)
    conversions = itertools.product(planes, range(spec.row_groups), range(spec.columns_per_adc))
    cycles = range(spec.adc.conversion_cycles)
    return [(*conversion, step == 0) for conversion in conversions for step in cycles]


def start_cycles(run_bench, spec, vectors, *, advances=(), loads=()):
    """Step through vectors, checking every output in every cycle; return when they started.

    ``advances`` says, cycle by cycle, whether steps are taken; ``loads``, choice by choice, whether
    the next vector gets loaded; both are true after their ends.
    """
    dut = Sequencer(spec)
    steps = steps_of(spec)
    advances, loads = iter(advances), iter(loads)
    starts = []

    async def bench(ctx):
        cycle, loaded = 0, False
        left = []  # steps of the current vector
        while left or len(starts) < vectors:
            advance = next(advances, True)
            loaded = len(starts) < vectors and (loaded or next(loads, True))
            ctx.set(dut.advance, advance)
            ctx.set(dut.loaded, loaded)

            assert ctx.get(dut.converting) == bool(left)
            if left:
                plane, group, column, first = left[0]
                assert ctx.get(dut.plane) == plane
                assert ctx.get(dut.group) == group
                assert ctx.get(dut.column) == column
                assert ctx.get(dut.convert) == (first and advance)
            else:
                assert ctx.get(dut.convert) == 0
            start = advance and loaded and len(left) <= 1
            assert ctx.get(dut.start) == start

            if advance:
                left = left[1:]
            if start:
                left, loaded = steps, False
                starts.append(cycle)
            cycle += 1
            await ctx.tick()
        assert not ctx.get(dut.converting)

    run_bench(dut, bench)
    return starts


SIZES = [
    # rows, parallel_rows, columns_per_adc, input_bits, conversion_cycles
    (5, 5, 1, 1, 1),
    (5, 2, 2, 3, 1),
    (5, 1, 4, 2, 1),
    (4, 4, 1, 4, 3),
    (6, 2, 2, 2, 2),
    (1, 1, 4, 1, 4),
    (3, 1, 1, 3, 5),
]


def sized(macro_spec, rows, parallel_rows, columns_per_adc, input_bits, conversion_cycles):
    return macro_spec(
        rows=rows,
        parallel_rows=parallel_rows,
        columns_per_adc=columns_per_adc,
        input_bits=input_bits,
        adc={"conversion_cycles": conversion_cycles},
    )


def test_planes_fall_then_groups_rise_then_columns_rise_fastest(macro_spec):
    spec = macro_spec(rows=3, parallel_rows=2, columns_per_adc=2, input_bits=2)
    # by hand; the tests below hold the component to this list
    assert [step[:3] for step in steps_of(spec)] == [
        *[(1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1)],
        *[(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)],
    ]


@pytest.mark.parametrize("size", SIZES)
def test_loaded_vectors_start_every_cycles_per_vector(macro_spec, run_bench, size):
    spec = sized(macro_spec, *size)
    starts = start_cycles(run_bench, spec, 4)
    assert starts == [n * spec.cycles_per_vector for n in range(4)]


@pytest.mark.parametrize("size", SIZES)
def test_vectors_loaded_late_start_in_the_cycle_they_are_loaded(macro_spec, run_bench, size):
    spec = sized(macro_spec, *size)
    period = spec.cycles_per_vector + 8
    late = [*[False] * (period - 1), True]
    assert start_cycles(run_bench, spec, 3, loads=[True, *late, *late]) == [0, period, 2 * period]


@pytest.mark.parametrize("size", SIZES)
def test_nothing_starts_and_nothing_moves_without_advance(macro_spec, run_bench, size):
    spec = sized(macro_spec, *size)
    # Halts longer than a vector: before the first start, at the first step, and later on.
    halt = [False] * (spec.cycles_per_vector + 1)
    advances = [*halt, True, *halt, True, True, *halt, *[True] * spec.cycles_per_vector]
    moving = [cycle for cycle, advance in enumerate(advances) if advance]
    starts = start_cycles(run_bench, spec, 2, advances=advances)
    assert starts == [moving[0], moving[spec.cycles_per_vector]]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    size=st.sampled_from(SIZES),
    advances=st.lists(st.booleans(), max_size=100),
    loads=st.lists(st.booleans(), max_size=50),
)
def test_order_is_kept_whatever_the_pauses(macro_spec, run_bench, size, advances, loads):
    spec = sized(macro_spec, *size)
    assert len(start_cycles(run_bench, spec, 3, advances=advances, loads=loads)) == 3
