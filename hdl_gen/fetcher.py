"""Reads the activations of an operation and puts them together to words."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import piece_layout, read_piece_layout, read_signature, settings_layout
from hdl_gen.piece_walk import PieceWalk
from hdl_gen.piece_window import PieceWindow
from hdl_gen.word_merge import WordMerge
from hw_spec.host import BLOCK_BITS, COPY_BITS
from hw_spec.port import index_bits
from hw_spec.program import Kind
from hw_spec.tile import TileSpec

__all__ = ["Fetcher"]


class Fetcher(wiring.Component):
    """Walks over positions, copies and pieces, and sends the words they make.

    The words equal :func:`behavioral.words.words_of`, position by position, copy by copy. All
    pieces of a copy at a position make up one list; the lists of all copies, a vector.

    Timing
    ------
    Piece n of an operation, from 0, is at the word in cycle ``n + FETCH_CYCLES`` after ``start``,
    and so is the word if the piece closes one: four stages, a cycle each, that move together. In a
    MATRIX operation, a closed word, and the last piece of a vector, closing or not, wait while
    ``complete & ~ready``; meanwhile all stages hold. They go on in the first cycle without. Words
    of the other kinds never wait. ``ready`` reaches ``word_valid``, ``begun`` and the enables of
    the memories combinationally. Nothing changes while not ``pending``.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    settings : In(settings_layout())
        Must hold from ``start`` on while ``pending``. From 1 to the pieces of the tile in a list.
    kind : In(range(len(Kind)))
        Kind of the operation; holds likewise.
    start : In(1)
        Start an operation. Only while not ``pending``.
    ready : In(1)
        All first PEs of chains can start. Only looked at while ``complete``.
    piece_write : In(1)
        ``piece_data`` is stored as piece ``piece_index``. Only while not ``pending``.
    piece_index : In(index_bits(pieces))
        Number of a piece.
    piece_data : In(piece_layout())
        Piece.
    memory : Out(read_signature(tile))
        Port of the activation memory.
    word : Out(word_bits)
        Rows of the word, row 0 in the lowest bits.
    word_block : Out(BLOCK_BITS)
        Row block, or word of scales, that the word is for.
    word_copy : Out(COPY_BITS)
        Copy that the word is for.
    word_begins, word_ends : Out(1)
        The word begins, ends a result of the vector unit.
    word_valid : Out(1)
        The word is taken by the PEs in this cycle.
    vector_valid : Out(1)
        The word is taken by the vector unit in this cycle.
    complete : Out(1)
        All words of a vector were taken; from the cycle after until the one in which it begins.
    begun : Out(1)
        The vector begins in this cycle: ``complete & ready``.
    pending : Out(1)
        From the cycle after ``start`` to the one in which the last vector begins or, of the other
        kinds, the last piece is at the word.
    piece_read : Out(1)
        A piece is read from the activation memory; high once per piece with an activation inside
        the input.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        members = {
            "settings": In(settings_layout()),
            "kind": In(range(len(Kind))),
            "start": In(1),
            "ready": In(1),
            "piece_write": In(1),
            "piece_index": In(index_bits(tile.table.pieces)),
            "piece_data": In(piece_layout()),
            "memory": Out(read_signature(tile)),
            "word": Out(tile.word_bits),
            "word_block": Out(BLOCK_BITS),
            "word_copy": Out(COPY_BITS),
            "word_begins": Out(1),
            "word_ends": Out(1),
            "word_valid": Out(1),
            "vector_valid": Out(1),
            "complete": Out(1),
            "begun": Out(1),
            "pending": Out(1),
            "piece_read": Out(1),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        settings = self.settings
        advance = Signal()

        # Stages 0 and 1: choose, and read the piece. Its activations are read in stage 1.
        m.submodules.walk = walk = PieceWalk(self.tile.table.pieces)
        m.submodules.window = window = PieceWindow(self.tile)
        m.d.comb += [
            walk.settings.eq(settings),
            walk.start.eq(self.start),
            walk.advance.eq(advance),
            walk.write.eq(self.piece_write),
            walk.write_index.eq(self.piece_index),
            walk.write_data.eq(self.piece_data),
            window.position.eq(walk.position),
            window.line.eq(settings.line),
            window.height.eq(settings.height),
            window.piece.eq(walk.piece),
            self.memory.address.eq(window.address),
            self.memory.first.eq(advance & walk.valid & window.first),
            self.memory.second.eq(advance & walk.valid & window.second),
            self.piece_read.eq(self.memory.first | self.memory.second),
        ]

        # Stage 2: the activations are known.
        merges = Signal()
        read = Signal(read_piece_layout(self.tile))
        with m.If(advance):
            m.d.sync += merges.eq(walk.valid)
        with m.If(advance & walk.valid):
            m.d.sync += [
                read.placement.eq(window.placement),
                read.block.eq(walk.piece.block),
                read.copy.eq(walk.copy),
                read.closes.eq(walk.piece.closes),
                read.begins.eq(walk.piece.begins),
                read.ends.eq(walk.piece.ends),
                read.last.eq(walk.last),
            ]

        # Stage 3: the word, with what the piece that closed it said.
        m.submodules.word_merge = merge = WordMerge(self.tile)
        closed = Signal()
        last = Signal()
        m.d.comb += [
            merge.merge.eq(advance & merges),
            merge.data.eq(self.memory.data),
            merge.placement.eq(read.placement),
            merge.pad.eq(settings.pad),
            self.word.eq(merge.word),
        ]
        with m.If(advance):
            m.d.sync += closed.eq(merges & read.closes)
            m.d.sync += last.eq(merges & read.last)
        with m.If(advance & merges & read.closes):
            m.d.sync += [
                self.word_block.eq(read.block),
                self.word_copy.eq(read.copy),
                self.word_begins.eq(read.begins),
                self.word_ends.eq(read.ends),
            ]

        # A vector is complete before any word of the next is taken: its last piece waits as well.
        matrix = self.kind == Kind.MATRIX
        m.d.comb += [
            self.begun.eq(self.complete & self.ready),
            advance.eq(~(closed | last) | ~self.complete | self.ready),
            self.word_valid.eq(matrix & closed & advance),
            self.vector_valid.eq(~matrix & closed),
            self.pending.eq(walk.choosing | walk.valid | merges | closed | last | self.complete),
        ]
        with m.If(matrix & last & advance):
            m.d.sync += self.complete.eq(1)
        with m.Elif(self.begun):
            m.d.sync += self.complete.eq(0)
        return m
