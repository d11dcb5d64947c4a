"""Loops of a program."""

from amaranth import Array, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw_spec.program import IMMEDIATE_BITS, LOOP_DEPTH

__all__ = ["Loops"]


class Loops(wiring.Component):
    """Keeps where the loops that the program is inside of begin, and what turns they have left.

    Timing
    ------
    Outputs tell in the cycle after ``enter``, ``ends`` or ``clear`` what these changed.

    Parameters
    ----------
    program_words : int
        Words of the program memory.

    Members
    -------
    clear : In(1)
        All loops are forgotten.
    enter : In(1)
        A loop whose first instruction is ``body`` is entered; not while ``full``.
    turns : In(IMMEDIATE_BITS - 1)
        How often it is run through, from 1.
    ends : In(1)
        The innermost loop has been run through once more; only while ``inside``.
    inside : Out(1)
        There is a loop.
    full : Out(1)
        There are ``LOOP_DEPTH``.
    again : Out(1)
        At the next ``ends``, the innermost loop goes on at ``first``; otherwise it is left.
    first : Out(range(program_words + 1))
        First instruction of the innermost loop.
    """

    def __init__(self, program_words: int):
        self.program_words = program_words
        members = {
            "clear": In(1),
            "enter": In(1),
            "body": In(range(program_words + 1)),
            "turns": In(IMMEDIATE_BITS - 1),
            "ends": In(1),
            "inside": Out(1),
            "full": Out(1),
            "again": Out(1),
            "first": Out(range(program_words + 1)),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()

        depth = Signal(range(LOOP_DEPTH + 1))
        firsts = [Signal.like(self.first, name=f"first_{n}") for n in range(LOOP_DEPTH)]
        lefts = [Signal.like(self.turns, name=f"left_{n}") for n in range(LOOP_DEPTH)]
        # Place 0 of the arrays stands for no loop, which is never asked.
        left = Array([lefts[0], *lefts])[depth]
        m.d.comb += [
            self.inside.eq(depth != 0),
            self.full.eq(depth == LOOP_DEPTH),
            self.again.eq(left != 0),
            self.first.eq(Array([firsts[0], *firsts])[depth]),
        ]

        for n in range(LOOP_DEPTH):
            with m.If(self.enter & (depth == n)):
                m.d.sync += [firsts[n].eq(self.body), lefts[n].eq(self.turns - 1)]
            with m.If(self.ends & self.again & (depth == n + 1)):
                m.d.sync += lefts[n].eq(lefts[n] - 1)
        with m.If(self.clear):
            m.d.sync += depth.eq(0)
        with m.Elif(self.enter):
            m.d.sync += depth.eq(depth + 1)
        with m.Elif(self.ends & ~self.again):
            m.d.sync += depth.eq(depth - 1)

        return m
