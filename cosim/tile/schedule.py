"""When the macros of an operation load and start their vectors."""

from dataclasses import dataclass

import numpy as np

from cosim.job import Timetable
from hw_spec.program import Setting
from hw_spec.tile import TileSpec
from hw_spec.timing import (
    FETCH_CYCLES,
    begun_cycle,
    finish_cycles,
    settled_cycles,
    vector_period,
)
from network.compiled import Compiled, Step


@dataclass(frozen=True, kw_only=True, eq=False)
class StepSchedule:
    """Cycles of a MATRIX operation, counted from 0 at its start."""

    begun: np.ndarray
    """int64, shape (vectors,): each vector begins in the first PEs of the chains."""

    loads: np.ndarray
    """int64, shape (vectors, copies, words): each word is taken."""

    complete: np.ndarray
    """int64, shape (vectors,): from here until it begins, each vector is complete."""

    finished: np.ndarray
    """int64, shape (pixels,): the PEs at the ends of chains hold each pixel of the output."""


def step_schedule(tile: TileSpec, step: Step) -> StepSchedule:
    """Return when the vectors of a MATRIX operation are loaded and begin.

    All words of a vector are taken, each in the cycle of the piece that closes it; then it begins,
    as soon as the one before it has been converted. The first word of a vector is taken once the
    one before it begins, or later, if it is not there yet.
    """
    copies, pieces = step.settings[Setting.COPIES], len(step.pieces)
    work, cycles = copies * pieces, tile.macro.cycles_per_vector
    closing = np.array([n for n, piece in enumerate(step.pieces) if piece.closes])
    closes = np.arange(copies)[:, None] * pieces + closing
    vectors = np.arange(step.positions)
    begun = begun_cycle(cycles, work, vectors)
    # The pieces of a vector follow those of the one before at once, but for what is left of a
    # period once they are all there.
    spare = vector_period(cycles, work) - work
    late = np.maximum(closing[0] - vectors[:-1] * spare, 0)
    first = np.append(FETCH_CYCLES + closing[0], begun[:-1] + late)
    settings = step.settings
    window = settings[Setting.COUNT_WINDOW_ROWS] * settings[Setting.COUNT_WINDOW_COLUMNS]
    return StepSchedule(
        begun=begun,
        loads=first[:, None, None] + closes - closing[0],
        complete=first + work - closing[0],
        finished=begun[window - 1 :: window] + finish_cycles(tile, settings[Setting.CHAIN] - 1),
    )


def timetable(compiled: Compiled, step: Step, *, copy: int, block: int, images: int) -> Timetable:
    """Return the timetable of the macros of one row block for so many runs of their operation.

    Between two runs, macros come to rest; how long they rest does not matter to them, so the table
    lets them rest for a cycle.

    Parameters
    ----------
    compiled : Compiled
        Network.
    step : Step
        Operation the macros take part in.
    copy : int
        Copy they belong to.
    block : int
        Row block they hold.
    images : int
        Runs.
    """
    tile = compiled.tile
    schedule = step_schedule(tile, step)
    loads = schedule.loads[:, copy, block]
    # PEs start one after the other along a chain.
    starts = schedule.begun + block // tile.table.macros_per_pe
    origin = int(loads[0])
    span = int(starts[-1]) - origin + settled_cycles(tile.macro) + 1
    runs = span * np.arange(images, dtype=np.int64)[:, None] - origin
    return Timetable(
        loads=(runs + loads).ravel(), starts=(runs + starts).ravel(), cycles=span * images
    )
