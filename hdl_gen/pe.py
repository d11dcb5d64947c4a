"""One processing element: macros whose psums add up, and what they need to do so."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from hdl_gen.layouts import analog_signature
from hdl_gen.macro import Macro
from hdl_gen.pe_logic import PeLogic
from hdl_gen.pe_port import chain_signature, pe_signature
from hw_spec.tile import TileSpec

__all__ = ["Pe"]


class Pe(wiring.Component):
    """Multiplies vectors by the weights of several arrays, and gives activations.

    The word lines of its macros open for conversions only: cells are not accessed one by one.

    Timing
    ------
    Vectors follow each other every ``cycles_per_vector`` cycles. Whatever the data, ``finished``
    is high :func:`hw_spec.timing.finish_cycles` after the start of the last vector of a pooling
    window.

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
    analog_0, analog_1, ... : Out(analog_signature)
        Port of each array and its converters.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        members = {
            "bus": Out(pe_signature(tile)),
            "chain_in": In(chain_signature(tile)),
            "chain_out": Out(chain_signature(tile)),
        }
        for n in range(tile.table.macros_per_pe):
            members[f"analog_{n}"] = Out(analog_signature(tile.macro))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()

        m.submodules.logic = logic = PeLogic(self.tile)
        connect(m, flipped(self.bus), logic.bus)
        connect(m, flipped(self.chain_in), logic.chain_in)
        connect(m, flipped(self.chain_out), logic.chain_out)

        for n in range(self.tile.table.macros_per_pe):
            macro = Macro(self.tile.macro)
            m.submodules[f"macro_{n}"] = macro
            connect(m, getattr(logic, f"words_{n}"), macro.inputs)
            connect(m, macro.psums, getattr(logic, f"psums_{n}"))
            connect(m, flipped(getattr(self, f"analog_{n}")), macro.analog)
            m.d.comb += macro.hold.eq(logic.hold)
            if n == 0:
                m.d.comb += logic.converting.eq(macro.status.converting)

        return m
