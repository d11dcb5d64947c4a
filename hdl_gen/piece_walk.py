"""Walk over positions, copies and pieces."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import piece_layout, position_layout, settings_layout
from hdl_gen.positions import Positions
from hw_spec.host import COPY_BITS
from hw_spec.port import index_bits

__all__ = ["PieceWalk"]


class PieceWalk(wiring.Component):
    """Gives piece after piece of the list, again for each copy at each position.

    Timing
    ------
    The first piece is valid in the second cycle in which ``advance`` is high after ``start``, the
    next one in the next such cycle. While ``advance`` is low, all holds.

    Parameters
    ----------
    pieces : int
        Pieces the memory holds.

    Members
    -------
    settings : In(settings_layout())
        Must hold from ``start`` on while ``choosing``. From 1 to ``pieces`` pieces.
    start : In(1)
        Start an operation. Only while neither ``choosing`` nor ``valid``.
    advance : In(1)
        The piece is taken, if one is valid.
    write : In(1)
        ``write_data`` is stored as piece ``write_index``; not while ``choosing``.
    write_index : In(index_bits(pieces))
        Number of a piece.
    write_data : In(piece_layout())
        Piece.
    choosing : Out(1)
        Pieces have not been read yet.
    valid : Out(1)
        The members below are valid.
    piece : Out(piece_layout())
        Piece.
    position : Out(position_layout())
        Position of its copy.
    copy : Out(COPY_BITS)
        Number of the copy.
    last : Out(1)
        Last piece of the last copy at this position.
    """

    def __init__(self, pieces: int):
        self.pieces = pieces
        members = {
            "settings": In(settings_layout()),
            "start": In(1),
            "advance": In(1),
            "write": In(1),
            "write_index": In(index_bits(pieces)),
            "write_data": In(piece_layout()),
            "choosing": Out(1),
            "valid": Out(1),
            "piece": Out(piece_layout()),
            "position": Out(position_layout()),
            "copy": Out(COPY_BITS),
            "last": Out(1),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        m.submodules.positions = positions = Positions()
        m.submodules.pieces = pieces = Memory(shape=piece_layout(), depth=self.pieces, init=[])
        write, read = pieces.write_port(), pieces.read_port()
        m.d.comb += [
            write.en.eq(self.write),
            write.addr.eq(self.write_index),
            write.data.eq(self.write_data),
        ]

        # Choose: the memory is read, and the position waits beside it.
        takes = Signal()
        last_piece = Signal()
        number = Signal(index_bits(self.pieces))
        m.d.comb += [
            takes.eq(self.choosing & self.advance),
            last_piece.eq(number + 1 >= self.settings.pieces),
            positions.settings.eq(self.settings),
            positions.start.eq(self.start),
            positions.step.eq(takes & last_piece),
            read.en.eq(takes),
            read.addr.eq(self.settings.first_piece + number),
            self.piece.eq(read.data),
        ]
        with m.If(self.start):
            m.d.sync += self.choosing.eq(1)
        with m.If(takes):
            m.d.sync += [
                number.eq(number + 1),
                self.position.eq(positions.position),
                self.copy.eq(positions.copy),
                self.last.eq(last_piece & positions.last_copy),
            ]
            with m.If(last_piece):
                m.d.sync += number.eq(0)
                m.d.sync += self.choosing.eq(~positions.last)
        with m.If(self.advance):
            m.d.sync += self.valid.eq(self.choosing)
        return m
