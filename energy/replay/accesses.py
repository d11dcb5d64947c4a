"""How often memories were read and written, from the nets at their pins."""

from dataclasses import dataclass

from cosim.memories import Memory
from energy.netlist.memories import READ, WRITE, WRITE_PARTS, port
from energy.netlist.netlist import Activity, Bit, Netlist


@dataclass(frozen=True, kw_only=True)
class Accesses:
    """What a memory did in some cycles."""

    words: int
    width: int
    """Bits of a word."""
    reads: int
    """Words read."""
    writes: int
    """Cycles in which a word was written, or a part of it."""
    written_bits: int
    """Bits written in all of them."""


def accesses(memory: Memory, netlist: Netlist, activity: Activity) -> Accesses:
    """Return how often a memory was read and written.

    Parameters
    ----------
    memory : Memory
        A memory of the design that the netlist was mapped from.
    netlist : Netlist
        That design, mapped.
    activity : Activity
        What its nets did.
    """

    def cycles(pin: str, bit: int = 0) -> int:
        return int(activity.ones[netlist.outputs[Bit(port(memory, pin), bit)]])

    pins = [(WRITE_PARTS, n) for n in range(len(memory.writes))]
    pins = pins if len(pins) > 1 else [(WRITE, 0)]
    return Accesses(
        words=memory.words,
        width=memory.width,
        reads=cycles(READ),
        writes=cycles(WRITE),
        written_bits=sum(
            part.bits * cycles(*pin) for part, pin in zip(memory.writes, pins, strict=True)
        ),
    )
