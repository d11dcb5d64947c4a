"""Drives one macro cycle by cycle: row beats in, answers to each strobe, psum beats out.

Every engine whose clock Python turns runs this one loop, so they differ in nothing but how pins are
read and written.
"""

import itertools
import math
import time
from collections.abc import Generator, Iterator
from typing import NamedTuple

import numpy as np

from cosim.analog import Analog
from cosim.job import MacroJob, MacroRun
from hw_spec.chip import ChipSpec
from hw_spec.macro import MacroSpec
from hw_spec.port import (
    pack,
    psum_beats,
    psums_per_beat,
    row_beats,
    rows_per_beat,
    unpack,
    unpack_status,
)

PAUSE_BLOCK = 4096

PATIENCE_CYCLES = 1000
"""Cycles without a beat or a conversion, beyond those of one vector, after which a run is stuck."""


class Drive(NamedTuple):
    """Inputs of the macro in one cycle, in the order of :func:`drive_pins`."""

    row_valid: int
    row_beat: int
    psum_ready: int
    hold: int
    answers: int
    """Codes, or comparator decisions of a SAR."""


class Sense(NamedTuple):
    """Outputs of the macro in the same cycle, once settled, in the order of :func:`sense_pins`."""

    row_ready: int
    psum_valid: int
    psum_beat: int
    row_drive: int
    word_lines: int
    column_select: int
    sample: int
    status: int
    compare: int = 0
    trials: int = 0


def drive_pins(spec: MacroSpec) -> tuple[str, ...]:
    """Return the ports that take the members of a :class:`Drive`."""
    answers = "analog__decisions" if spec.adc.kind == "sar" else "analog__codes"
    return ("inputs__valid", "inputs__payload", "psums__ready", "hold", answers)


def sense_pins(spec: MacroSpec) -> tuple[str, ...]:
    """Return the ports that give the members of a :class:`Sense`; the last two only of a SAR."""
    port = [f"analog__{name}" for name in ("row_drive", "word_lines", "column_select", "sample")]
    sar = ["analog__compare", "analog__trials"] if spec.adc.kind == "sar" else []
    return ("inputs__ready", "psums__valid", "psums__payload", *port, "status", *sar)


MacroLoop = Generator[Drive, Sense, MacroRun]


def macro_loop(job: MacroJob, analog: Analog, *, limit_s: float = math.inf) -> MacroLoop:
    """Run a job: yields the inputs of each cycle, is sent the outputs of that cycle.

    Toggles of the result are left empty; engines fill them in.

    Raises
    ------
    TimeoutError
        If nothing moves for longer than a vector lasts, plus `PATIENCE_CYCLES`, or the run takes
        more than ``limit_s`` seconds of wall time.
    """
    spec = job.chip.macro
    deadline_s = time.monotonic() + limit_s
    pauses = itertools.chain.from_iterable(map(np.ndarray.tolist, pause_blocks(job)))
    beats = _row_words(job)
    taken: list[int] = []
    done_cycles: list[int] = []
    vectors = len(job.inputs)

    cycle, first_cycle, last_move = 0, 0, 0
    sent, offered = 0, False
    answers = 0
    due: list[tuple[int, int]] = []  # cycle and value of answers under way
    end = None if job.timetable is None else job.timetable.cycles
    while len(done_cycles) < vectors if end is None else cycle < end:
        # An offered beat stays offered until it is taken.
        pause = next(pauses)
        offered = sent < len(beats) and (offered or not pause & 1)
        pause_psums = bool(pause & 2)
        if due and due[0][0] == cycle:
            answers = due.pop(0)[1]
        sense = yield Drive(
            row_valid=int(offered),
            row_beat=beats[sent] if offered else 0,
            psum_ready=int(not pause_psums),
            hold=pause >> 2,
            answers=answers,
        )

        if offered and sense.row_ready:
            first_cycle = first_cycle if sent else cycle
            sent, offered, last_move = sent + 1, False, cycle
        if sense.compare:
            due.append((cycle + 1, analog.decide(sense.trials)))
        if sense.sample:
            lines = {
                "row_drive": sense.row_drive,
                "word_lines": sense.word_lines,
                "column_select": sense.column_select,
            }
            if spec.adc.kind == "sar":
                analog.hold(**lines)
            else:
                due.append((cycle + spec.adc.conversion_cycles, analog.answer(**lines)))
            last_move = cycle
        if sense.psum_valid and not pause_psums:
            taken.append(sense.psum_beat)
            last_move = cycle
            if len(taken) % psum_beats(spec) == 0:
                done_cycles.append(cycle - first_cycle + 1)
        if cycle - last_move > spec.cycles_per_vector + PATIENCE_CYCLES:
            text = stuck_text(
                spec,
                idle=cycle - last_move,
                offered=offered,
                done=len(done_cycles),
                vectors=vectors,
                cycle=cycle,
                status=sense.status,
            )
            raise TimeoutError(text)
        if time.monotonic() > deadline_s:
            text = overtime_text(
                macro=job.macro,
                cycle=cycle,
                done=len(done_cycles),
                vectors=vectors,
                limit_s=limit_s,
            )
            raise TimeoutError(text)
        cycle += 1

    return MacroRun(
        psums=_psums(spec, taken),
        done_cycles=np.array(done_cycles, dtype=np.int64),
        conversions=analog.conversions,
        code_counts=analog.code_counts,
        array_j=analog.array_j,
        toggles={},
    )


