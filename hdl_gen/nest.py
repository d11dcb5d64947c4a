"""Loops inside each other."""

from collections.abc import Mapping
from typing import NamedTuple

from amaranth import Const, Module, Signal, Value

from hw_spec.program import IMMEDIATE_BITS

__all__ = ["Nest", "nest"]


class Nest(NamedTuple):
    """Counters of loops inside each other, and what the next step does."""

    counts: dict[str, Signal]
    """Turn of each loop, from 0."""

    steps: dict[str, Signal]
    """The next step is one of this loop: all faster ones are at their ends and begin anew."""

    last: Value
    """All loops are at their ends; the next step leads back to the beginning."""


def nest(m: Module, turns: Mapping[str, Value], *, clear: Value, step: Value) -> Nest:
    """Add counters that step through loops, a step in each cycle with ``step``.

    Parameters
    ----------
    m : Module
        Module the counters are added to.
    turns : mapping of str to Value
        Name and turns of each loop, the fastest first; fewer than 1 count as 1.
    clear : Value
        Go to the beginning.
    step : Value
        Go on.
    """
    counts, steps = {}, {}
    faster_end: Value = Const(1)
    for name, limit in turns.items():
        count = counts[name] = Signal(IMMEDIATE_BITS - 1, name=name)
        ends = Signal(name=f"{name}_ends")
        steps[name] = Signal(name=f"{name}_steps")
        m.d.comb += [
            ends.eq(faster_end & (count + 1 >= limit)),
            steps[name].eq(faster_end & ~ends),
        ]
        with m.If(clear | step & ends):
            m.d.sync += count.eq(0)
        with m.Elif(step & steps[name]):
            m.d.sync += count.eq(count + 1)
        faster_end = ends
    return Nest(counts, steps, faster_end)
