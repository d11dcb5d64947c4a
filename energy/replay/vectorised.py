"""Replay in numpy: every net of a netlist, many cycles at a time."""

from collections.abc import Mapping

import numpy as np

from cosim.native.recording import Behind
from energy.boolean import evaluate
from energy.netlist.netlist import Activity, Netlist
from energy.replay.proof import raise_difference
from energy.replay.sources import inversions, source_rows

ONES = ~np.uint64(0)
TOP, ONE = np.uint64(63), np.uint64(1)


class VectorisedReplay:
    """Evaluates a netlist on recorded cycles and counts what its nets do.

    In every cycle the next state of each flop must be what its register holds in the cycle after.

    Parameters
    ----------
    netlist : Netlist
        What to evaluate.
    first : mapping of str to int
        Recorded row of the lowest bit of every register, by its path, and of every input.
    """

    def __init__(self, netlist: Netlist, first: Mapping[str, int]):
        self._netlist = netlist
        self._sources = source_rows(netlist, first)
        self._inversions = inversions(netlist)[:, None]
        self._cycles = 0
        self._end: int | None = None  # the cycle behind the last one
        self._toggles = np.zeros(netlist.data_nets, np.int64)
        self._ones = np.zeros(netlist.data_nets, np.int64)
        self._last = np.zeros(netlist.data_nets, np.uint64)  # of the block before, its last cycle
        self._last_next = np.zeros(len(netlist.flops.bits), np.uint64)

    def take(
        self,
        bits: np.ndarray,
        cycles: int,
        first_cycle: int,
        behind: Behind = Behind.NOTHING,
    ) -> None:
        """Take recorded cycles.

        Parameters
        ----------
        bits : ndarray of uint64, shape (recorded rows, words)
            Bits of 64 cycles in each word, lowest first. Behind the last cycle, one is held.
        cycles : int
            Number of cycles.
        first_cycle : int
            The first one of them. If it does not follow the last one of before, what lies between
            is no change.
        behind : Behind
            What is held there. The next cycle may be proven and its changes counted, but it is none
            of the cycles, and ends the window.

        Raises
        ------
        RuntimeError
            If the netlist does otherwise than the registers.
        """
        netlist, words = self._netlist, bits.shape[1]
        live = _live(cycles, words)
        changing = _live(cycles + (behind is Behind.CHANGE), words)
        proven = _live(cycles + (behind is not Behind.NOTHING), words)
        if first_cycle != self._end:
            changing[0] &= ~ONE
            proven[0] &= ~ONE
        values = np.empty((netlist.rows, words), np.uint64)
        sources = len(self._sources)
        values[:sources] = bits[self._sources] ^ self._inversions
        self._count(values, 0, sources, live, changing)
        for run in netlist.runs:
            columns = run.arguments.T
            pins = {str(n): values[rows] for n, rows in enumerate(columns)}
            last = run.first + len(run.arguments)
            values[run.first : last] = evaluate(run.function, pins, ONES)
            self._count(values, run.first, min(last, netlist.data_nets), live, changing)
        self._prove(values, proven, first_cycle, cycles)
        self._cycles += cycles
        self._end = first_cycle + cycles if behind is Behind.NOTHING else None

    def activity(self) -> Activity:
        """Return what every net did so far."""
        return activity(self._netlist, self._cycles, self._toggles, self._ones)

    def _count(
        self, values: np.ndarray, low: int, high: int, live: np.ndarray, changing: np.ndarray
    ) -> None:
        """Count toggles and ones of some data nets."""
        rows = values[low:high]
        changes = (rows ^ _delayed(rows, self._last[low:high])) & changing
        self._last[low:high] = rows[:, -1] >> TOP
        self._toggles[low:high] += np.bitwise_count(changes).sum(axis=1, dtype=np.int64)
        self._ones[low:high] += np.bitwise_count(rows & live).sum(axis=1, dtype=np.int64)

    def _prove(self, values: np.ndarray, proven: np.ndarray, first_cycle: int, cycles: int) -> None:
        flops, inputs = self._netlist.flops, len(self._netlist.inputs)
        states, next_states = values[inputs : len(self._sources)], values[flops.next_rows]
        wrong = (states ^ _delayed(next_states, self._last_next)) & proven
        word, bit = divmod(cycles - 1, 64)
        self._last_next = next_states[:, word] >> np.uint64(bit) & ONE
        if wrong.any():
            word = int(np.flatnonzero(wrong.any(axis=0))[0])
            column = wrong[:, word]
            lowest = np.bitwise_or.reduce(column)
            bit = (int(lowest) & -int(lowest)).bit_length() - 1
            flop = int(np.flatnonzero(column >> np.uint64(bit) & ONE)[0])
            raise_difference(self._netlist, flop, first_cycle + 64 * word + bit)


def activity(netlist: Netlist, cycles: int, toggles: np.ndarray, ones: np.ndarray) -> Activity:
    """Return what all nets did, given what the data nets did."""
    pulses = np.array([cycles if row < 0 else ones[row] for row in netlist.clocks], np.int64)
    return Activity(
        cycles=cycles,
        toggles=np.concatenate([toggles, 2 * pulses]),
        ones=np.concatenate([ones, pulses / 2]),
    )


def _live(cycles: int, words: int) -> np.ndarray:
    """Return a mask of the cycles that there are."""
    bits = np.arange(64 * words) < cycles
    return np.packbits(bits, bitorder="little").view(np.uint64)


def _delayed(rows: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return rows one cycle later, with what came before them in the lowest bit."""
    delayed = rows << ONE
    delayed[:, 0] |= last
    delayed[:, 1:] |= rows[:, :-1] >> TOP
    return delayed
