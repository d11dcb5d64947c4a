"""Digital side of the converters: sample strobe, and the cycle in which codes are taken."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import conversion_layout
from hdl_gen.unreset import unreset
from hw_spec.macro import MacroSpec
from hw_spec.port import index_bits

__all__ = ["AdcInterface"]


class AdcInterface(wiring.Component):
    """Strobes the converters of all lanes and says when their codes are due.

    Timing
    ------
    ``sample`` is high in the cycle after ``convert``, together with the drive. The codes are taken
    ``conversion_cycles`` cycles after ``sample``. While ``advance`` is low nothing is sampled and
    nothing is taken; the converters hold their codes until the next sample is converted.

    Parameters
    ----------
    spec : MacroSpec
        Macro the converters belong to.

    Members
    -------
    convert : In(1)
        A conversion begins. Only while ``advance``, and at most once in ``conversion_cycles``
        cycles in which ``advance`` is high.
    next : In(conversion_layout)
        The conversion that begins.
    advance : In(1)
        The column sums can take codes.
    sample : Out(1)
        Strobe to the converters.
    take : Out(1)
        The codes on the analog port belong to ``taken`` and are added in this cycle.
    taken : Out(conversion_layout)
        The conversion whose codes are taken. ``row_sum`` is that of the latest one with ``last``.
    """

    def __init__(self, spec: MacroSpec):
        self.spec = spec
        members = {
            "convert": In(1),
            "next": In(conversion_layout(spec)),
            "advance": In(1),
            "sample": Out(1),
            "take": Out(1),
            "taken": Out(conversion_layout(spec)),
        }
        super().__init__(members)
        # Nothing reads data before it is written, so it needs no reset.
        unreset(self, "taken")

    def elaborate(self, platform):
        m = Module()
        cycles = self.spec.adc.conversion_cycles

        # Stage 1: drive and select are on the analog port.
        driven = Signal.like(self.taken, name="driven")
        armed = Signal()
        with m.If(self.advance):
            m.d.sync += armed.eq(self.convert)
        beside = [name for name in conversion_layout(self.spec).members if name != "row_sum"]
        with m.If(self.convert):
            m.d.sync += [driven[name].eq(self.next[name]) for name in beside]
        # Only the last conversion of a vector needs its sum of inputs.
        with m.If(self.convert & self.next.last):
            m.d.sync += driven.row_sum.eq(self.next.row_sum)
        m.d.comb += self.sample.eq(armed & self.advance)

        # Stage 2: the converters are at work, then offer their codes. The next sample may come in
        # the very cycle in which these codes are taken.
        pending = Signal()
        cycles_left = Signal(index_bits(cycles))
        m.d.comb += self.take.eq(pending & (cycles_left == 0) & self.advance)
        with m.If(cycles_left != 0):
            m.d.sync += cycles_left.eq(cycles_left - 1)
        with m.If(self.take):
            m.d.sync += pending.eq(0)
        with m.If(self.sample):
            m.d.sync += pending.eq(1)
            m.d.sync += cycles_left.eq(cycles - 1)
            m.d.sync += [self.taken[name].eq(driven[name]) for name in beside]
        with m.If(self.sample & driven.last):
            m.d.sync += self.taken.row_sum.eq(driven.row_sum)

        return m
