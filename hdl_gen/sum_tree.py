"""Adder tree of a processing element."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw_spec.tile import TileSpec

__all__ = ["SumTree"]


class SumTree(wiring.Component):
    """Sums up the psums of the macros of a PE, output by output.

    Timing
    ------
    One beat per cycle. Its sums are valid ``tree_levels`` cycles later, so with a single macro in
    the same cycle. Each level holds its sums until the next beat.

    Parameters
    ----------
    tile : TileSpec
        Tile the PE belongs to.

    Members
    -------
    valid : In(1)
        A beat of psums is offered.
    psums_0, psums_1, ... : In(ArrayLayout(signed(psum_bits), sums_per_beat))
        Psums of each macro.
    sums_valid : Out(1)
        The sums of a beat are offered.
    sums : Out(ArrayLayout(signed(psum_bits + tree_levels), sums_per_beat))
        Sums over all macros.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        bits, lanes = tile.macro.psum_bits, tile.sums_per_beat
        members = {
            "valid": In(1),
            "sums_valid": Out(1),
            "sums": Out(data.ArrayLayout(signed(bits + tile.tree_levels), lanes)),
        }
        for n in range(tile.table.macros_per_pe):
            members[f"psums_{n}"] = In(data.ArrayLayout(signed(bits), lanes))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        lanes = range(self.tile.sums_per_beat)

        valid = self.valid
        terms = [getattr(self, f"psums_{n}") for n in range(self.tile.table.macros_per_pe)]
        for level in range(1, self.tile.tree_levels + 1):
            layout = data.ArrayLayout(signed(self.tile.macro.psum_bits + level), len(lanes))
            pairs = [terms[n : n + 2] for n in range(0, len(terms), 2)]
            terms = [
                Signal(layout, name=f"level_{level}_{n}", reset_less=True)
                for n in range(len(pairs))
            ]
            with m.If(valid):
                for term, pair in zip(terms, pairs, strict=True):
                    for lane in lanes:
                        m.d.sync += term[lane].eq(sum(one[lane] for one in pair))
            before, valid = valid, Signal(name=f"valid_{level}")
            m.d.sync += valid.eq(before)

        m.d.comb += self.sums_valid.eq(valid)
        for lane in lanes:
            m.d.comb += self.sums[lane].eq(terms[0][lane])

        return m
