"""What is said of a run that did not end well."""

import shlex
from pathlib import Path
from typing import NoReturn

from cosim.exchange import save_job
from cosim.job import MacroJob
from cosim.loop import PATIENCE_CYCLES, overtime_text, stuck_text
from cosim.native.library import Outcome, Verdict
from hw_spec.port import psum_beats

BEFORE, AFTER = 20, 4
"""Cycles around a difference that are worth a look."""


def raise_late(job: MacroJob, outcome: Outcome, limit_s: float) -> NoReturn:
    """Raise :class:`TimeoutError` because a run has used up its wall time."""
    text = overtime_text(
        macro=job.macro,
        cycle=outcome.cycle,
        done=outcome.received // psum_beats(job.chip.macro),
        vectors=len(job.inputs),
        limit_s=limit_s,
    )
    raise TimeoutError(text)


def raise_unless_done(job: MacroJob, outcome: Outcome, work_dir: Path) -> None:
    """Raise what the verdict of a run calls for.

    Of a difference, the job is kept in ``work_dir``, so that it can be run again.

    Raises
    ------
    TimeoutError
        If the macro got stuck.
    RuntimeError
        If it did otherwise than predicted.
    """
    spec, verdict = job.chip.macro, Verdict(outcome.verdict)
    if verdict == Verdict.STUCK:
        text = stuck_text(
            spec,
            idle=spec.cycles_per_vector + PATIENCE_CYCLES + 1,
            offered=bool(outcome.offered),
            done=outcome.received // psum_beats(spec),
            vectors=len(job.inputs),
            cycle=outcome.cycle,
            status=outcome.status,
        )
        raise TimeoutError(text)
    if verdict != Verdict.DONE:
        path = work_dir / "difference.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_job(path, job)
        raise RuntimeError(f"{_where(job, verdict, outcome)}; {_remedy(path, outcome.cycle)}")


def _where(job: MacroJob, verdict: Verdict, outcome: Outcome) -> str:
    """Return where macro and prediction part, in words."""
    spec = job.chip.macro
    expected, seen = (
        sum(word << 32 * n for n, word in enumerate(words))
        for words in (outcome.expected, outcome.seen)
    )
    per_plane = spec.row_groups * spec.columns_per_adc
    # A sample is checked before it counts, its decisions are afterwards.
    number = outcome.conversions - (verdict in (Verdict.COMPARE, Verdict.TRIALS))
    vector, conversion = divmod(max(0, number), spec.input_bits * per_plane)
    plane, in_plane = divmod(conversion, per_plane)
    group, column = divmod(in_plane, spec.columns_per_adc)
    signal = verdict.name.lower().replace("_", " ")
    bit = (expected ^ seen).bit_length() - 1
    return (
        f"RTL of macro {job.macro} differs from the prediction in cycle {outcome.cycle}: {signal} "
        f"must be {expected:#x}, not {seen:#x} (highest differing bit {bit}; conversion of vector "
        f"{vector}, bit plane {spec.input_bits - 1 - plane}, row group {group}, column {column}; "
        f"{outcome.sent} row beats in, {outcome.received} psum beats out)"
    )


def _remedy(path: Path, cycle: int) -> str:
    """Return how to look at a difference."""
    window = f"{max(0, cycle - BEFORE)}:{cycle + AFTER}"
    command = ["ohmloop", "replay", str(path), "--engine", "native"]
    command += ["--waves", "waves.vcd", "--window", window]
    return f"see it: {shlex.join(command)}"
