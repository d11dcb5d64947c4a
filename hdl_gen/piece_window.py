"""Where the activations of a piece lie, and which rows of the word they go to."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import piece_layout, placement_layout, position_layout
from hw_spec.tile import TileSpec

__all__ = ["PieceWindow"]


class PieceWindow(wiring.Component):
    """Applies a piece to a position: addresses, padding, rows.

    Timing
    ------
    Combinational.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    position : In(position_layout())
        Position of the window.
    line, height : In(signed(IMMEDIATE_BITS))
        Activations of an input line, and lines.
    piece : In(piece_layout())
        Piece, whose ``row`` and ``length`` together do not exceed a word.
    address : Out(address_bits)
        Where its first activation lies.
    first, second : Out(1)
        Words from there on that hold activations inside the input. Neither if all are beyond its
        edges.
    placement : Out(placement_layout(tile))
        Rows the activations go to.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        shape = position_layout()["x"].shape
        members = {
            "position": In(position_layout()),
            "line": In(shape),
            "height": In(shape),
            "piece": In(piece_layout()),
            "address": Out(tile.address_bits),
            "first": Out(1),
            "second": Out(1),
            "placement": Out(placement_layout(tile)),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        word = self.tile.word
        piece, placement = self.piece, self.placement
        m.d.comb += self.address.eq(self.position.address + piece.offset)

        # Of the activations 0 to length - 1, those from ``low`` to ``high`` - 1 lie in the line.
        # Whatever is compared is a sum of registers, so that no adder waits for another one.
        x, line = self.position.x, self.line
        start = x + piece.x
        rest = line - x - piece.x
        low = Signal(range(word + 1))
        high = Signal(range(word + 1))
        m.d.comb += [
            low.eq(Mux(start >= 0, 0, Mux(x + piece.x + word < 0, word, -start))),
            high.eq(Mux(rest < 0, 0, Mux(rest - piece.length < 0, rest, piece.length))),
        ]
        y, height = self.position.y, self.height
        inside = Signal()
        below = y + piece.y - height
        m.d.comb += inside.eq((y + piece.y >= 0) & (below < 0) & (low < high))

        column = self.address[: word.bit_length() - 1]
        m.d.comb += [
            self.first.eq(inside & (column + low < word)),
            self.second.eq(inside & (column + high > word)),
            placement.rotation.eq(column - piece.row),
            placement.opens.eq(piece.opens),
            placement.first.eq(piece.row),
            placement.end.eq(piece.row + piece.length),
        ]
        with m.If(inside):
            m.d.comb += placement.inside_first.eq(piece.row + low)
            m.d.comb += placement.inside_end.eq(piece.row + high)
        return m
