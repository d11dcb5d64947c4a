"""Registers that tell a processing element its part."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw_spec.host import BLOCK_BITS, COPY_BITS, DATA_BITS, LAYER_BITS, PeWord, pe_index_bits
from hw_spec.tile import TileSpec

__all__ = ["PeConfiguration"]


class PeConfiguration(wiring.Component):
    """Holds the words of a PE below ``PeWord.SCALES``.

    Timing
    ------
    A register holds its word from the cycle after ``write`` on. All are zero after reset.

    Parameters
    ----------
    tile : TileSpec
        Tile the PE belongs to.

    Members
    -------
    write : In(1)
        A word for this PE is offered; others than those below are left alone.
    index : In(pe_index_bits)
        Its index.
    data : In(DATA_BITS)
        The word; bits beyond the register are left out.
    layer, copy, first_block : Out
        See :class:`hw_spec.host.PeWord`.
    macros : Out(range(macros_per_pe + 1))
        Macros in use.
    chained : Out(1)
        The sums of the PE before are added.
    ends : Out(1)
        The PE is the end of its chain.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        members = {
            "write": In(1),
            "index": In(pe_index_bits(tile)),
            "data": In(DATA_BITS),
            "layer": Out(LAYER_BITS),
            "copy": Out(COPY_BITS),
            "first_block": Out(BLOCK_BITS),
            "macros": Out(range(tile.table.macros_per_pe + 1)),
            "chained": Out(1),
            "ends": Out(1),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()

        with m.If(self.write), m.Switch(self.index):
            with m.Case(PeWord.LAYER):
                m.d.sync += self.layer.eq(self.data)
            with m.Case(PeWord.COPY):
                m.d.sync += self.copy.eq(self.data)
            with m.Case(PeWord.FIRST_BLOCK):
                m.d.sync += self.first_block.eq(self.data)
            with m.Case(PeWord.MACROS):
                m.d.sync += self.macros.eq(self.data)
            with m.Case(PeWord.CHAINED):
                m.d.sync += self.chained.eq(self.data[0])
                m.d.sync += self.ends.eq(self.data[1])

        return m
