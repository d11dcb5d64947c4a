"""Where the cycles of each step go: as the event counters tell it, and as it was predicted."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cosim.tile.cycles import network_cycles
from hw_spec.host import Event
from hw_spec.program import Kind, Setting
from hw_spec.timing import FETCH_CYCLES, vector_period
from network.compiled import Compiled, Step


@dataclass(frozen=True, kw_only=True)
class Events:
    """What counters of :class:`hw_spec.host.Event` count in one step of one image."""

    cycles: int
    converting: int
    filling: int
    draining: int
    vector: int
    vectors: int

    @property
    def other(self) -> int:
        """Cycles in which no operation runs: settings, start, wait and mark."""
        return self.cycles - self.converting - self.filling - self.draining - self.vector


def measured_events(log: np.ndarray) -> tuple[Events, ...]:
    """Return what was counted in each step.

    Parameters
    ----------
    log : ndarray of int64, shape (images, steps, LOG_WORDS)
        Event counters after each step.

    Raises
    ------
    RuntimeError
        If they differ from image to image, for nothing that they count depends on data.
    """
    for image, entries in enumerate(log):
        different = np.argwhere(entries != log[0])
        if different.size:
            step, event = different[0]
            raise RuntimeError(
                f"Event counters must not depend on data, but {Event(event).name} after step "
                f"{step} is {log[0, step, event]} of image 0 and {entries[step, event]} of image "
                f"{image}"
            )
    names = [field.name for field in dataclasses.fields(Events)]
    steps = np.diff(log[0], axis=0, prepend=0).tolist()
    return tuple(Events(**{name: step[Event[name.upper()]] for name in names}) for step in steps)


def predicted_events(compiled: Compiled) -> tuple[Events, ...]:
    """Return what the counters will count in each step."""
    cycles = network_cycles(compiled).steps
    return tuple(
        _predicted(compiled, step, each.cycles, each.operation, each.converting)
        for step, each in zip(compiled.steps, cycles, strict=True)
    )


def total(events: Sequence[Events]) -> Events:
    """Return the sum over all steps."""
    names = [field.name for field in dataclasses.fields(Events)]
    return Events(**{name: sum(getattr(one, name) for one in events) for name in names})


def _predicted(
    compiled: Compiled, step: Step, cycles: int, operation: int, converting: int
) -> Events:
    settings = step.settings
    work = len(step.pieces) * settings[Setting.COPIES]
    matrix = step.kind is Kind.MATRIX
    each = compiled.tile.macro.cycles_per_vector
    # The first vector waits for all its words and is converted a cycle after it begins; each later
    # one waits for what a vector takes longer to load than to convert.
    filling = FETCH_CYCLES + work + 1 + (step.positions - 1) * (vector_period(each, work) - each)
    return Events(
        cycles=cycles,
        converting=converting,
        filling=filling if matrix else 0,
        draining=operation - filling - converting if matrix else 0,
        vector=0 if matrix else operation,
        vectors=step.positions if matrix else 0,
    )
