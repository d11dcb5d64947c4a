"""Toggles of the sequencer and the event counters."""

import numpy as np

from cosim.tile.cycles import network_cycles
from cosim.tile.events import predicted_events, total
from cosim.tile.toggles.paths import COUNTERS, SEQUENCER
from cosim.tile.toggles.registers import Registers, counted
from hw_spec.host import Event, Status
from hw_spec.program import IMMEDIATE_BITS, Opcode, Setting
from network.compiled import Compiled

_STRAIGHT = (Opcode.SET, Opcode.RUN, Opcode.WAIT, Opcode.MARK, Opcode.HALT)


def take_program(registers: Registers, compiled: Compiled) -> None:
    """Take up what the sequencer does when it runs the program of a network.

    Counted from the cycle in which the status is RUNNING, to that in which it no longer is.

    Raises
    ------
    ValueError
        If the program is none of those that the compiler writes.
    """
    values = dict.fromkeys(Setting, 0)  # all are cleared at the start
    settings = 0
    for number, word in enumerate(compiled.program):
        if word.opcode not in _STRAIGHT:
            raise ValueError(
                f"Program word {number} must be one that the compiler writes, "
                f"not {word.opcode.name}"
            )
        if word.setting is not None:
            changed = (values[word.setting] ^ word.immediate) & (2**IMMEDIATE_BITS - 1)
            settings += changed.bit_count()
            values[word.setting] = word.immediate
    opcodes = [word.opcode for word in compiled.program]
    for name, toggles in (
        ("settings", settings),
        ("counter", counted(len(opcodes) - 1)),
        ("run", 2 * opcodes.count(Opcode.RUN)),
        ("operating", 2 * opcodes.count(Opcode.RUN)),
        ("mark", 2 * opcodes.count(Opcode.MARK)),
        ("status", (Status.RUNNING ^ Status.HALTED).bit_count()),
    ):
        registers.repeat(f"{SEQUENCER}.{name}", toggles)
    kinds = np.array([word.immediate for word in compiled.program if word.opcode is Opcode.RUN])
    registers.take(f"{SEQUENCER}.kind", kinds.astype(np.uint8)[None])
    registers.repeat(f"{COUNTERS}.marks", counted(opcodes.count(Opcode.MARK)))


def take_events(
    registers: Registers, compiled: Compiled, *, pieces_read: int, blocks_written: int
) -> None:
    """Take up the event counters, which the start of a program clears.

    Parameters
    ----------
    pieces_read, blocks_written : int
        What is read from the activation memory, and written to it, for an image.
    """
    events = total(predicted_events(compiled))
    counts = {
        Event.CYCLES: network_cycles(compiled).cycles,
        Event.CONVERTING: events.converting,
        Event.FILLING: events.filling,
        Event.DRAINING: events.draining,
        Event.VECTOR: events.vector,
        Event.VECTORS: events.vectors,
        Event.WORDS_READ: pieces_read,
        Event.WORDS_WRITTEN: blocks_written,
    }
    for event, count in counts.items():
        registers.repeat(f"{COUNTERS}.{event.name.lower()}_count", counted(count))
