"""Successive approximation of all lanes."""

from amaranth import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw_spec.macro import MacroSpec

__all__ = ["SarLogic"]


class SarLogic(wiring.Component):
    """Finds the code of each lane's sample from comparator decisions, one bit per cycle.

    From the most significant bit down, each bit is tried on top of those kept so far, and kept if
    the sample reaches the trial. The code is the highest whose level the sample reaches, or 0.

    Timing
    ------
    ``compare`` is high in each of the ``adc.bits`` cycles after ``sample``. A decision arrives one
    cycle after its trial and enters the next trial combinationally, so ``codes`` are complete
    ``adc.bits + 1`` cycles after ``sample`` and hold until ``adc.bits + 1`` cycles after the next.
    Nothing here waits for ``advance``: a sampled value cannot be held for long.

    Parameters
    ----------
    spec : MacroSpec
        Macro the converters belong to.

    Members
    -------
    sample : In(1)
        A conversion begins; the values to convert are held from the end of this cycle on.
    decisions : In(lanes)
        Whether the sample of each lane reaches its trial of the last ``compare``.
    compare : Out(1)
        The comparators decide at the end of this cycle.
    trials : Out(lanes * adc.bits)
        What each lane compares with, lane 0 in the lowest bits; the code itself while at rest.
    codes : Out(lanes * adc.bits)
        Bits kept so far, lane 0 in the lowest bits.
    """

    def __init__(self, spec: MacroSpec):
        self.spec = spec
        members = {
            "sample": In(1),
            "decisions": In(spec.lanes),
            "compare": Out(1),
            "trials": Out(spec.lanes * spec.adc.bits),
            "codes": Out(spec.lanes * spec.adc.bits),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        bits, lanes = self.spec.adc.bits, self.spec.lanes

        # One-hot: the bit that is being tried, and the one whose decision arrives.
        tried = Signal(bits)
        decided = Signal(bits)
        m.d.sync += tried.eq(Cat(tried[1:], self.sample))
        m.d.sync += decided.eq(tried)
        m.d.comb += self.compare.eq(tried.any())

        kept = Signal(lanes * bits)
        for lane in range(lanes):
            field = slice(lane * bits, (lane + 1) * bits)
            arrived = decided & self.decisions[lane].replicate(bits)
            m.d.comb += self.codes[field].eq(kept[field] | arrived)
            m.d.comb += self.trials[field].eq(self.codes[field] | tried)
        with m.If(self.sample):
            m.d.sync += kept.eq(0)
        with m.Else():
            m.d.sync += kept.eq(self.codes)

        return m
