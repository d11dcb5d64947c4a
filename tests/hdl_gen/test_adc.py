"""AdcInterface, in Amaranth's own simulator, with a converter that holds its codes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.adc import AdcInterface

FIELDS = ("column", "first", "doubles", "last", "row_sum")


def strobes(run_bench, spec, conversions, *, advances=(), wishes=()):
    """Run conversions, checking every output in every cycle.

    ``advances`` says, cycle by cycle, whether the column sums can take codes; ``wishes``, choice by
    choice, whether a conversion begins when it may; both are true after their ends. Returns the
    cycles in which conversions began, were sampled and were taken.
    """
    dut = AdcInterface(spec)
    cycles = spec.adc.conversion_cycles
    junk = dict(zip(FIELDS, (1, 1, 1, 1, 2**spec.row_sum_bits - 1), strict=True))
    advances, wishes = iter(advances), iter(wishes)
    begun, sampled, taken = [], [], []

    async def bench(ctx):
        cycle, steps, row_sum = 0, cycles, 0
        port = {}  # number of the conversion whose code appears, by cycle
        shown = None
        while len(taken) < len(conversions):
            advance = next(advances, True)
            # The sequencer counts the cycles of a conversion in steps it advances.
            convert = advance and steps >= cycles and len(begun) < len(conversions)
            convert = convert and next(wishes, True)
            ctx.set(dut.advance, advance)
            ctx.set(dut.convert, convert)
            ctx.set(dut.next, conversions[len(begun)] if convert else junk)
            shown = port.pop(cycle, shown)

            # A conversion is sampled when first it can be, after the cycle in which it began, and
            # taken when first it can be, from the cycle its code appears.
            sample = advance and len(sampled) < len(begun)
            take = len(taken) < len(sampled) and sampled[len(taken)] + cycles <= cycle
            take = take and advance
            assert ctx.get(dut.sample) == sample
            assert ctx.get(dut.take) == take
            if take:
                assert shown == len(taken)
                current = conversions[len(taken)]
                # Only the last conversion of a vector brings its sum of inputs.
                row_sum = current["row_sum"] if current["last"] else row_sum
                expected = current | {"row_sum": row_sum}
                assert {n: ctx.get(dut.taken[n]) for n in FIELDS} == expected
                taken.append(cycle)
            if sample:
                port[cycle + cycles] = len(sampled)
                sampled.append(cycle)
            if convert:
                begun.append(cycle)
                steps = 0
            steps += advance
            cycle += 1
            await ctx.tick()
        assert not ctx.get(dut.take)

    run_bench(dut, bench)
    return begun, sampled, taken


def conversion(number):
    """Return some conversion, no two the same."""
    return {
        "column": number % 2,
        "first": number // 2 % 2,
        "doubles": number // 4 % 2,
        "last": number // 8 % 2,
        "row_sum": number,
    }


CONVERSIONS = [conversion(n) for n in range(12)]


@pytest.fixture(params=[1, 2, 3, 5], ids="{} cycles".format)
def spec(request, macro_spec):
    return macro_spec(adc={"conversion_cycles": request.param})


def test_sample_follows_convert_and_take_follows_sample_by_the_cycles_of_a_conversion(
    run_bench, spec
):
    cycles = spec.adc.conversion_cycles
    begun, sampled, taken = strobes(run_bench, spec, CONVERSIONS)
    assert begun == [n * cycles for n in range(12)]
    assert sampled == [n * cycles + 1 for n in range(12)]
    assert taken == [n * cycles + 1 + cycles for n in range(12)]


def test_conversions_far_apart_are_sampled_and_taken_alike(run_bench, spec):
    cycles = spec.adc.conversion_cycles
    rare = [True, *[False] * 9]
    begun, sampled, taken = strobes(run_bench, spec, CONVERSIONS, wishes=rare * 12)
    assert [cycle + 1 for cycle in begun] == sampled
    assert [cycle + cycles for cycle in sampled] == taken


def test_nothing_is_sampled_or_taken_without_advance(run_bench, spec):
    cycles = spec.adc.conversion_cycles
    # Halts that outlast a conversion, at every distance from the begin of one.
    for ahead in range(1, 2 * cycles + 3):
        advances = ([True] * ahead + [False] * (2 * cycles + 3)) * 12
        halted = {cycle for cycle, advance in enumerate(advances) if not advance}
        _begun, sampled, taken = strobes(run_bench, spec, CONVERSIONS, advances=advances)
        assert halted.isdisjoint(sampled)
        assert halted.isdisjoint(taken)
        assert len(taken) == len(CONVERSIONS)


def test_sample_waits_for_advance(run_bench, macro_spec):
    spec = macro_spec(adc={"conversion_cycles": 2})
    advances = [True, *[False] * 9, True]
    assert strobes(run_bench, spec, CONVERSIONS[:1], advances=advances) == ([0], [10], [12])


def test_take_waits_for_advance(run_bench, macro_spec):
    spec = macro_spec(adc={"conversion_cycles": 2})
    advances = [True, True, *[False] * 9, True]
    assert strobes(run_bench, spec, CONVERSIONS[:1], advances=advances) == ([0], [1], [11])


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    cycles=st.integers(1, 4),
    numbers=st.lists(st.integers(0, 15), min_size=1, max_size=10),
    advances=st.lists(st.booleans(), max_size=60),
    wishes=st.lists(st.booleans(), max_size=30),
)
def test_conversions_in_flight_are_neither_lost_nor_doubled(
    macro_spec, run_bench, cycles, numbers, advances, wishes
):
    spec = macro_spec(adc={"conversion_cycles": cycles})
    conversions = [conversion(number) for number in numbers]
    *_, taken = strobes(run_bench, spec, conversions, advances=advances, wishes=wishes)
    assert len(taken) == len(conversions)
