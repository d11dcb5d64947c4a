"""Arithmetic on one activation of a word: scaled sum and maximum."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import scale_layout
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS, SHIFT_BITS, VECTOR_SUM_BITS, TileSpec

__all__ = ["VectorLane", "product_bits"]


def product_bits(tile: TileSpec) -> int:
    """Return the width of an activation scaled and biased, signed."""
    return max(tile.macro.input_bits + MULTIPLIER_BITS, BIAS_BITS) + 1


class VectorLane(wiring.Component):
    """Computes what the registers of a lane of the vector unit take.

    Timing
    ------
    Combinational: the registers are those of :class:`hdl_gen.vector_unit.VectorUnit`. So all lanes
    are one module in Verilog, which synthesis need map only once.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    maximum : In(1)
        Maxima are taken, and not sums.
    activation : In(input_bits)
        Activation to be scaled.
    scale : In(scale_layout())
        Its multiplier and bias.
    biased : In(1)
        The bias is added.
    product : Out(signed(product_bits))
        Scaled activation; for maxima, the activation.
    addend : In(signed(product_bits))
        Product of the cycle before.
    begins : In(1)
        It begins a result.
    sum : In(signed(VECTOR_SUM_BITS))
        Sum or maximum so far.
    next_sum : Out(signed(VECTOR_SUM_BITS))
        Sum or maximum with it.
    shift : In(SHIFT_BITS)
        Right shift of the result, rounded.
    limited : Out(input_bits)
        ``sum``, shifted and saturated.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        bits, products = tile.macro.input_bits, signed(product_bits(tile))
        members = {
            "maximum": In(1),
            "activation": In(bits),
            "scale": In(scale_layout()),
            "biased": In(1),
            "product": Out(products),
            "addend": In(products),
            "begins": In(1),
            "sum": In(signed(VECTOR_SUM_BITS)),
            "next_sum": Out(signed(VECTOR_SUM_BITS)),
            "shift": In(SHIFT_BITS),
            "limited": Out(bits),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()

        bias = Mux(self.biased, self.scale.bias, 0)
        product = self.activation * self.scale.multiplier + bias
        m.d.comb += self.product.eq(Mux(self.maximum, self.activation, product))

        larger = Mux(self.sum > self.addend, self.sum, self.addend)
        further = Mux(self.maximum, larger, self.sum + self.addend)
        m.d.comb += self.next_sum.eq(Mux(self.begins, self.addend, further))

        # A twofold value, shifted, keeps the bit that rounding needs.
        rounded = Signal(signed(VECTOR_SUM_BITS + 1))
        m.d.comb += rounded.eq(((self.sum << 1 >> self.shift) + 1) >> 1)
        top = 2**self.tile.macro.input_bits - 1
        m.d.comb += self.limited.eq(Mux(rounded < 0, 0, Mux(rounded > top, top, rounded)))

        return m
