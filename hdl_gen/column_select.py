"""Decoder of the column multiplexers."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw_spec.macro import MacroSpec
from hw_spec.port import index_bits

__all__ = ["ColumnSelect"]


class ColumnSelect(wiring.Component):
    """Selects the same column of every lane, one-hot.

    Timing
    ------
    The select changes in the cycle after ``convert`` and is cleared in the cycle after ``idle``.

    Parameters
    ----------
    spec : MacroSpec
        Macro whose columns are multiplexed.

    Members
    -------
    column : In
        Column within each lane.
    convert, idle : In(1)
        Select ``column``, or none.
    column_select : Out(columns_per_adc)
        Registered one-hot select.
    """

    def __init__(self, spec: MacroSpec):
        self.spec = spec
        members = {
            "column": In(index_bits(spec.columns_per_adc)),
            "convert": In(1),
            "idle": In(1),
            "column_select": Out(spec.columns_per_adc),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()

        with m.If(self.convert):
            for n in range(self.spec.columns_per_adc):
                m.d.sync += self.column_select[n].eq(self.column == n)
        with m.Elif(self.idle):
            m.d.sync += self.column_select.eq(0)

        return m
