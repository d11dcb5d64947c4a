"""One step of a sum or a maximum."""

from amaranth import Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.scaled_activation import product_bits
from hw_spec.tile import VECTOR_SUM_BITS, TileSpec

__all__ = ["RunningSum"]


class RunningSum(wiring.Component):
    """Adds a value to a sum, or takes the maximum of both.

    Timing
    ------
    Combinational.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    maximum : In(1)
        The maximum is taken, and not the sum.
    begins : In(1)
        The value is the first.
    sum : In(signed(VECTOR_SUM_BITS))
        Sum or maximum so far.
    addend : In(signed(product_bits))
        Value. If a maximum is taken, it is an activation, and so is ``sum``.
    next_sum : Out(signed(VECTOR_SUM_BITS))
        Sum or maximum with it; a sum wraps around.
    """

    def __init__(self, tile: TileSpec):
        self.input_bits = tile.macro.input_bits
        members = {
            "maximum": In(1),
            "begins": In(1),
            "sum": In(signed(VECTOR_SUM_BITS)),
            "addend": In(signed(product_bits(tile))),
            "next_sum": Out(signed(VECTOR_SUM_BITS)),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        held, offered = self.sum[: self.input_bits], self.addend[: self.input_bits]
        larger = Mux(held > offered, held, offered)
        further = Mux(self.maximum, larger, self.sum + self.addend)
        m.d.comb += self.next_sum.eq(Mux(self.begins, self.addend, further))
        return m
