"""Arithmetic on words: scaled sums and maxima."""

from amaranth import Module, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import scale_layout
from hdl_gen.rounded_shift import RoundedShift
from hdl_gen.running_sum import RunningSum
from hdl_gen.scaled_activation import ScaledActivation, product_bits
from hdl_gen.unreset import unreset
from hw_spec.host import BLOCK_BITS
from hw_spec.port import index_bits
from hw_spec.program import Kind
from hw_spec.tile import SHIFT_BITS, VECTOR_SUM_BITS, TileSpec

__all__ = ["VectorUnit"]


class VectorUnit(wiring.Component):
    """Adds up words, each lane scaled and biased on its own, or takes their maximum.

    The results equal :func:`behavioral.vector.vector_results`. Sums wrap around at
    ``VECTOR_SUM_BITS``.

    Timing
    ------
    Takes one word per cycle. ``result`` is valid ``hw_spec.timing.VECTOR_UNIT_CYCLES`` after the
    word that ends it, for one cycle, and holds until the next. Words of different kinds must be as
    many cycles apart.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    kind : In(range(len(Kind)))
        SUM or MAXIMUM.
    shift : In(SHIFT_BITS)
        Right shift of the results, rounded.
    word : In(word_bits)
        A lane per activation, lane 0 in the lowest bits.
    word_valid : In(1)
        A word comes.
    block : In(BLOCK_BITS)
        Word of scales; each lane of the word has its multiplier and its bias there. In SUM, the
        bias is that of the word that begins. In MAXIMUM, none is read.
    begins, ends : In(1)
        The word begins, ends a result.
    scale_write : In(1)
        ``scale_data`` is stored. Not while words come.
    scale_index : In(index_bits(scales * word))
        Where: lane l of scale word n at n * word + l.
    scale_data : In(scale_layout())
        Multiplier and bias.
    result : Out(word_bits)
        Unsigned lanes, saturated.
    result_valid : Out(1)
        A result is new.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        members = {
            "kind": In(range(len(Kind))),
            "shift": In(SHIFT_BITS),
            "word": In(tile.word_bits),
            "word_valid": In(1),
            "block": In(BLOCK_BITS),
            "begins": In(1),
            "ends": In(1),
            "scale_write": In(1),
            "scale_index": In(index_bits(tile.table.scales * tile.word)),
            "scale_data": In(scale_layout()),
            "result": Out(tile.word_bits),
            "result_valid": Out(1),
        }
        super().__init__(members)
        # Nothing reads data before it is written, so it needs no reset.
        unreset(self, "result")

    def elaborate(self, platform):
        m = Module()
        lanes, bits = self.tile.word, self.tile.macro.input_bits
        maximum = Signal()
        m.d.comb += maximum.eq(self.kind == Kind.MAXIMUM)
        flow = data.StructLayout({"valid": 1, "begins": 1, "ends": 1})

        # Cycle 1: the scales are read.
        shape = data.ArrayLayout(scale_layout(), lanes)
        m.submodules.scales = scales = Memory(shape=shape, depth=self.tile.table.scales, init=[])
        write, read = scales.write_port(granularity=1), scales.read_port()
        lane_bits = lanes.bit_length() - 1
        m.d.comb += [
            write.en.eq(self.scale_write << self.scale_index[:lane_bits]),
            write.addr.eq(self.scale_index[lane_bits:]),
            write.data.as_value().eq(self.scale_data.as_value().replicate(lanes)),
            read.en.eq(self.word_valid & ~maximum),
            read.addr.eq(self.block),
        ]
        taken = Signal(flow)
        word = Signal(data.ArrayLayout(unsigned(bits), lanes), reset_less=True)
        m.d.sync += taken.valid.eq(self.word_valid)
        with m.If(self.word_valid):
            m.d.sync += [word.eq(self.word), taken.begins.eq(self.begins), taken.ends.eq(self.ends)]

        # Cycle 2: products. The bias comes in here, with the scale it stands beside.
        scaled = Signal(flow)
        shape = data.ArrayLayout(signed(product_bits(self.tile)), lanes)
        products = Signal(shape, reset_less=True)
        m.d.sync += scaled.valid.eq(taken.valid)
        with m.If(taken.valid):
            m.d.sync += [scaled.begins.eq(taken.begins), scaled.ends.eq(taken.ends)]
        for n in range(lanes):
            m.submodules[f"scaled_{n}"] = lane = ScaledActivation(self.tile)
            m.d.comb += [
                lane.activation.eq(word[n]),
                lane.scale.eq(read.data[n]),
                lane.plain.eq(maximum),
                lane.biased.eq(taken.begins),
            ]
            with m.If(taken.valid):
                m.d.sync += products[n].eq(lane.product)

        # Cycle 3: sums or maxima.
        summed = Signal(data.StructLayout({"valid": 1, "ends": 1}))
        sums = Signal(data.ArrayLayout(signed(VECTOR_SUM_BITS), lanes), reset_less=True)
        m.d.sync += summed.valid.eq(scaled.valid)
        with m.If(scaled.valid):
            m.d.sync += summed.ends.eq(scaled.ends)
        for n in range(lanes):
            m.submodules[f"sum_{n}"] = lane = RunningSum(self.tile)
            m.d.comb += [
                lane.maximum.eq(maximum),
                lane.begins.eq(scaled.begins),
                lane.sum.eq(sums[n]),
                lane.addend.eq(products[n]),
            ]
            with m.If(scaled.valid):
                m.d.sync += sums[n].eq(lane.next_sum)

        # Cycle 4: results.
        m.d.sync += self.result_valid.eq(summed.valid & summed.ends)
        for n in range(lanes):
            m.submodules[f"result_{n}"] = lane = RoundedShift(VECTOR_SUM_BITS, bits)
            m.d.comb += [lane.value.eq(sums[n]), lane.shift.eq(self.shift)]
            with m.If(summed.valid & summed.ends):
                m.d.sync += self.result.word_select(n, bits).eq(lane.activation)

        return m
