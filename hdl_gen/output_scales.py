"""Memory of the requantiser's constants."""

from amaranth import Module, Signal, signed, unsigned
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from hw_spec.host import DATA_BITS, PeWord, pe_index_bits
from hw_spec.port import index_bits
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS, TileSpec

__all__ = ["OutputScales"]


class OutputScales(wiring.Component):
    """Holds bias and multiplier of each output of a PE, and gives them beat by beat.

    Timing
    ------
    The constants of a beat are valid in the cycle after ``take``, and until the next one. A word
    is written in the cycle in which it is offered; only while no beat is under way.

    Parameters
    ----------
    tile : TileSpec
        Tile the PE belongs to.

    Members
    -------
    write : In(1)
        A word for this PE is offered; words below ``PeWord.SCALES`` are left alone.
    index : In(pe_index_bits)
        Its index.
    data : In(DATA_BITS)
        The word.
    take : In(1)
        Gives the constants of the next beat; after the last beat of a vector comes the first.
    biases : Out(ArrayLayout(signed(BIAS_BITS), sums_per_beat))
        Biases.
    multipliers : Out(ArrayLayout(unsigned(MULTIPLIER_BITS), sums_per_beat))
        Multipliers.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        lanes = tile.sums_per_beat
        members = {
            "write": In(1),
            "index": In(pe_index_bits(tile)),
            "data": In(DATA_BITS),
            "take": In(1),
            "biases": Out(data.ArrayLayout(signed(BIAS_BITS), lanes)),
            "multipliers": Out(data.ArrayLayout(unsigned(MULTIPLIER_BITS), lanes)),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        lanes, beats = self.tile.sums_per_beat, self.tile.beats

        scale = data.StructLayout({"bias": signed(BIAS_BITS), "multiplier": MULTIPLIER_BITS})
        scales = data.ArrayLayout(scale, lanes)
        m.submodules.memory = constants = memory.Memory(shape=scales, depth=beats, init=[])
        written = constants.write_port(granularity=1)
        read = constants.read_port()

        # The multiplier waits for its bias. Macros that need more than one lane are rare, and a
        # division by one costs nothing.
        multiplier = Signal(MULTIPLIER_BITS, reset_less=True)
        place = Signal(range(2 * self.tile.block))
        m.d.comb += place.eq(self.index - PeWord.SCALES)
        output = place >> 1
        m.d.comb += written.addr.eq(output // lanes)
        with m.If(self.write & (self.index >= PeWord.SCALES)):
            with m.If(place[0]):
                m.d.comb += written.en.eq(1 << output % lanes)
            with m.Else():
                m.d.sync += multiplier.eq(self.data)
        for lane in range(lanes):
            m.d.comb += written.data[lane].multiplier.eq(multiplier)
            m.d.comb += written.data[lane].bias.eq(self.data)

        beat = Signal(index_bits(beats))
        m.d.comb += read.en.eq(self.take)
        m.d.comb += read.addr.eq(beat)
        with m.If(self.take):
            m.d.sync += beat.eq(beat + 1)
            with m.If(beat == beats - 1):
                m.d.sync += beat.eq(0)
        for lane in range(lanes):
            m.d.comb += self.biases[lane].eq(read.data[lane].bias)
            m.d.comb += self.multipliers[lane].eq(read.data[lane].multiplier)

        return m
