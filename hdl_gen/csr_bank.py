"""The host port of a tile: decodes the register map of :mod:`hw_spec.host`."""

from functools import reduce
from operator import or_

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import host_signature
from hw_spec.host import DATA_BITS, LOG_WORDS, Control, Region, Status, pe_index_bits
from hw_spec.port import index_bits
from hw_spec.program import PIECE_BITS, PIECE_HOST_WORDS
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS, TileSpec

__all__ = ["CsrBank"]


class CsrBank(wiring.Component):
    """Tells every part of a tile what the host writes to it, and the host what it reads.

    Timing
    ------
    A request is registered; everything it causes happens in the cycle after it, but for a word to
    a PE, which goes into registers of its own and so happens two cycles after the request. Whether
    the tile is at rest is asked in the cycle after the request. ``activation_answer`` and
    ``log_answer`` come one cycle after their reads, and so does the host's answer, which is two
    cycles after the request.

    Parameters
    ----------
    tile : TileSpec
        Tile whose parts are written and read.

    Members
    -------
    host : In(host_signature())
        The port.
    resting : In(1)
        The tile is at rest.
    status, counter, trap_word, marks : In
        See :class:`hw_spec.host.Control`.
    start, resume : Out(1)
        Commands.
    program_write, program_index, program_word : Out
        A word of the program.
    piece_write, piece_index, piece : Out
        A piece, as :meth:`hw_spec.program.Piece.encode` has it.
    activation_write, activation_read, activation_index, activation : Out
        An activation is written or read.
    activation_answer : In(input_bits)
        The activation that was read.
    config_select, config_valid, config_index, config_data : Out
        A word to the PE whose bit is set in ``config_select``; all but ``config_valid`` hold.
    scale_write, scale_index, scale_multiplier, scale_bias : Out
        Multiplier and bias of lane l in word n of the scales, at index n * word + l.
    log_read, log_index : Out
        A word of the log is read.
    log_answer : In(32)
        The word that was read, and 0 in all other cycles.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        table = tile.table
        members = {
            "host": In(host_signature()),
            "resting": In(1),
            "status": In(range(len(Status))),
            "counter": In(range(table.program_words + 1)),
            "trap_word": In(32),
            "marks": In(range(table.marks + 2)),
            "start": Out(1),
            "resume": Out(1),
            "program_write": Out(1),
            "program_index": Out(index_bits(table.program_words)),
            "program_word": Out(32),
            "piece_write": Out(1),
            "piece_index": Out(index_bits(table.pieces)),
            "piece": Out(PIECE_BITS),
            "activation_write": Out(1),
            "activation_read": Out(1),
            "activation_index": Out(tile.address_bits),
            "activation": Out(tile.macro.input_bits),
            "activation_answer": In(tile.macro.input_bits),
            "config_select": Out(table.pes),
            "config_valid": Out(1),
            "config_index": Out(pe_index_bits(tile)),
            "config_data": Out(DATA_BITS),
            "scale_write": Out(1),
            "scale_index": Out(index_bits(table.scales * tile.word)),
            "scale_multiplier": Out(MULTIPLIER_BITS),
            "scale_bias": Out(BIAS_BITS),
            "log_read": Out(1),
            "log_index": Out(index_bits(table.marks * LOG_WORDS)),
            "log_answer": In(DATA_BITS),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()

        # Cycle 1: the request stands in registers.
        asked = Signal()
        names = ("write", "region", "index", "data")
        registers = [Signal.like(getattr(self.host, name), name=name) for name in names]
        m.d.sync += asked.eq(self.host.request)
        with m.If(self.host.request):
            m.d.sync += [one.eq(getattr(self.host, one.name)) for one in registers]
        write, region, index, data = registers
        writes = {one: asked & write & (region == one) for one in Region}
        reads = {one: asked & ~write & (region == one) for one in Region}

        command = writes[Region.CONTROL] & (index == Control.COMMAND)
        m.d.comb += [self.start.eq(command & (data == 1)), self.resume.eq(command & (data == 2))]
        self._program_and_pieces(m, writes, index, data)
        self._scales(m, writes, index, data)
        self._pes(m, writes, index, data)

        held = self.resting & (index < self.tile.table.activations)
        m.d.comb += [
            self.activation_write.eq(writes[Region.ACTIVATIONS] & held),
            self.activation_read.eq(reads[Region.ACTIVATIONS] & held),
            self.activation_index.eq(index),
            self.activation.eq(data),
            self.log_read.eq(reads[Region.LOG] & (index < LOG_WORDS * self.tile.table.marks)),
            self.log_index.eq(index),
        ]
        self._answer(m, reads[Region.CONTROL], index)

        return m

    def _program_and_pieces(self, m, writes, index, data):
        """Write words of the program, and put pieces together from theirs."""
        table = self.tile.table
        in_program = self.resting & (index < table.program_words)
        m.d.comb += [
            self.program_write.eq(writes[Region.PROGRAM] & in_program),
            self.program_index.eq(index),
            self.program_word.eq(data),
        ]

        part, number = index[:2], index[2:]
        earlier = [Signal(DATA_BITS, name=f"piece_{n}") for n in range(PIECE_HOST_WORDS - 1)]
        in_pieces = writes[Region.PIECES] & self.resting & (number < table.pieces)
        for n, word in enumerate(earlier):
            with m.If(in_pieces & (part == n)):
                m.d.sync += word.eq(data)
        m.d.comb += [
            self.piece_write.eq(in_pieces & (part == PIECE_HOST_WORDS - 1)),
            self.piece_index.eq(number),
            self.piece.eq(Cat(*earlier, data)),
        ]

    def _scales(self, m, writes, index, data):
        """Keep a multiplier until its bias comes."""
        number = index[1:]
        scales = self.tile.table.scales * self.tile.word
        in_scales = writes[Region.SCALES] & self.resting & (number < scales)
        with m.If(in_scales & ~index[0]):
            m.d.sync += self.scale_multiplier.eq(data)
        m.d.comb += [
            self.scale_write.eq(in_scales & index[0]),
            self.scale_index.eq(number),
            self.scale_bias.eq(data),
        ]

    def _pes(self, m, writes, index, data):
        """Cycle 2 of a word to a PE: there may be hundreds, so it gets registers of its own."""
        pe = index[pe_index_bits(self.tile) :]
        in_pes = writes[Region.PES] & self.resting & (pe < self.tile.table.pes)
        m.d.sync += self.config_valid.eq(in_pes)
        with m.If(in_pes):
            m.d.sync += [self.config_index.eq(index), self.config_data.eq(data)]
            for n in range(self.tile.table.pes):
                m.d.sync += self.config_select[n].eq(pe == n)

    def _answer(self, m, reads_control, index):
        """Cycle 2 of a read: pass on the answer of whatever was asked, or 0."""
        values = {
            Control.STATUS: self.status,
            Control.COUNTER: self.counter,
            Control.TRAP_WORD: self.trap_word,
            Control.MARKS: self.marks,
        }
        control = Signal(DATA_BITS)
        value = reduce(or_, (Mux(index == place, one, 0) for place, one in values.items()))
        with m.If(reads_control):
            m.d.sync += control.eq(value)
        from_control = Signal()
        from_activations = Signal()
        m.d.sync += from_control.eq(reads_control)
        m.d.sync += from_activations.eq(self.activation_read)
        m.d.comb += self.host.answer.eq(
            Mux(from_control, control, 0)
            | Mux(from_activations, self.activation_answer, 0)
            | self.log_answer
        )
