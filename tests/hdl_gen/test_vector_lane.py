"""VectorLane, in Amaranth's own simulator, against Python integers."""

import random

import pytest

from hdl_gen.vector_lane import VectorLane, product_bits
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS, SHIFT_BITS, VECTOR_SUM_BITS


def signed(rng, bits):
    """Return a signed number, often an extreme one."""
    top = 2 ** (bits - 1)
    return rng.choice([-top, top - 1, -1, 0, rng.randrange(-top, top)])


def wrapped(value, bits):
    top = 2 ** (bits - 1)
    return (value + top) % 2**bits - top


@pytest.mark.parametrize("input_bits", [1, 8, 16])
@pytest.mark.parametrize("maximum", [0, 1])
def test_outputs_equal_the_formulas(core_tile_spec, run_bench, input_bits, maximum):
    tile = core_tile_spec(input_bits=input_bits)
    dut, rng, top = VectorLane(tile), random.Random(1), 2**input_bits - 1

    async def bench(ctx):
        for _ in range(300):
            activation = rng.choice([0, top, rng.randint(0, top)])
            multiplier, bias = signed(rng, MULTIPLIER_BITS), signed(rng, BIAS_BITS)
            addend, total = signed(rng, product_bits(tile)), signed(rng, VECTOR_SUM_BITS)
            biased, begins, shift = (
                rng.randint(0, 1),
                rng.randint(0, 1),
                rng.randrange(2**SHIFT_BITS),
            )
            ctx.set(dut.maximum, maximum)
            ctx.set(dut.activation, activation)
            ctx.set(dut.scale, {"multiplier": multiplier, "bias": bias})
            ctx.set(dut.biased, biased)
            ctx.set(dut.addend, addend)
            ctx.set(dut.begins, begins)
            ctx.set(dut.sum, total)
            ctx.set(dut.shift, shift)
            product = activation if maximum else activation * multiplier + bias * biased
            further = max(total, addend) if maximum else total + addend
            expected = addend if begins else wrapped(further, VECTOR_SUM_BITS)
            rounded = total if shift == 0 else (total + (1 << shift - 1)) >> shift
            assert ctx.get(dut.product) == product
            assert ctx.get(dut.next_sum) == expected
            assert ctx.get(dut.limited) == min(max(rounded, 0), top)
            await ctx.delay(1e-9)

    run_bench(dut, bench)