def _row_words(job: MacroJob) -> list[int]:
    """Return the payloads of all row beats of a job, in order."""
    spec = job.chip.macro
    per_beat, beats = rows_per_beat(spec), row_beats(spec)
    padded = np.zeros((len(job.inputs), beats * per_beat), dtype=np.int64)
    padded[:, : spec.rows] = job.inputs
    return [pack(beat, spec.input_bits) for beat in padded.reshape(-1, per_beat).tolist()]


def _psums(spec: MacroSpec, words: list[int]) -> np.ndarray:
    """Return the psums that lie in the payloads of all psum beats."""
    fields = [unpack(word, spec.psum_bits, psums_per_beat(spec), signed=True) for word in words]
    psums = np.array(fields, dtype=np.int64)
    return psums.reshape(-1, psum_beats(spec) * psums_per_beat(spec))[:, : spec.outputs]


def pause_blocks(job: MacroJob) -> Iterator[np.ndarray]:
    """Yield when a macro is held up, in blocks of cycles, without end if there is no timetable.

    Yields
    ------
    ndarray of uint8
        Per cycle: bit 0, no new row beat is offered; bit 1, no psum beat is taken; bit 2, a loaded
        vector is not started.
    """
    pauses, table = job.pauses, job.timetable
    if table is not None:
        held = np.full(table.cycles, 0b101, dtype=np.uint8)
        held[table.loads] &= 0b110
        held[table.starts] &= 0b011
        yield held
        return
    rng = np.random.Generator(np.random.Philox(pauses.seed))
    while True:
        draws = rng.random((PAUSE_BLOCK, 2)) < (pauses.inputs, pauses.psums)
        yield draws[:, 0] | draws[:, 1].astype(np.uint8) << 1


def stuck_text(
    spec: MacroSpec, *, idle: int, offered: bool, done: int, vectors: int, cycle: int, status: int
) -> str:
    """Return what to say of a macro that does nothing for too long."""
    missing = "a row beat to be taken" if offered else "a psum beat"
    fields = ", ".join(f"{name} {value}" for name, value in unpack_status(spec, status).items())
    return (
        f"Macro made no progress in {idle} cycles while waiting for {missing} "
        f"({done} of {vectors} vectors done, cycle {cycle}); sequencer: {fields}"
    )


def overtime_text(*, macro: int, cycle: int, done: int, vectors: int, limit_s: float) -> str:
    """Return what to say of a run that takes more wall time than it may."""
    return (
        f"Simulation of macro {macro} did not end within {limit_s:g} s "
        f"({done} of {vectors} vectors done, cycle {cycle})"
    )


def half_period_ps(chip: ChipSpec) -> int:
    """Return half the clock period of a chip in whole picoseconds, which simulators count."""
    return max(1, round(chip.clock_period_s.value / 2e-12))
