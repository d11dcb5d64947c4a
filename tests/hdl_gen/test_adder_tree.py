import pytest
from amaranth import Const, Module, Signal
from amaranth.sim import Simulator

from hdl_gen.adder_tree import adder_tree


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 1500])
def test_sum_of_any_number_of_terms_keeps_every_carry(count):
    total = adder_tree([Const(7, 3)] * count)
    m, out = Module(), Signal(32)
    m.d.comb += out.eq(total)
    seen = []

    async def bench(ctx):
        seen.append(ctx.get(out))

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen == [7 * count]
    assert len(total) == 3 + (count - 1).bit_length()
