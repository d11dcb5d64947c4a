"""Walk over the positions of the input window."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import position_layout, settings_layout
from hdl_gen.nest import nest
from hw_spec.host import COPY_BITS

__all__ = ["Positions"]

LOOPS = ("window_column", "window_row", "column", "row")
"""The loops as the settings name them, the fastest first."""

PARTS = ("address", "x", "y")
"""Parts of a position."""


class Positions(wiring.Component):
    """Steps through rows and columns of the output, then of the pooling window, then copies.

    What the loops do is told by :class:`hw_spec.program.Setting`. At each position, all copies
    follow each other.

    Timing
    ------
    The first position is valid in the cycle after ``start``, the next one in the cycle after
    ``step``. Nothing moves otherwise.

    Members
    -------
    settings : In(settings_layout())
        Must hold from ``start`` to ``last``. A count below 1 counts as 1; at most 2**COPY_BITS
        copies.
    start : In(1)
        Go to the first position.
    step : In(1)
        Go to the next position or copy. Without effect while ``last``.
    position : Out(position_layout())
        Position of the copy; wraps around at 22 bits.
    copy : Out(COPY_BITS)
        Number of the copy.
    last_copy : Out(1)
        Last copy at this position.
    last : Out(1)
        Last copy at the last position.
    """

    def __init__(self):
        members = {
            "settings": In(settings_layout()),
            "start": In(1),
            "step": In(1),
            "position": Out(position_layout()),
            "copy": Out(COPY_BITS),
            "last_copy": Out(1),
            "last": Out(1),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        settings, moves = self.settings, Signal()
        m.d.comb += moves.eq(self.step & ~self.last)
        turns = {"copy": settings.copies}
        turns |= {loop: settings[f"count_{loop}s"] for loop in LOOPS}
        loops = nest(m, turns, clear=self.start, step=moves)
        m.d.comb += [
            self.copy.eq(loops.counts["copy"]),
            self.last_copy.eq(~loops.steps["copy"]),
            self.last.eq(loops.last),
        ]

        # Steps of loops are relative to the position of copy 0, those of copies to the copy before.
        first = Signal(position_layout())
        target = Signal(position_layout())
        with m.If(self.start):
            m.d.comb += [target[part].eq(settings[part]) for part in PARTS]
        for loop in LOOPS:
            with m.Elif(loops.steps[loop]):
                m.d.comb += [
                    target[part].eq(first[part] + settings[f"{loop}_{part}"]) for part in PARTS
                ]
        with m.Else():
            m.d.comb += [
                target.address.eq(self.position.address + settings.copy_address),
                target.x.eq(self.position.x),
                target.y.eq(self.position.y + settings.copy_y),
            ]
        with m.If(self.start | moves):
            m.d.sync += self.position.eq(target)
        with m.If(self.start | moves & self.last_copy):
            m.d.sync += first.eq(target)
        return m
