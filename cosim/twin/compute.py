"""Runs a job without a clock: exact results, cycles and toggles, for any number of vectors."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from cosim.codes import convert_all
from cosim.job import MacroJob, MacroRun
from cosim.loop import overtime_text
from cosim.twin.control import control_toggles, let_go
from cosim.twin.data import DataRegisters
from cosim.twin.plan import plan_free, plan_macro
from cosim.twin.results import column_walk, psums_of_sums, unsigned
from cosim.twin.schedule import Schedule, Stalls
from hw_spec.macro import MacroSpec

TOP = "macro"
"""First part of the path of every register."""

CHUNK_SUMS = 2**17
"""Column sums that are followed at once: few enough to stay in the cache."""


@dataclass(frozen=True, kw_only=True)
class TwinRun:
    """Result of a job, and where its cycles went."""

    run: MacroRun
    stalls: Stalls


def compute(
    job: MacroJob, *, toggles: bool = True, chunk: int | None = None, limit_s: float = math.inf
) -> TwinRun:
    """Compute what the macro does with a job.

    Psums, cycles and toggles equal those of every other engine.

    Parameters
    ----------
    job : MacroJob
        What to run.
    toggles : bool
        Whether to count toggles.
    chunk : int or None
        Vectors that are computed at once, chosen to fit the cache if None. The result does not
        depend on it.
    limit_s : float
        Longest time it may take, in seconds of wall time; looked at between chunks.

    Raises
    ------
    TimeoutError
        If the streams pause for so long that other engines give up, or at the limit.
    """
    deadline_s = time.monotonic() + limit_s
    plan = plan_macro(job)
    analog = convert_all(job)

    def check(done: int) -> None:
        if time.monotonic() > deadline_s:
            cycle = int(plan.done_cycles[done - 1]) if done else 0
            told = {"done": done, "vectors": len(job.inputs), "cycle": cycle}
            raise TimeoutError(overtime_text(macro=job.macro, limit_s=limit_s, **told))

    counted = plan if toggles else None
    psums, counts = results(job, analog.codes, counted, chunk=chunk, check=check)
    run = MacroRun(
        psums=psums,
        done_cycles=plan.done_cycles,
        conversions=analog.conversions,
        code_counts=analog.code_counts,
        array_j=analog.array_j,
        toggles=counts,
    )
    return TwinRun(run=run, stalls=plan.stalls)


def results(
    job: MacroJob,
    codes: np.ndarray,
    plan: Schedule | None,
    *,
    chunk: int | None = None,
    check: Callable[[int], None] = lambda done: None,
) -> tuple[np.ndarray, dict[str, int]]:
    """Return psums and toggles that belong to the codes of a job.

    Parameters
    ----------
    job : MacroJob
        Job the codes belong to.
    codes : ndarray of int, shape (vectors, input_bits, row_groups, columns)
        Codes; the first bit plane is the most significant.
    plan : Schedule or None
        Schedule of the job; None if toggles are not wanted.
    chunk : int or None
        As in :func:`compute`.
    check : callable
        Told before each chunk how many vectors are done; may raise.

    Returns
    -------
    psums : ndarray of int64, shape (vectors, outputs)
    toggles : dict of str to int
        Toggles of every register, by its path; empty if they are not wanted.
    """
    spec = job.chip.macro
    psums = np.empty((len(codes), spec.outputs), dtype=np.int64)
    registers = None if plan is None else DataRegisters(plan)
    for vectors in _chunks(len(codes), chunk or _fitting(spec)):
        check(vectors.start)
        inputs = job.inputs[vectors].astype(unsigned(spec.input_bits))
        walk = column_walk(codes[vectors], spec)
        fields = psums_of_sums(walk[:, -1], inputs.sum(axis=1, dtype=np.int64), spec)
        psums[vectors] = fields[:, : spec.outputs]
        if registers is not None:
            registers.take(vectors.start, inputs, codes[vectors], walk, fields)
    if plan is None or registers is None:
        return psums, {}
    toggles = control_toggles(plan)
    for path, count in registers.toggles(let_go=let_go(plan)).items():
        toggles[path] = toggles.get(path, 0) + count
    return psums, {f"{TOP}.{path}": count for path, count in toggles.items()}


def register_names(spec: MacroSpec) -> list[str]:
    """Return the paths of all registers of a macro, below the top module."""
    plan = plan_free(spec, 1)
    return list(control_toggles(plan) | DataRegisters(plan).toggles(let_go=True))


def _fitting(spec: MacroSpec) -> int:
    """Return how many vectors fit the cache at once, at least 1."""
    return max(1, CHUNK_SUMS // (spec.columns * spec.input_bits * spec.row_groups))


def _chunks(vectors: int, chunk: int) -> Iterator[slice]:
    """Yield all vectors in slices."""
    for first in range(0, vectors, chunk):
        yield slice(first, min(first + chunk, vectors))
