"""Shift-and-add of one lane."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import conversion_layout
from hdl_gen.unreset import unreset
from hw_spec.macro import MacroSpec

__all__ = ["ShiftAdd"]


class ShiftAdd(wiring.Component):
    """Adds up the codes of each column of a lane over row groups and bit planes.

    One adder serves all columns of the lane. A column's sum is doubled before the first row group
    of each bit plane, so that it ends as the sum of ``2**plane * code``.

    Timing
    ------
    One code per cycle; the sum holds it one cycle later.

    Parameters
    ----------
    spec : MacroSpec
        Macro the lane belongs to.

    Members
    -------
    code : In(adc.bits)
        Code of the lane.
    take : In(1)
        ``code`` is added.
    taken : In(conversion_layout)
        The conversion ``code`` comes from.
    sums : Out(columns_per_adc * column_sum_bits)
        Sums of the lane's columns, the first in the lowest bits.
    """

    def __init__(self, spec: MacroSpec):
        self.spec = spec
        members = {
            "code": In(spec.adc.bits),
            "take": In(1),
            "taken": In(conversion_layout(spec)),
            "sums": Out(spec.columns_per_adc * spec.column_sum_bits),
        }
        super().__init__(members)
        # Nothing reads data before it is written, so it needs no reset.
        unreset(self, "sums")

    def elaborate(self, platform):
        m = Module()
        bits = self.spec.column_sum_bits
        columns = [self.sums[n * bits : (n + 1) * bits] for n in range(self.spec.columns_per_adc)]

        held = Signal(bits)
        with m.Switch(self.taken.column):
            for n, column in enumerate(columns):
                with m.Case(n):
                    m.d.comb += held.eq(column)

        carried = Signal(bits)
        with m.If(~self.taken.first):
            m.d.comb += carried.eq(Mux(self.taken.doubles, held << 1, held))

        total = Signal(bits)
        m.d.comb += total.eq(carried + self.code)
        for n, column in enumerate(columns):
            with m.If(self.take & (self.taken.column == n)):
                m.d.sync += column.eq(total)

        return m
