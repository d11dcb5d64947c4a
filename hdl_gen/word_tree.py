"""Takes words from the core to the processing elements that take part, and to no others."""

from functools import reduce
from operator import or_

from amaranth import Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw_spec.tile import TileSpec

__all__ = ["WordTree"]


class WordTree(wiring.Component):
    """A binary tree with a gate behind every fork; branches without an active PE stay at 0.

    Most of the wires of a tile are those that take words to PEs, and an operation concerns few PEs:
    without gates, wires would spend more than all else. The first fork splits PEs by the top bit of
    their number, the next ones by the bits below it.

    Timing
    ------
    Combinational.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    word : In(word_bits)
        Word of the core.
    active : In(pes)
        PEs that take part.
    words_0, words_1, ... : Out(word_bits)
        The word to each active PE, 0 to all others.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        pes, word = tile.table.pes, unsigned(tile.word_bits)
        members = {"word": In(word), "active": In(pes)}
        super().__init__(members | {f"words_{pe}": Out(word) for pe in range(pes)})

    def elaborate(self, platform):
        m = Module()
        pes = self.tile.table.pes
        words = {0: self.word}
        for level in reversed(range((pes - 1).bit_length())):
            # Branches of this level by the bits of their PEs above those that later forks look at.
            branches = {}
            for branch in range((pes - 1 >> level) + 1):
                below = [pe for pe in range(pes) if pe >> level == branch]
                opened = reduce(or_, (self.active[pe] for pe in below))
                gated = Signal(self.tile.word_bits, name=f"word_{level}_{branch}")
                m.d.comb += gated.eq(Mux(opened, words[branch >> 1], 0))
                branches[branch] = gated
            words = branches
        for pe in range(pes):
            m.d.comb += getattr(self, f"words_{pe}").eq(words[pe])
        return m
