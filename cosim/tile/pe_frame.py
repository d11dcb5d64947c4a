"""When the logic of PEs is replayed by itself, and what their core sends to all of them alike.

Only the operation that a PE takes part in is replayed. In all others its registers hold, because
each of them changes only on one of these conditions: the host configures the PE; its layer is that
of the core and a vector is complete; psums of its macros come, or came a few cycles before, which
is over when the operation ends. To see that it is over, and that the layer matters, each operation
is followed by a cycle of another layer in which all that the core sends is valid: no register may
change when it comes or goes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cosim.native.tracks import Track, changes, constant, level, pulses
from cosim.tile.traffic import Traffic, absolute
from hw_spec.program import Setting


@dataclass(frozen=True, kw_only=True, eq=False)
class PeFrame:
    """When the PEs of a step are replayed, one like the other."""

    traffic: Traffic

    operation: int
    """Cycles of the operation."""

    setup: int
    """Cycles of the configuration, which comes before all else."""

    @cached_property
    def origins(self) -> np.ndarray:
        """int64, shape (images,): the operation starts."""
        return self.setup + np.arange(self.traffic.images) * (self.operation + 1)

    @cached_property
    def others(self) -> np.ndarray:
        """int64, shape (images,): another layer has its turn."""
        return self.origins + self.operation

    @property
    def cycles(self) -> int:
        """All cycles."""
        return int(self.others[-1]) + 2

    def at(self, cycles: np.ndarray) -> np.ndarray:
        """Return cycles of the operation, those of all images."""
        return absolute(self.origins, cycles)


def bus_feeds(frame: PeFrame) -> list[Track]:
    """Return what the core sends to all PEs of a MATRIX operation alike."""
    traffic, others = frame.traffic, frame.others
    settings, schedule = traffic.step.settings, traffic.schedule
    assert schedule is not None
    layer = settings[Setting.LAYER]
    switches = np.sort(np.concatenate([[0], others, others + 1]))
    layers = np.resize([layer, layer ^ 1], len(switches))
    window = settings[Setting.COUNT_WINDOW_ROWS] * settings[Setting.COUNT_WINDOW_COLUMNS]
    sent, begun = frame.at(traffic.word_cycles), frame.at(schedule.begun)
    first = np.append(frame.at(schedule.complete), others)
    return [
        changes("bus__layer", switches, layers),
        constant("bus__shift", settings[Setting.SHIFT]),
        constant("bus__zero", settings[Setting.ZERO]),
        constant("bus__pool", window),
        changes("bus__word", sent, traffic.words),
        pulses("bus__word_valid", np.append(sent, others)),
        changes("bus__word_block", sent, np.tile(traffic.blocks, traffic.images)),
        changes("bus__word_copy", sent, np.tile(traffic.copies, traffic.images)),
        level("bus__complete", first, np.append(begun, others) + 1),
        constant("bus__config_select", 1),
        level("bus__config_valid", np.array([0]), np.array([frame.setup])),
    ]
