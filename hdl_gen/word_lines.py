"""Word-line decoder with ALLOPEN."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw_spec.macro import MacroSpec
from hw_spec.port import index_bits

__all__ = ["WordLineDecoder"]


class WordLineDecoder(wiring.Component):
    """Opens all word lines for a conversion, or a single one for access to its cells.

    The crossbar decoder of NeuroSim (manual of 3D+NeuroSim V1.0, section 6.2, 3): a row decoder
    whose follower stage opens every row while ALLOPEN is high, whatever the address.

    Timing
    ------
    Word lines change in the cycle after ``convert``, ``idle`` or ``access_enable``.

    Parameters
    ----------
    spec : MacroSpec
        Macro whose word lines are decoded.

    Members
    -------
    convert, idle : In(1)
        Open all word lines, or close them.
    access_enable : In(1)
        Opens the word line ``access_row`` while no conversion holds all of them open.
    access_row : In
        Row to access. A row beyond the last opens no word line.
    word_lines : Out(rows)
        Open word lines; bit r belongs to row r.
    all_open : Out(1)
        A conversion holds all of them open.
    """

    def __init__(self, spec: MacroSpec):
        self.spec = spec
        members = {
            "convert": In(1),
            "idle": In(1),
            "access_enable": In(1),
            "access_row": In(index_bits(spec.rows)),
            "word_lines": Out(spec.rows),
            "all_open": Out(1),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()

        # Address and enables are registered, so that no line glitches with the logic before them.
        enable = Signal()
        row = Signal.like(self.access_row)
        with m.If(self.convert):
            m.d.sync += self.all_open.eq(1)
        with m.Elif(self.idle):
            m.d.sync += self.all_open.eq(0)
        m.d.sync += enable.eq(self.access_enable)
        with m.If(self.access_enable):
            m.d.sync += row.eq(self.access_row)

        for n in range(self.spec.rows):
            m.d.comb += self.word_lines[n].eq(self.all_open | (enable & (row == n)))

        return m
