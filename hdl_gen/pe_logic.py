"""What a processing element does besides its macros."""

from functools import reduce
from operator import or_

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.output_buffer import OutputBuffer
from hdl_gen.output_scales import OutputScales
from hdl_gen.pe_configuration import PeConfiguration
from hdl_gen.pe_port import chain_signature, pe_signature, psum_signature, word_signature
from hdl_gen.requantiser import Requantiser
from hdl_gen.sum_tree import SumTree
from hw_spec.tile import TileSpec

__all__ = ["PeLogic"]


class PeLogic(wiring.Component):
    """Deals out words to macros, and turns their psums into activations.

    A PE is active while the layer it is configured for is that of the core, and it has macros. Its
    results equal the maximum over a pooling window of :func:`hw_spec.numbers.requantise` of the
    sums of all psums of its chain.

    Timing
    ------
    A word reaches its macro in the cycle in which it is on the bus. All macros of a PE start
    together; those of the next PE of the chain, one cycle later. The activations of a psum beat
    are pooled ``tree_levels + 4`` cycles after the beat, and ``finished`` is high two cycles
    after the last of them: :func:`hw_spec.timing.finish_cycles`.

    Parameters
    ----------
    tile : TileSpec
        Tile the PE belongs to.

    Members
    -------
    bus : Out(pe_signature)
        Port to the core.
    chain_in, chain_out
        Ports to the PE before and to the next one; see :func:`hdl_gen.pe_port.chain_signature`.
    words_0, words_1, ... : Out(word_signature)
        Words to each macro; 0 while the word on the bus is for none of them. Of the ready lines
        only the first is looked at, when a vector starts: the macros of a layer run in step, and
        the core sends no word that they cannot take.
    psums_0, psums_1, ... : In(psum_signature)
        Psums of each macro, taken at once.
    hold : Out(1)
        No macro may start the vector it has loaded.
    converting : In(1)
        Macro 0 is converting a vector.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        members = {
            "bus": Out(pe_signature(tile)),
            "chain_in": In(chain_signature(tile)),
            "chain_out": Out(chain_signature(tile)),
            "hold": Out(1),
            "converting": In(1),
        }
        for n in range(tile.table.macros_per_pe):
            members[f"words_{n}"] = Out(word_signature(tile.macro))
            members[f"psums_{n}"] = In(psum_signature(tile))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        bus, macros = self.bus, range(self.tile.table.macros_per_pe)

        # What the PE is to do.
        m.submodules.configuration = part = PeConfiguration(self.tile)
        m.submodules.scales = scales = OutputScales(self.tile)
        for unit in (part, scales):
            m.d.comb += [
                unit.write.eq(bus.config_valid & bus.config_select),
                unit.index.eq(bus.config_index),
                unit.data.eq(bus.config_data),
            ]
        active = Signal()
        leads = Signal()
        m.d.comb += active.eq((part.layer == bus.layer) & (part.macros != 0))
        m.d.comb += leads.eq(active & ~part.chained)
        m.d.comb += bus.active.eq(active)

        # Words: each row block goes to the macro that holds its weights. The wires to macros stay
        # still unless a word is for one of them.
        of_copy = active & (bus.word_copy == part.copy)
        own = [(bus.word_block == part.first_block + n) & (n < part.macros) for n in macros]
        word = Signal.like(bus.word)
        m.d.comb += word.eq(Mux(of_copy & reduce(or_, own), bus.word, 0))
        for n in macros:
            words = getattr(self, f"words_{n}")
            m.d.comb += words.valid.eq(of_copy & bus.word_valid & own[n])
            m.d.comb += words.payload.eq(word)

        # Start: the next PE of the chain starts a cycle later, as its sums are wanted.
        complete = Signal()
        m.d.comb += complete.eq(Mux(part.chained, self.chain_in.complete, bus.complete))
        m.d.comb += self.hold.eq(~complete)
        m.d.sync += self.chain_out.complete.eq(complete & active)
        m.d.comb += bus.ready.eq(self.words_0.ready | ~leads)
        m.d.comb += bus.begins.eq(leads & bus.complete & self.words_0.ready)
        m.d.comb += bus.converting.eq(leads & self.converting)

        # Sums over the macros of the PE. A macro that is not in use may still hold a psum from
        # before the PE got its present part.
        m.submodules.tree = tree = SumTree(self.tile)
        m.d.comb += tree.valid.eq(self.psums_0.valid)
        for n in macros:
            psums = getattr(self, f"psums_{n}")
            m.d.comb += psums.ready.eq(1)
            with m.If(psums.valid):
                m.d.comb += getattr(tree, f"psums_{n}").eq(psums.payload)

        # Sums over the chain: those of the PE before arrive in this very cycle.
        chain_sums = Signal.like(self.chain_out.sums, reset_less=True)
        with m.If(tree.sums_valid):
            for lane in range(self.tile.sums_per_beat):
                carried = Mux(part.chained, self.chain_in.sums[lane], 0)
                m.d.sync += chain_sums[lane].eq(tree.sums[lane] + carried)
        m.d.comb += self.chain_out.sums.eq(chain_sums)

        # Activations, at the end of a chain only. Their constants are read while sums are added.
        chain_sums_valid = Signal()
        m.d.comb += scales.take.eq(tree.sums_valid & part.ends)
        m.d.sync += chain_sums_valid.eq(scales.take)
        m.submodules.requantiser = requantiser = Requantiser(self.tile)
        m.d.comb += [
            requantiser.valid.eq(chain_sums_valid),
            requantiser.sums.eq(chain_sums),
            requantiser.biases.eq(scales.biases),
            requantiser.multipliers.eq(scales.multipliers),
            requantiser.shift.eq(bus.shift),
            requantiser.zero.eq(bus.zero),
        ]
        m.submodules.output_buffer = output_buffer = OutputBuffer(self.tile)
        m.d.comb += [
            output_buffer.valid.eq(requantiser.activations_valid),
            output_buffer.activations.eq(requantiser.activations),
            output_buffer.pool.eq(bus.pool),
            bus.finished.eq(output_buffer.finished),
        ]
        with m.If(bus.select):
            m.d.comb += bus.result.eq(output_buffer.held)

        return m
