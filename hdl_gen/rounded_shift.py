"""Shift of a signed value that makes an activation of it."""

from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw_spec.tile import SHIFT_BITS

__all__ = ["RoundedShift"]


class RoundedShift(wiring.Component):
    """Shifts right, rounded half up, adds a zero and saturates.

    Timing
    ------
    Combinational.

    Parameters
    ----------
    value_bits : int
        Width of the value.
    activation_bits : int
        Width of the activation.

    Members
    -------
    value : In(signed(value_bits))
        Value.
    shift : In(SHIFT_BITS)
        Right shift.
    zero : In(activation_bits)
        Activation that stands for zero.
    activation : Out(activation_bits)
        Activation.
    """

    def __init__(self, value_bits: int, activation_bits: int):
        self.activation_bits = activation_bits
        members = {
            "value": In(signed(value_bits)),
            "shift": In(SHIFT_BITS),
            "zero": In(activation_bits),
            "activation": Out(activation_bits),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        # A place more keeps the bit that is rounded. Beside the zero it has room for the half that
        # rounds, so that one addition does both.
        halves = Cat(Const(0, 1), self.value).as_signed() >> self.shift
        raised = halves + Cat(Const(1, 1), self.zero)
        rounded = Signal(signed(len(raised) - 1))
        m.d.comb += rounded.eq(raised[1:].as_signed())

        bits = self.activation_bits
        limited = Mux(rounded[bits:].any(), 2**bits - 1, rounded[:bits])
        m.d.comb += self.activation.eq(Mux(rounded < 0, 0, limited))
        return m
