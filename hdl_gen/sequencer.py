"""Order of the conversions of one vector."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw_spec.macro import MacroSpec
from hw_spec.port import index_bits

__all__ = ["Sequencer"]


class Sequencer(wiring.Component):
    """Steps through the bit planes, row groups and columns of each vector.

    Bit planes run from the most significant to the least, row groups and columns upwards, columns
    fastest. Every conversion lasts ``conversion_cycles`` steps.

    Timing
    ------
    One step per cycle while ``advance``. A loaded vector starts in the last step of the one before,
    so vectors follow each other every ``cycles_per_vector`` cycles.

    Parameters
    ----------
    spec : MacroSpec
        Macro to step through.

    Members
    -------
    loaded : In(1)
        A vector waits in the row registers.
    advance : In(1)
        Steps are taken; everything holds while low.
    start : Out(1)
        The waiting vector is moved on; its first step is the next cycle.
    converting : Out(1)
        A vector is being stepped through; the members below are valid.
    convert : Out(1)
        First step of a conversion, and it is taken.
    plane, group, column : Out
        Bit plane, row group and column of the conversion.
    """

    def __init__(self, spec: MacroSpec):
        self.spec = spec
        members = {
            "loaded": In(1),
            "advance": In(1),
            "start": Out(1),
            "converting": Out(1),
            "convert": Out(1),
            "plane": Out(index_bits(spec.input_bits)),
            "group": Out(index_bits(spec.row_groups)),
            "column": Out(index_bits(spec.columns_per_adc)),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        cycles = self.spec.adc.conversion_cycles

        step = Signal(index_bits(cycles))
        m.d.comb += self.convert.eq(self.advance & self.converting & (step == 0))

        # Each counter moves when all faster ones are at their end.
        step_ends = step == cycles - 1
        columns_end = step_ends & (self.column == self.spec.columns_per_adc - 1)
        groups_end = columns_end & (self.group == self.spec.row_groups - 1)
        vector_ends = groups_end & (self.plane == 0)
        with m.If(self.advance & self.converting):
            m.d.sync += step.eq(step + 1)
            with m.If(step_ends):
                m.d.sync += step.eq(0)
                m.d.sync += self.column.eq(self.column + 1)
            with m.If(columns_end):
                m.d.sync += self.column.eq(0)
                m.d.sync += self.group.eq(self.group + 1)
            with m.If(groups_end):
                m.d.sync += self.group.eq(0)
                m.d.sync += self.plane.eq(self.plane - 1)
            with m.If(vector_ends):
                m.d.sync += self.plane.eq(0)
                m.d.sync += self.converting.eq(0)

        free = ~self.converting | vector_ends
        m.d.comb += self.start.eq(self.advance & self.loaded & free)
        with m.If(self.start):
            m.d.sync += self.converting.eq(1)
            m.d.sync += self.plane.eq(self.spec.input_bits - 1)

        return m
