import pytest
from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.lanes import below, rotated, spread
from hw_spec.port import pack


class Lanes(wiring.Component):
    def __init__(self, lanes, bits):
        self.lanes, self.bits = lanes, bits
        super().__init__(
            {
                "word": In(lanes * bits),
                "amount": In(lanes.bit_length() - 1),
                "count": In(range(lanes + 2)),
                "turned": Out(lanes * bits),
                "mask": Out(lanes),
                "wide": Out(lanes * bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [
            self.turned.eq(rotated(m, self.word, self.amount, self.bits)),
            self.mask.eq(below(m, self.count, self.lanes)),
            self.wide.eq(spread(m, self.mask, self.bits)),
        ]
        return m


@pytest.mark.parametrize(("lanes", "bits"), [(1, 3), (2, 1), (4, 2), (16, 5)])
def test_each_rotation_and_each_mask(run_bench, lanes, bits):
    dut = Lanes(lanes, bits)
    word = [(3 * n + 1) % 2**bits for n in range(lanes)]

    async def bench(ctx):
        ctx.set(dut.word, pack(word, bits))
        for amount in range(lanes):
            ctx.set(dut.amount, amount)
            assert ctx.get(dut.turned) == pack([*word[amount:], *word[:amount]], bits)
        for count in range(lanes + 2):
            ctx.set(dut.count, count)
            assert ctx.get(dut.mask) == 2 ** min(count, lanes) - 1
            assert ctx.get(dut.wide) == 2 ** (bits * min(count, lanes)) - 1

    run_bench(dut, bench)
