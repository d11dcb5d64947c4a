"""RunningSum, in Amaranth's own simulator, against Python integers."""

import random

import pytest

from hdl_gen.running_sum import RunningSum
from hdl_gen.scaled_activation import product_bits
from hw_spec.tile import VECTOR_SUM_BITS


@pytest.mark.parametrize("input_bits", [1, 8, 16])
def test_sums_wrap_around(core_tile_spec, run_bench, signed, input_bits):
    tile = core_tile_spec(input_bits=input_bits)
    dut, rng, top = RunningSum(tile), random.Random(1), 2 ** (VECTOR_SUM_BITS - 1)

    async def bench(ctx):
        ctx.set(dut.maximum, 0)
        for _ in range(500):
            total, addend = signed(rng, VECTOR_SUM_BITS), signed(rng, product_bits(tile))
            begins = rng.randint(0, 1)
            ctx.set(dut.sum, total)
            ctx.set(dut.addend, addend)
            ctx.set(dut.begins, begins)
            expected = addend if begins else (total + addend + top) % (2 * top) - top
            assert ctx.get(dut.next_sum) == expected

    run_bench(dut, bench)


@pytest.mark.parametrize("input_bits", [1, 8, 16])
def test_maxima_are_those_of_activations_and_begin_with_the_first(
    core_tile_spec, run_bench, signed, input_bits
):
    dut, rng = RunningSum(core_tile_spec(input_bits=input_bits)), random.Random(2)
    top = 2**input_bits - 1

    async def bench(ctx):
        ctx.set(dut.maximum, 1)
        for _ in range(500):
            begins = rng.randint(0, 1)
            # What a sum left behind does not matter to the first.
            held = signed(rng, VECTOR_SUM_BITS) if begins else rng.randint(0, top)
            offered = rng.randint(0, top)
            ctx.set(dut.sum, held)
            ctx.set(dut.addend, offered)
            ctx.set(dut.begins, begins)
            assert ctx.get(dut.next_sum) == (offered if begins else max(held, offered))

    run_bench(dut, bench)
