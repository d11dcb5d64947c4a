"""Double-buffered row registers."""

from amaranth import Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.adder_tree import adder_tree
from hdl_gen.unreset import unreset
from hw_spec.macro import MacroSpec
from hw_spec.port import index_bits, row_beats, rows_per_beat

__all__ = ["RowRegisters"]


class RowRegisters(wiring.Component):
    """Collects one vector while the one before it is being converted.

    Timing
    ------
    Takes one beat per cycle until a whole vector is loaded. ``start`` moves it to ``vector``, valid
    from the next cycle on; the first beat of the next vector may be taken in the same cycle.

    Parameters
    ----------
    spec : MacroSpec
        Macro the rows belong to.

    Members
    -------
    inputs : In(stream.Signature(ArrayLayout(unsigned(input_bits), rows_per_beat)))
        Row beats, row 0 first. Fields beyond the last row must be zero.
    start : In(1)
        Moves the loaded vector on. Only while ``loaded``.
    loaded : Out(1)
        A whole vector waits.
    vector : Out(rows * input_bits)
        The vector being converted, bit plane by bit plane: bit ``plane * rows + row``.
    row_sum : Out(row_sum_bits)
        Sum of the inputs in ``vector``.
    """

    def __init__(self, spec: MacroSpec):
        self.spec = spec
        beat = data.ArrayLayout(unsigned(spec.input_bits), rows_per_beat(spec))
        members = {
            "inputs": In(stream.Signature(beat)),
            "start": In(1),
            "loaded": Out(1),
            "vector": Out(spec.rows * spec.input_bits),
            "row_sum": Out(spec.row_sum_bits),
        }
        super().__init__(members)
        # Nothing reads data before it is written, so it needs no reset.
        unreset(self, "vector", "row_sum")

    def elaborate(self, platform):
        m = Module()
        rows, bits = self.spec.rows, self.spec.input_bits
        per_beat, beats = rows_per_beat(self.spec), row_beats(self.spec)

        # The waiting vector is free again in the cycle in which it starts.
        taken = Signal()
        m.d.comb += self.inputs.ready.eq(~self.loaded | self.start)
        m.d.comb += taken.eq(self.inputs.valid & self.inputs.ready)

        waiting = Signal.like(self.vector, name="waiting")
        waiting_sum = Signal.like(self.row_sum, name="waiting_sum")
        beat = Signal(index_bits(beats))
        with m.If(self.start):
            m.d.sync += self.loaded.eq(0)
            m.d.sync += self.vector.eq(waiting)
            m.d.sync += self.row_sum.eq(waiting_sum)
        with m.If(taken):
            beat_sum = adder_tree([self.inputs.p[n] for n in range(per_beat)])
            m.d.sync += waiting_sum.eq(beat_sum)
            with m.If(beat != 0):
                m.d.sync += waiting_sum.eq(waiting_sum + beat_sum)
            m.d.sync += beat.eq(beat + 1)
            with m.If(beat == beats - 1):
                m.d.sync += beat.eq(0)
                m.d.sync += self.loaded.eq(1)
            with m.Switch(beat):
                for n in range(beats):
                    with m.Case(n):
                        first, last = n * per_beat, min((n + 1) * per_beat, rows)
                        for plane in range(bits):
                            fields = waiting[plane * rows + first : plane * rows + last]
                            m.d.sync += fields.eq(self.inputs.payload.as_value()[plane::bits])

        return m
