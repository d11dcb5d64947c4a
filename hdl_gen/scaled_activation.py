"""Scaling of one activation."""

from amaranth import Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import scale_layout
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS, TileSpec

__all__ = ["ScaledActivation", "product_bits"]


def product_bits(tile: TileSpec) -> int:
    """Return the width of an activation scaled and biased, signed."""
    return max(tile.macro.input_bits + MULTIPLIER_BITS, BIAS_BITS) + 1


class ScaledActivation(wiring.Component):
    """Multiplies an activation, and adds a bias; or gives it as it is.

    Timing
    ------
    Combinational.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    activation : In(input_bits)
        Activation.
    scale : In(scale_layout())
        Its multiplier and bias.
    plain : In(1)
        It is given as it is.
    biased : In(1)
        The bias is added.
    product : Out(signed(product_bits))
        What became of it.
    """

    def __init__(self, tile: TileSpec):
        members = {
            "activation": In(tile.macro.input_bits),
            "scale": In(scale_layout()),
            "plain": In(1),
            "biased": In(1),
            "product": Out(signed(product_bits(tile))),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        bias = Mux(self.biased, self.scale.bias, 0)
        product = self.activation * self.scale.multiplier + bias
        m.d.comb += self.product.eq(Mux(self.plain, self.activation, product))
        return m
