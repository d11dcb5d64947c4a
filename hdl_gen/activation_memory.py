"""Memory of activations, read and written from any address on."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl_gen.lanes import below, rotated, spread
from hdl_gen.layouts import read_signature, write_signature
from hw_spec.tile import TileSpec

__all__ = ["ActivationMemory"]


class ActivationMemory(wiring.Component):
    """Two halves, of the even and the odd words, so that a word may begin at any activation.

    Timing
    ------
    One read and one write per cycle. What is read is valid one cycle later; what is written is
    read from the next cycle on. A word that is read in the cycle in which it is written is
    undefined.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    read : In(read_signature(tile))
        Reads as many activations as a word has.
    write : In(write_signature(tile))
        Writes up to as many. All addresses, of what is read and of what is written, must lie in
        the memory.
    host_read, host_write : In(1)
        The activation at ``host_address`` is read or written. Only while neither ``read`` nor
        ``write`` is used, and not both at once.
    host_address : In(address_bits)
        Address of an activation.
    host_data : In(input_bits)
        Activation to be written.
    host_answer : Out(input_bits)
        Activation that was read, one cycle later.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        members = {
            "read": In(read_signature(tile)),
            "write": In(write_signature(tile)),
            "host_read": In(1),
            "host_write": In(1),
            "host_address": In(tile.address_bits),
            "host_data": In(tile.macro.input_bits),
            "host_answer": Out(tile.macro.input_bits),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        word, bits = self.tile.word, self.tile.macro.input_bits

        halves = {}
        for name in ("even", "odd"):
            half = Memory(shape=self.tile.word_bits, depth=self.tile.half_words, init=[])
            m.submodules[name] = half
            halves[name] = half.read_port(), half.write_port(granularity=bits)

        # Read: what begins in an odd word ends in the even word after it.
        first = Signal()
        second = Signal()
        address = Signal(self.tile.address_bits)
        m.d.comb += [
            first.eq(self.read.first | self.host_read),
            second.eq(self.read.second),
            address.eq(Mux(self.host_read, self.host_address, self.read.address)),
        ]
        column, odd, index = self._parts(address)
        even_read, odd_read = halves["even"][0], halves["odd"][0]
        m.d.comb += [
            even_read.en.eq(Mux(odd, second, first)),
            even_read.addr.eq(index + odd),
            odd_read.en.eq(Mux(odd, first, second)),
            odd_read.addr.eq(index),
        ]
        taken_column = Signal.like(column)
        taken_odd = Signal()
        with m.If(first | second):
            m.d.sync += [taken_column.eq(column), taken_odd.eq(odd)]
        from_odd = below(m, taken_column, word) ^ taken_odd.replicate(word)
        from_odd = spread(m, from_odd, bits)
        m.d.comb += self.read.data.eq(from_odd & odd_read.data | ~from_odd & even_read.data)
        m.d.comb += self.host_answer.eq(self.read.data.word_select(taken_column, bits))

        # Write: lanes that do not fit behind the column go to the word after it.
        writes = Signal(word)
        address = Signal.like(address)
        data = Signal(self.tile.word_bits)
        m.d.comb += [address.eq(self.write.address), data.eq(self.write.data)]
        with m.If(self.write.enable):
            m.d.comb += writes.eq(below(m, self.write.length, word))
        with m.If(self.host_write):
            m.d.comb += [address.eq(self.host_address), data.eq(self.host_data), writes.eq(1)]
        column, odd, index = self._parts(address)
        back = (-column)[: len(column)]
        writes, data = rotated(m, writes, back, 1), rotated(m, data, back, bits)
        behind = below(m, column, word)
        even_write, odd_write = halves["even"][1], halves["odd"][1]
        m.d.comb += [
            even_write.en.eq(writes & (behind ^ ~odd.replicate(word))),
            even_write.addr.eq(index + odd),
            even_write.data.eq(data),
            odd_write.en.eq(writes & (behind ^ odd.replicate(word))),
            odd_write.addr.eq(index),
            odd_write.data.eq(data),
        ]
        return m

    def _parts(self, address):
        """Return column within the word, whether the word is odd, and index within its half."""
        column = self.tile.word.bit_length() - 1
        return address[:column], address[column], address[column + 1 :]
