"""RoundedShift, in Amaranth's own simulator, against Python integers."""

import random

import pytest

from hdl_gen.rounded_shift import RoundedShift
from hw_spec.tile import SHIFT_BITS


@pytest.mark.parametrize("activation_bits", [1, 8, 16])
@pytest.mark.parametrize("value_bits", [2, 19, 40])
def test_activations_equal_the_formula(run_bench, value_bits, activation_bits):
    dut, rng = RoundedShift(value_bits, activation_bits), random.Random(1)
    low, high, top = -(2 ** (value_bits - 1)), 2 ** (value_bits - 1) - 1, 2**activation_bits - 1

    async def bench(ctx):
        for _ in range(800):
            shift = rng.randrange(2**SHIFT_BITS)
            zero = rng.choice([0, top, rng.randint(0, top)])
            # Near a bound of what is saturated, at a half, at an extreme, anywhere.
            bound = rng.choice([-1, 0, top, top + 1]) - zero << shift
            half = bound + (1 << shift >> 1)
            value = rng.choice([bound, half - 1, half, low, high, rng.randint(low, high)])
            value = min(max(value, low), high)
            ctx.set(dut.value, value)
            ctx.set(dut.shift, shift)
            ctx.set(dut.zero, zero)
            rounded = value if shift == 0 else value + (1 << shift - 1) >> shift
            assert ctx.get(dut.activation) == min(max(rounded + zero, 0), top)

    run_bench(dut, bench)
