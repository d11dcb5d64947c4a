"""Whether a run stands still for too long, and what its macro is doing then."""

from collections.abc import Iterator

import numpy as np

from cosim.loop import PATIENCE_CYCLES, stuck_text
from cosim.twin.openings import NEVER
from cosim.twin.schedule import Schedule
from hw_spec.macro import MacroSpec
from hw_spec.port import status_fields

CHUNK = 1024
"""Vectors whose beats and conversions are looked at together; bounds the memory."""

LATE = NEVER // 2
"""What is computed to come later than this never comes."""


def stuck_cycle(plan: Schedule) -> int | None:
    """Return the cycle in which the loop of the other engines has waited for too long, or None."""
    patience, end = _patience(plan.spec), int(plan.last_psum[-1])
    if end == NEVER:
        last = max(int(cycles[cycles < LATE].max(initial=0)) for cycles in _moves(plan))
    else:
        last = end
    moves = np.zeros(last + 1, dtype=bool)
    moves[0] = True  # waiting begins with the run
    for cycles in _moves(plan):
        moves[cycles[cycles <= last]] = True
    moved = np.flatnonzero(moves)
    waits = np.flatnonzero(np.diff(moved) > patience + 1)
    if len(waits):
        return int(moved[waits[0]]) + patience + 1
    return int(moved[-1]) + patience + 1 if end == NEVER else None


def stuck_message(plan: Schedule, cycle: int) -> str:
    """Return what the other engines say of a run that ends in :func:`stuck_cycle`."""
    return stuck_text(
        plan.spec,
        idle=_patience(plan.spec) + 1,
        offered=_offered(plan, cycle),
        done=int((plan.last_psum <= cycle).sum()),
        vectors=len(plan.start),
        cycle=cycle,
        status=status_word(plan, cycle),
    )


def _moves(plan: Schedule) -> Iterator[np.ndarray]:
    """Yield the cycles of all beats and samples, some vectors at a time."""
    started = int((plan.start < NEVER).sum())
    for first in range(0, len(plan.start), CHUNK):
        chunk = slice(first, first + CHUNK)
        yield plan.row_beat_cycles(chunk)
        yield plan.sample_cycles(slice(first, min(first + CHUNK, started)))
        yield plan.psum_beat_cycles(chunk)


def _offered(plan: Schedule, cycle: int) -> bool:
    """Return whether a row beat waits to be taken in a cycle in which none is."""
    vector = int((plan.first_row <= cycle).sum()) - 1
    since = 0
    if vector >= 0:
        beats = plan.row_beat_cycles(slice(vector, vector + 1))[0]
        if vector == len(plan.start) - 1 and beats[-1] <= cycle:
            return False
        since = int(beats[beats <= cycle][-1]) + 1
    return plan.rows.cycle(plan.rows.number_from(since)) <= cycle


def status_word(plan: Schedule, cycle: int) -> int:
    """Return the status word of the macro in a cycle."""
    spec = plan.spec
    begun = plan.start < cycle
    converting = bool((begun & (cycle <= plan.last_step)).any())
    step = 0
    if converting:
        vector = int(begun.sum()) - 1
        held = np.minimum(plan.capture, cycle) - np.minimum(plan.finish + 1, cycle)
        step = cycle - int(held.sum()) - int(plan.start_step[vector]) - 1
    conversion = step // spec.adc.conversion_cycles
    plane_and_group, column = divmod(conversion, spec.columns_per_adc)
    plane, group = divmod(plane_and_group, spec.row_groups)
    values = {
        "loaded": int(((plan.last_row < cycle) & (cycle <= plan.start)).any()),
        "converting": converting,
        "finished": int(((plan.finish < cycle) & (cycle <= plan.capture)).any()),
        "draining": int(((plan.capture < cycle) & (cycle <= plan.drained)).any()),
        "plane": spec.input_bits - 1 - plane if converting else 0,
        "group": group,
        "column": column,
    }
    word, place = 0, 0
    for name, bits in status_fields(spec).items():
        word |= values[name] << place
        place += bits
    return word


def _patience(spec: MacroSpec) -> int:
    """Return the longest time without a beat or a sample that a run survives, in cycles."""
    return spec.cycles_per_vector + PATIENCE_CYCLES
