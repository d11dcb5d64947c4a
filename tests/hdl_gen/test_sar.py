"""Successive approximation in RTL, against the search it stands for."""

import numpy as np
import pytest

from hdl_gen.sar import SarLogic
from hw_spec.port import pack, unpack


@pytest.fixture(params=[1, 2, 5])
def spec(request, macro_spec):
    return macro_spec(
        columns=6,
        adc={"kind": "sar", "bits": request.param, "conversion_cycles": request.param + 1},
    )


@pytest.mark.parametrize("idle", [0, 1, 3])
def test_codes_are_the_highest_levels_reached(spec, run_bench, idle):
    bits, lanes = spec.adc.bits, spec.lanes
    wanted = np.random.default_rng(1).integers(0, 2**bits, (12, lanes)).tolist()
    wanted[:2] = [[0] * lanes, [2**bits - 1] * lanes]
    dut = SarLogic(spec)

    async def bench(ctx):
        reached = 0
        for held in wanted:
            ctx.set(dut.sample, 1)
            assert not ctx.get(dut.compare)
            await ctx.tick()
            ctx.set(dut.sample, 0)
            for bit in reversed(range(bits)):
                ctx.set(dut.decisions, reached)
                assert ctx.get(dut.compare)
                trials = unpack(ctx.get(dut.trials), bits, lanes)
                # What is above the bit is known, the bit is tried, nothing is below it.
                assert trials == [(code >> bit | 1) << bit for code in held]
                reached = pack([code >= n for code, n in zip(held, trials, strict=True)], 1)
                await ctx.tick()
            ctx.set(dut.decisions, reached)
            for _ in range(idle + 1):  # complete, and held until the next sample is converted
                assert not ctx.get(dut.compare)
                assert unpack(ctx.get(dut.codes), bits, lanes) == held
                if idle:
                    await ctx.tick()

    run_bench(dut, bench)


def test_codes_hold_while_the_next_sample_is_taken(spec, run_bench):
    dut = SarLogic(spec)
    top = 2**spec.adc.bits - 1

    async def bench(ctx):
        ctx.set(dut.decisions, 2**spec.lanes - 1)
        ctx.set(dut.sample, 1)
        await ctx.tick()
        ctx.set(dut.sample, 0)
        await ctx.tick().repeat(spec.adc.bits)
        ctx.set(dut.sample, 1)
        assert unpack(ctx.get(dut.codes), spec.adc.bits, spec.lanes) == [top] * spec.lanes
        await ctx.tick()
        assert ctx.get(dut.codes) == 0

    run_bench(dut, bench)
