"""Result registers, slice combination and offset correction."""

from amaranth import Cat, Module, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.adder_tree import adder_tree
from hw_spec.macro import MacroSpec
from hw_spec.port import index_bits, psum_beats, psums_per_beat

__all__ = ["SliceCombine"]


class SliceCombine(wiring.Component):
    """Turns the column sums of a finished vector into psums.

    psum_w = step * sum_k 2**(c k) S_(wN+k) - input_correction * row_sum - code_correction, with the
    constants of :class:`hw_spec.macro.MacroSpec`.

    Timing
    ------
    The column sums are complete in the cycle after ``finish`` and move to the result registers in
    that cycle if these are free, so the next vector may overwrite them from then on. If not,
    ``advance`` is low until they are. Psums follow one beat per cycle, the first offered two cycles
    later. ``psums.ready`` reaches ``advance`` combinationally.

    Parameters
    ----------
    spec : MacroSpec
        Macro the columns belong to.

    Members
    -------
    finish : In(1)
        The last code of a vector is being added.
    row_sum : In(row_sum_bits)
        Sum of the inputs of the vector that finishes.
    sums_0, sums_1, ... : In(columns_per_adc * column_sum_bits)
        Column sums of each lane, its first column in the lowest bits.
    advance : Out(1)
        The column sums may change.
    finished : Out(1)
        Complete column sums wait to be moved.
    draining : Out(1)
        The result registers hold psums not offered yet.
    psums : Out(stream.Signature(ArrayLayout(signed(psum_bits), psums_per_beat)))
        Psums, output 0 first.
    """

    def __init__(self, spec: MacroSpec):
        self.spec = spec
        beat = data.ArrayLayout(signed(spec.psum_bits), psums_per_beat(spec))
        members = {
            "finish": In(1),
            "row_sum": In(spec.row_sum_bits),
            "advance": Out(1),
            "finished": Out(1),
            "draining": Out(1),
            "psums": Out(stream.Signature(beat)),
        }
        for lane in range(spec.lanes):
            members[f"sums_{lane}"] = In(spec.columns_per_adc * spec.column_sum_bits)
        super().__init__(members)
        # Nothing reads data before it is written, so it needs no reset.
        payload = Signal.like(self.psums.payload, name="psums__payload", reset_less=True)
        self.psums.payload = payload

    def elaborate(self, platform):
        m = Module()
        spec, beats = self.spec, psum_beats(self.spec)

        beat = Signal(index_bits(beats))
        move = Signal()
        drained = Signal()
        m.d.comb += move.eq(self.draining & (~self.psums.valid | self.psums.ready))
        m.d.comb += drained.eq(move & (beat == beats - 1))

        # Cycle 1: column sums to result registers.
        capture = Signal()
        finished_row_sum = Signal(spec.row_sum_bits, reset_less=True)
        m.d.comb += capture.eq(self.finished & (~self.draining | drained))
        m.d.comb += self.advance.eq(~self.finished | capture)
        with m.If(self.finish):
            m.d.sync += self.finished.eq(1)
            m.d.sync += finished_row_sum.eq(self.row_sum)
        with m.Elif(capture):
            m.d.sync += self.finished.eq(0)

        results = Signal(spec.columns * spec.column_sum_bits, reset_less=True)
        result_row_sum = Signal(spec.row_sum_bits, reset_less=True)
        with m.If(capture):
            m.d.sync += results.eq(Cat(getattr(self, f"sums_{n}") for n in range(spec.lanes)))
            m.d.sync += result_row_sum.eq(finished_row_sum)
            m.d.sync += self.draining.eq(1)
        with m.Elif(drained):
            m.d.sync += self.draining.eq(0)

        # Cycle 2: the slices of one beat of outputs, weighted and corrected.
        per_beat = psums_per_beat(spec)
        chosen = Signal(data.ArrayLayout(unsigned(spec.column_sum_bits), per_beat * spec.slices))
        with m.Switch(beat):
            for n in range(beats):
                with m.Case(n):
                    width = len(chosen.as_value())
                    m.d.comb += chosen.eq(results[n * width : (n + 1) * width])

        offset = spec.input_correction * result_row_sum + spec.code_correction
        with m.If(move):
            m.d.sync += beat.eq(beat + 1)
            m.d.sync += self.psums.valid.eq(1)
            for n in range(per_beat):
                slices = enumerate(spec.slice_weights, start=n * spec.slices)
                weighted = adder_tree([spec.adc.step * weight * chosen[k] for k, weight in slices])
                m.d.sync += self.psums.p[n].eq(weighted - offset)
        with m.Elif(self.psums.ready):
            m.d.sync += self.psums.valid.eq(0)
        with m.If(drained):
            m.d.sync += beat.eq(0)

        return m
