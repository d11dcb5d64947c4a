"""Writes the results of an operation."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import settings_layout, write_signature
from hdl_gen.nest import nest
from hw_spec.program import IMMEDIATE_BITS, Kind
from hw_spec.tile import TileSpec

__all__ = ["Writer"]


class Writer(wiring.Component):
    """Collects the blocks of each output pixel and writes them to the activation memory.

    Where a block goes is told by :class:`hw_spec.program.Setting`. Pixels follow each other row by
    row; at each, all copies, and of each all blocks.

    Timing
    ------
    A block is taken in a cycle and written in the next. Of a MATRIX operation, the first block of a
    pixel is taken in the cycle of ``finished``, the others in the cycles after it, so ``finished``
    must come at least blocks times copies cycles after the one before; it reaches ``select``
    combinationally. Of the other kinds, one is taken in each cycle with ``vector_valid``.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    settings : In(settings_layout())
        Must hold from ``start`` to ``done``. A count below 1 counts as 1.
    kind : In(range(len(Kind)))
        Kind of the operation; holds likewise.
    start : In(1)
        Start an operation.
    finished : In(1)
        The PEs hold the results of a pixel of each copy.
    select : Out(pes)
        The PE whose results are taken, one-hot.
    result : In(block * input_bits)
        Results of the PE selected, in the same cycle.
    vector_valid : In(1)
        The vector unit has a result.
    vector_result : In(word_bits)
        Its result.
    memory : Out(write_signature(tile))
        Port of the activation memory. ``enable`` is high once per block written.
    done : Out(1)
        The last block is written in this cycle, or would be if it were not beyond the last row.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        members = {
            "settings": In(settings_layout()),
            "kind": In(range(len(Kind))),
            "start": In(1),
            "finished": In(1),
            "select": Out(tile.table.pes),
            "result": In(tile.block * tile.macro.input_bits),
            "vector_valid": In(1),
            "vector_result": In(tile.word_bits),
            "memory": Out(write_signature(tile)),
            "done": Out(1),
        }
        super().__init__(members)
        # Nothing reads data before it is written, so it needs no reset.
        self.memory.data = Signal.like(self.memory.data, name="memory__data", reset_less=True)

    def elaborate(self, platform):
        m = Module()
        settings, tile = self.settings, self.tile
        matrix = Signal()
        draining = Signal()
        takes = Signal()
        m.d.comb += matrix.eq(self.kind == Kind.MATRIX)
        m.d.comb += takes.eq(Mux(matrix, self.finished | draining, self.vector_valid))

        turns = {
            "block": settings.blocks,
            "copy": settings.copies,
            "column": settings.count_columns,
            "row": settings.count_rows,
        }
        loops = nest(m, turns, clear=self.start, step=takes)
        next_block, next_copy = loops.steps["block"], loops.steps["copy"]
        with m.If(takes):
            m.d.sync += draining.eq(matrix & (next_block | next_copy))

        # Each address is the start of the next one: of pixels, of their copies, of their blocks.
        pixel, copy, address = (
            Signal(signed(IMMEDIATE_BITS), name=f"{name}_address")
            for name in ("pixel", "copy", "block")
        )
        output_row = Signal(IMMEDIATE_BITS)  # row of the copy's pixel, among those of all copies
        with m.If(self.start):
            first = settings.out_address
            m.d.sync += [pixel.eq(first), copy.eq(first), address.eq(first), output_row.eq(0)]
        with m.Elif(takes & next_block):
            m.d.sync += address.eq(address + Mux(matrix, tile.block, tile.word))
        with m.Elif(takes & next_copy):
            to = copy + settings.out_copy
            m.d.sync += [copy.eq(to), address.eq(to)]
            m.d.sync += output_row.eq(output_row + settings.count_rows)
        with m.Elif(takes):
            to = pixel + settings.out_step
            m.d.sync += [pixel.eq(to), copy.eq(to), address.eq(to)]
            m.d.sync += output_row.eq(loops.counts["row"] + loops.steps["row"])

        # Chains follow each other in the order of blocks and copies.
        pe = Signal(signed(IMMEDIATE_BITS))
        with m.If(self.start | takes & ~next_block & ~next_copy):
            m.d.sync += pe.eq(settings.first_end)
        with m.Elif(takes & matrix):
            m.d.sync += pe.eq(pe + settings.chain)
        for n in range(tile.table.pes):
            m.d.comb += self.select[n].eq(matrix & takes & (pe == n))

        # The block taken is written in the next cycle.
        writes = Signal()
        m.d.comb += writes.eq(takes & (output_row < settings.out_rows))
        m.d.sync += self.memory.enable.eq(writes)
        m.d.sync += self.done.eq(takes & loops.last)
        with m.If(writes):
            whole = Mux(matrix, tile.block, tile.word)
            m.d.sync += [
                self.memory.address.eq(address),
                self.memory.length.eq(Mux(next_block, whole, settings.last_length)),
                self.memory.data.eq(Mux(matrix, self.result, self.vector_result)),
            ]
        return m
