"""What the simulation of a whole tile gives, whatever turns its clock."""

import math
from dataclasses import dataclass

import numpy as np

from hw_spec.host import LOG_WORDS
from network.compiled import Compiled


@dataclass(frozen=True, kw_only=True, eq=False)
class FlatRun:
    """What a tile did."""

    outputs: np.ndarray
    """Unsigned, shape (images, height, width, channels)."""

    run_cycles: np.ndarray
    """int64, shape (images,): cycles in which the program of each image ran."""

    log: np.ndarray
    """int64, shape (images, steps, LOG_WORDS): event counters after each step."""

    toggles: dict[str, int]
    """Bit toggles of every register while programs ran, by its path."""

    simulated_cycles: int
    """All cycles, those of the host included."""


def flat_run(
    compiled: Compiled,
    *,
    answers: np.ndarray,
    run_cycles: np.ndarray,
    toggles: dict[str, int],
    cycles: int,
) -> FlatRun:
    """Return the result of a run.

    Parameters
    ----------
    compiled : Compiled
        Network.
    answers : ndarray of uint32, shape (reads,)
        What the host has read, image by image: the output, then the log.
    run_cycles, toggles, cycles
        Members of the result.
    """
    images = len(run_cycles)
    by_image = answers.reshape(images, -1).astype(np.int64)
    shape = (compiled.output.height, compiled.output.width, compiled.output.channels)
    size = math.prod(shape)
    return FlatRun(
        outputs=by_image[:, :size].reshape(-1, *shape),
        run_cycles=run_cycles.astype(np.int64),
        log=by_image[:, size:].reshape(images, len(compiled.steps), LOG_WORDS),
        toggles=toggles,
        simulated_cycles=cycles,
    )
