"""ScaledActivation, in Amaranth's own simulator, against Python integers."""

import random

import pytest

from hdl_gen.scaled_activation import ScaledActivation
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS


@pytest.mark.parametrize("input_bits", [1, 8, 16])
def test_products_equal_the_formula(core_tile_spec, run_bench, signed, input_bits):
    dut, rng = ScaledActivation(core_tile_spec(input_bits=input_bits)), random.Random(1)
    top = 2**input_bits - 1

    async def bench(ctx):
        for _ in range(500):
            activation = rng.choice([0, top, rng.randint(0, top)])
            multiplier, bias = signed(rng, MULTIPLIER_BITS), signed(rng, BIAS_BITS)
            plain, biased = rng.randint(0, 1), rng.randint(0, 1)
            ctx.set(dut.activation, activation)
            ctx.set(dut.scale, {"multiplier": multiplier, "bias": bias})
            ctx.set(dut.plain, plain)
            ctx.set(dut.biased, biased)
            expected = activation if plain else activation * multiplier + bias * biased
            assert ctx.get(dut.product) == expected

    run_bench(dut, bench)
