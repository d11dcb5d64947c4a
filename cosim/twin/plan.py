"""Makes the schedule of a job, from the timing the contract promises.

Cycles count from 0 at the end of reset. Three parts follow each other, each with its own rule:

- Row beats of a vector are taken from the cycle on in which the vector before it starts.
- A vector starts in the last step of the one before it, if it is loaded. It takes
  ``cycles_per_vector`` steps. A conversion samples one step after it begins, and its codes are
  taken ``conversion_cycles`` later.
- In the cycle after its last code the sums of a vector are captured, if the psums of the vector
  before it have all been computed. Until then the macro holds: no step, no sample, no code taken.
  Psum beats are computed from the cycle after on, each once the one before it is taken.
"""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from cosim.job import MacroJob, Timetable
from cosim.loop import PAUSE_BLOCK, pause_blocks
from cosim.twin.openings import NEVER, Openings
from cosim.twin.schedule import Schedule
from cosim.twin.stuck import stuck_cycle, stuck_message
from hw_spec.macro import MacroSpec
from hw_spec.port import psum_beats, row_beats
from hw_spec.timing import layer_cycles


def plan_macro(job: MacroJob) -> Schedule:
    """Return the schedule of a job. It does not depend on data.

    Pauses are drawn for so many cycles as it takes, twice as many each time; up to 16 bytes are
    needed per cycle and paused stream.

    Raises
    ------
    TimeoutError
        If nothing moves for so long that other engines give up, in their words.
    """
    spec, vectors, pauses = job.chip.macro, len(job.inputs), job.pauses
    if job.timetable is not None:
        return _timed(spec, job.timetable)
    if not (pauses.inputs or pauses.psums):
        return plan_free(spec, vectors)
    blocks = pause_blocks(job)
    closed = next(blocks)
    while True:
        rows = Openings(closed & 1 == 0 if pauses.inputs else None)
        psums = Openings(closed & 2 == 0 if pauses.psums else None)
        plan = _paused(spec, vectors, rows, psums)
        stuck = stuck_cycle(plan)
        if stuck is None:
            return plan
        if stuck < len(closed):
            raise TimeoutError(stuck_message(plan, stuck))
        more = max(len(closed), 2 * layer_cycles(spec, vectors) - len(closed))
        closed = np.concatenate([closed, *islice(blocks, -(-more // PAUSE_BLOCK))])


def plan_free(spec: MacroSpec, vectors: int) -> Schedule:
    """Return the closed form for streams that never pause: every part keeps up."""
    start = row_beats(spec) + spec.cycles_per_vector * np.arange(vectors, dtype=np.int64)
    return _unheld(spec, np.append(0, start[:-1]), start, settled=False)


def _timed(spec: MacroSpec, table: Timetable) -> Schedule:
    """Return the closed form for a timetable, in which nothing is held up but the start."""
    return _unheld(spec, table.loads, table.starts, settled=True)


def _unheld(
    spec: MacroSpec, first_row: np.ndarray, start: np.ndarray, *, settled: bool
) -> Schedule:
    """Return the schedule of vectors that are loaded in time and whose psums are always taken."""
    finish = start + spec.cycles_per_vector + 2
    first_psum = finish + 3
    return Schedule(
        spec=spec,
        settled=settled,
        rows=Openings(),
        psums=Openings(),
        first_row=first_row,
        last_row=first_row + row_beats(spec) - 1,
        start=start,
        finish=finish,
        capture=finish + 1,
        first_move=finish + 2,
        drained=finish + 1 + psum_beats(spec),
        first_psum=first_psum,
        last_psum=first_psum + psum_beats(spec) - 1,
    )


def _paused(spec: MacroSpec, vectors: int, rows: Openings, psums: Openings) -> Schedule:
    """Return the schedule for streams that pause, vector by vector."""
    per_vector, conversion_cycles = spec.cycles_per_vector, spec.adc.conversion_cycles
    beats_in, beats_out = row_beats(spec), psum_beats(spec)
    loads: list[tuple[int, int, int]] = []  # first_row, last_row, start
    drains: list[tuple[int, int, int, int, int, int]] = []  # finish to last_psum
    sampled: list[int] = []  # cycle of each vector's last sample, holds so far counted
    start, last_row, end = 0, -1, 0
    captured, drained, last_psum = -1, -1, -1

    for vector in range(vectors + 1):
        if vector < vectors:
            first_row = max(rows.cycle(rows.number_from(last_row + 1)), start)
            last_row = first_row
            if beats_in > 1:
                last_row = rows.cycle(rows.number_from(first_row + 1) + beats_in - 2)
            start = max(end, last_row + 1)
        else:
            start = NEVER  # nothing starts any more: all that is under way comes to its end

        # Whatever finishes before this start may hold it up. A hold moves all steps after it.
        while len(drains) < len(sampled):
            finished = len(drains)
            finish = max(sampled[finished] + conversion_cycles, captured)
            if finish >= start:
                break
            captured = max(finish + 1, drained)
            move = max(last_psum, captured + 1)
            number = psums.number_from(move + 1)
            first_psum = psums.cycle(number)
            last_psum = psums.cycle(number + beats_out - 1)
            drained = psums.cycle(number + beats_out - 2) if beats_out > 1 else move
            drains.append((finish, captured, move, drained, first_psum, last_psum))

            held = captured - finish - 1
            for other in range(finished + 1, len(sampled)):
                sampled[other] += held if sampled[other] > finish else 0
            end += held if end > finish else 0
            start = max(start, end, captured)

        if vector < vectors:
            loads.append((first_row, last_row, start))
        if start >= NEVER:
            break
        sampled.append(start + per_vector - conversion_cycles + 2)
        end = start + per_vector

    first_rows, last_rows, starts = _columns(loads, vectors, 3)
    finish, capture, first_move, drained_at, first_psum_at, last_psum_at = _columns(
        drains, vectors, 6
    )
    return Schedule(
        spec=spec,
        rows=rows,
        psums=psums,
        first_row=first_rows,
        last_row=last_rows,
        start=starts,
        finish=finish,
        capture=capture,
        first_move=first_move,
        drained=drained_at,
        first_psum=first_psum_at,
        last_psum=last_psum_at,
    )


def _columns(rows: Sequence[tuple[int, ...]], vectors: int, fields: int) -> np.ndarray:
    """Return fields of the vectors that came so far, `NEVER` for the others; (fields, vectors)."""
    columns = np.full((fields, vectors), NEVER, dtype=np.int64)
    columns[:, : len(rows)] = np.minimum(np.array(rows, np.int64).reshape(-1, fields), NEVER).T
    return columns
