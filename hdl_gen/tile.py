"""One tile: a core and its processing elements."""

from functools import reduce
from operator import and_, or_

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from hdl_gen.core import Core
from hdl_gen.layouts import analog_signature, host_signature
from hdl_gen.pe import Pe
from hdl_gen.word_tree import WordTree
from hw_spec.tile import TileSpec

__all__ = ["Tile"]

BROADCAST = (
    *("layer", "shift", "zero", "pool", "word_valid", "word_block", "word_copy"),
    *("complete", "config_valid", "config_index", "config_data"),
)
"""What the core tells all PEs alike. Words go to those only that take part."""


class Tile(wiring.Component):
    """Runs a network that fits, layer by layer, as its program says.

    Timing
    ------
    That of its core. No cycle depends on data.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    host : In(host_signature())
        Port of the host; see :mod:`hw_spec.host`.
    irq : Out(1)
        No program runs.
    analog_0, analog_1, ... : Out(analog_signature)
        Port of each array and its converters, PE by PE.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        members = {"host": In(host_signature()), "irq": Out(1)}
        for n in range(tile.table.pes * tile.table.macros_per_pe):
            members[f"analog_{n}"] = Out(analog_signature(tile.macro))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        table = self.tile.table

        m.submodules.core = core = Core(self.tile)
        connect(m, flipped(self.host), core.host)
        m.d.comb += self.irq.eq(core.irq)

        m.submodules.word_tree = words = WordTree(self.tile)
        m.d.comb += words.word.eq(core.pes.word)

        pes = [Pe(self.tile) for _ in range(table.pes)]
        for n, pe in enumerate(pes):
            m.submodules[f"pe_{n}"] = pe
            m.d.comb += [getattr(pe.bus, name).eq(getattr(core.pes, name)) for name in BROADCAST]
            m.d.comb += words.active[n].eq(pe.bus.active)
            m.d.comb += pe.bus.word.eq(getattr(words, f"words_{n}"))
            m.d.comb += pe.bus.config_select.eq(core.pes.config_select[n])
            m.d.comb += pe.bus.select.eq(core.pes.select[n])
            if n:
                connect(m, pes[n - 1].chain_out, pe.chain_in)
            for macro in range(table.macros_per_pe):
                port = getattr(self, f"analog_{n * table.macros_per_pe + macro}")
                connect(m, flipped(port), getattr(pe, f"analog_{macro}"))

        m.d.comb += [
            core.pes.ready.eq(reduce(and_, (pe.bus.ready for pe in pes))),
            core.pes.converting.eq(reduce(or_, (pe.bus.converting for pe in pes))),
            core.pes.finished.eq(reduce(or_, (pe.bus.finished for pe in pes))),
            core.pes.result.eq(reduce(or_, (pe.bus.result for pe in pes))),
        ]

        return m
