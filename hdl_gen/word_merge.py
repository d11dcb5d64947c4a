"""The word that pieces are put together in."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.lanes import below, rotated, spread
from hdl_gen.layouts import placement_layout
from hdl_gen.unreset import unreset
from hw_spec.tile import TileSpec

__all__ = ["WordMerge"]

GROUP_ROWS = 16
"""Rows that share a clock; fewer would save less than their clock gate takes."""


class WordMerge(wiring.Component):
    """Rotates what was read to its rows, pads, and fills it into the word.

    Timing
    ------
    ``word`` changes in the cycle after ``merge`` and holds otherwise.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    merge : In(1)
        A piece is filled in.
    data : In(word_bits)
        Activations as the activation memory gives them.
    placement : In(placement_layout(tile))
        Rows they go to.
    pad : In(input_bits)
        What rows of the piece without an activation get.
    word : Out(word_bits)
        Rows, row 0 in the lowest bits.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        members = {
            "merge": In(1),
            "data": In(tile.word_bits),
            "placement": In(placement_layout(tile)),
            "pad": In(tile.macro.input_bits),
            "word": Out(tile.word_bits),
        }
        super().__init__(members)
        # Nothing reads data before it is written, so it needs no reset.
        unreset(self, "word")

    def elaborate(self, platform):
        m = Module()
        rows, bits, placement = self.tile.word, self.tile.macro.input_bits, self.placement

        filled = Signal(rows)
        inside = Signal(rows)
        m.d.comb += filled.eq(below(m, placement.end, rows) & ~below(m, placement.first, rows))
        m.d.comb += inside.eq(
            below(m, placement.inside_end, rows) & ~below(m, placement.inside_first, rows)
        )
        kept = Mux(placement.opens, 0, self.word & ~spread(m, filled, bits))
        padded = spread(m, filled & ~inside, bits) & self.pad.replicate(rows)
        turned = rotated(m, self.data, placement.rotation, bits)
        merged = Signal.like(self.word, name="merged")
        m.d.comb += merged.eq(kept | padded | spread(m, inside, bits) & turned)
        # Only rows that change are clocked, a group of them at a time.
        for first in range(0, rows, GROUP_ROWS):
            group = slice(first * bits, (first + GROUP_ROWS) * bits)
            changes = placement.opens | filled[first : first + GROUP_ROWS].any()
            with m.If(self.merge & changes):
                m.d.sync += self.word[group].eq(merged[group])
        return m
