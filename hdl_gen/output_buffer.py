"""Maximum pooling at the output of a processing element, and the results that wait there."""

from amaranth import Module, Mux, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.unreset import unreset
from hw_spec.port import index_bits
from hw_spec.tile import POOL_BITS, TileSpec

__all__ = ["OutputBuffer"]


class OutputBuffer(wiring.Component):
    """Keeps the maximum of each output over the vectors of a pooling window.

    Timing
    ------
    One beat per cycle. ``finished`` is high two cycles after the last beat of the last vector of a
    window; ``held`` changes in that cycle only.

    Parameters
    ----------
    tile : TileSpec
        Tile the PE belongs to.

    Members
    -------
    valid : In(1)
        A beat of activations is offered.
    activations : In(ArrayLayout(unsigned(input_bits), sums_per_beat))
        Activations, output 0 first. Fields beyond the last output are left out.
    pool : In(POOL_BITS)
        Vectors of a window, from 1. Must not change while a window is under way.
    held : Out(block * input_bits)
        Maxima of the last complete window, output 0 in the lowest bits.
    finished : Out(1)
        ``held`` is new.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        bits = tile.macro.input_bits
        members = {
            "valid": In(1),
            "activations": In(data.ArrayLayout(unsigned(bits), tile.sums_per_beat)),
            "pool": In(POOL_BITS),
            "held": Out(tile.block * bits),
            "finished": Out(1),
        }
        super().__init__(members)
        # Nothing reads data before it is written, so it needs no reset.
        unreset(self, "held")

    def elaborate(self, platform):
        m = Module()
        lanes, beats, bits = self.tile.sums_per_beat, self.tile.beats, self.tile.macro.input_bits

        beat = Signal(index_bits(beats))
        vector = Signal(POOL_BITS)
        beats_end = beat == beats - 1
        window_ends = vector == self.pool - 1
        with m.If(self.valid):
            m.d.sync += beat.eq(beat + 1)
            with m.If(beats_end):
                m.d.sync += beat.eq(0)
                m.d.sync += vector.eq(vector + 1)
                with m.If(window_ends):
                    m.d.sync += vector.eq(0)

        # Cycle 1: the first vector of a window replaces what is stored.
        stored = Signal.like(self.held, name="stored")
        before = Signal.like(self.activations)
        largest = Signal.like(self.activations)
        for lane in range(lanes):
            new, old = self.activations[lane], before[lane]
            m.d.comb += largest[lane].eq(Mux((vector == 0) | (new > old), new, old))
        with m.Switch(beat):
            for n in range(beats):
                with m.Case(n):
                    fields = stored[n * lanes * bits : (n + 1) * lanes * bits]
                    m.d.comb += before.eq(fields)
                    with m.If(self.valid):
                        m.d.sync += fields.eq(largest.as_value())

        # Cycle 2: complete windows make room for the next.
        full = Signal()
        m.d.sync += full.eq(self.valid & beats_end & window_ends)
        m.d.sync += self.finished.eq(full)
        with m.If(full):
            m.d.sync += self.held.eq(stored)

        return m
