"""What the host of a core does and is answered, cycle by cycle."""

from dataclasses import dataclass, replace

import numpy as np

from cosim.native.tile import Action
from cosim.native.tracks import Track, changes, moments, one_hot, pulses
from hw_spec.host import ANSWER_CYCLES, START_CYCLES, Region, pe_index_bits
from hw_spec.tile import TileSpec

CONFIG_CYCLES = 2
"""Cycles from the request of a word for a PE to the one in which the PEs are told."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HostTimes:
    """When the host does what, in cycles since the reset."""

    rows: np.ndarray
    """uint32, shape (accesses, 4): action, region, index, data; those that wait are left out."""

    asked: np.ndarray
    """int64, shape (accesses,): cycle of each request."""

    origins: np.ndarray
    """int64, shape (images,): first cycle of each run of the program."""

    end: int
    """Cycle after the last answer."""

    @property
    def log(self) -> np.ndarray:
        """int64, shape (words,): when words of the log are answered."""
        reads = (self.rows[:, 0] == Action.READ) & (self.rows[:, 1] == Region.LOG)
        return self.asked[reads] + ANSWER_CYCLES


def host_times(script: np.ndarray, program: int) -> HostTimes:
    """Return when the host does what.

    Parameters
    ----------
    script : ndarray of uint32, shape (actions, 4)
        From :func:`cosim.tile.script.host_script`.
    program : int
        Cycles of the program.
    """
    lasts = np.zeros(len(Action), np.int64)
    lasts[Action.WRITE], lasts[Action.READ] = 1, 1 + ANSWER_CYCLES
    # The host has asked for the start in the cycle before, and goes on after that of the interrupt.
    lasts[Action.AWAIT] = START_CYCLES + program
    durations = lasts[script[:, 0]]
    asked = np.cumsum(durations) - durations
    asks = script[:, 0] != Action.AWAIT
    return HostTimes(
        rows=script[asks],
        asked=asked[asks],
        origins=asked[~asks] - 1 + START_CYCLES,
        end=int(durations.sum()),
    )


def requests(host: HostTimes) -> list[Track]:
    """Return what the host asks."""
    action, region, index, data = host.rows.T
    return [
        pulses("host__request", host.asked),
        changes("host__write", host.asked, action == Action.WRITE),
        changes("host__region", host.asked, region),
        changes("host__index", host.asked, index),
        changes("host__data", host.asked, data),
    ]


def answers(host: HostTimes, outputs: np.ndarray) -> Track:
    """Return what the host is answered: outputs; words of the log, left unchecked; and 0.

    Parameters
    ----------
    host : HostTimes
        What it does.
    outputs : ndarray of int, shape (values,)
        What it reads of the activation memory, in order.
    """
    reads = (host.rows[:, 0] == Action.READ) & (host.rows[:, 1] == Region.ACTIVATIONS)
    due = np.append(host.asked[reads] + ANSWER_CYCLES, host.log)
    values = np.append(outputs, np.zeros(len(host.log), np.int64))
    track = pulses("host__answer", due, values)
    unchecked = np.isin(track.cycles, host.log.astype(np.uint64))
    return replace(track, ends=np.where(unchecked, track.cycles, np.iinfo(np.uint64).max))


def configuration(tile: TileSpec, host: HostTimes) -> list[Track]:
    """Return what the PEs are told of the words that the host writes to them."""
    written = (host.rows[:, 0] == Action.WRITE) & (host.rows[:, 1] == Region.PES)
    told = host.asked[written] + CONFIG_CYCLES
    index, data = host.rows[written, 2], host.rows[written, 3]
    bits = pe_index_bits(tile)
    return [
        pulses("pes__config_valid", told),
        moments("pes__config_select", told, one_hot(index >> bits, tile.table.pes)),
        moments("pes__config_index", told, index & (2**bits - 1)),
        moments("pes__config_data", told, data),
    ]
