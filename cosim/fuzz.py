"""Compares engines on drawn chips and jobs, and makes small what differs."""

import contextlib
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cosim.compare import Difference, Outcome, attempt, first_difference
from cosim.draw import draw_chip, draw_job
from cosim.engines import Engine
from cosim.job import MacroJob, MacroRun
from cosim.shrink import shrink

ROUND = 30
"""Cases on one drawn chip, which each engine builds once."""

SPARSE_SHARE = 4
"""Cases of each round, the first ones, that engines which are slow to start run."""

RUN_S = 300
"""Longest wall time of one simulation, in seconds."""

MOST_FINDINGS = 3
"""Differences after which fuzzing stops."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A case in which two engines differ, made small."""

    number: int
    """Number of the case it was found in."""

    job: MacroJob
    """The small job."""

    difference: Difference
    """How the engines differ on the small job."""


@dataclass(kw_only=True)
class Tally:
    """What fuzzing has done so far."""

    cases: int = 0
    """Cases that were run."""

    cycles: int = 0
    """Cycles simulated by all engines together, without those of shrinking."""

    runs: Counter[str] = field(default_factory=Counter)
    """Cases that each engine has run."""

    findings: int = 0
    """Cases in which engines differed."""


def fuzz(
    engines: Mapping[str, Engine],
    *,
    cases: int,
    seed: int,
    scratch: Path,
    sparse: Collection[str],
    shrink_s: float,
    progress: Callable[[Tally], None],
    found: Callable[[Finding], None],
) -> Tally:
    """Run drawn cases on several engines and compare each with the first, exactly.

    Cases are drawn in rounds of `ROUND` on one chip. The rest of a round in which engines differ is
    left out, and all after `MOST_FINDINGS` differences.

    Parameters
    ----------
    engines : mapping of str to Engine
        Two or more engines.
    cases : int
        Cases to run.
    seed : int
        Seed of the cases; case n of a seed is always the same.
    scratch : Path
        Folder for what is built, removed after each round.
    sparse : collection of str
        Engines that run only the first `SPARSE_SHARE` cases of a round, if two others remain.
    shrink_s : float
        Longest time to make a difference small, in seconds, besides the trial under way.
    progress : callable
        Told how far it is, after each case.
    found : callable
        Told each difference.

    Raises
    ------
    OSError
        If a tool is missing or ``scratch`` cannot be written.
    """
    tally = Tally()
    quick = {name: engine for name, engine in engines.items() if name not in sparse}
    for start in range(0, cases, ROUND):
        chip = draw_chip(seed, start // ROUND)
        with _emptied(scratch):
            for number in range(start, min(start + ROUND, cases)):
                job = draw_job(chip, seed, number)
                chosen = quick if number - start >= SPARSE_SHARE and len(quick) > 1 else engines
                outcomes = _outcomes(chosen, job, scratch)
                difference = first_difference(outcomes)
                runs = [one for one in outcomes.values() if isinstance(one, MacroRun)]
                tally.cases += 1
                tally.cycles += sum(run.cycles for run in runs)
                tally.runs.update(chosen.keys())
                tally.findings += difference is not None
                progress(tally)
                if difference is not None:
                    found(_small(engines, number, job, difference, scratch, limit_s=shrink_s))
                    break
        if tally.findings == MOST_FINDINGS:
            break
    return tally


@contextlib.contextmanager
def _emptied(scratch: Path) -> Iterator[None]:
    """Remove a folder before, in case a killed run has left it, and after."""
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        yield
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _outcomes(engines: Mapping[str, Engine], job: MacroJob, scratch: Path) -> dict[str, Outcome]:
    return {
        name: attempt(partial(_build_and_run, engine, job, scratch, name))
        for name, engine in engines.items()
    }


def _build_and_run(engine: Engine, job: MacroJob, scratch: Path, name: str) -> MacroRun:
    work_dir = scratch / "runs" / name
    work_dir.mkdir(parents=True, exist_ok=True)
    engine.build(job.chip.macro, scratch, waves=False)
    return engine.run(job, work_dir, build_dir=scratch, limit_s=RUN_S)


def _small(
    engines: Mapping[str, Engine],
    number: int,
    job: MacroJob,
    difference: Difference,
    scratch: Path,
    *,
    limit_s: float,
) -> Finding:
    """Make a job small on which two engines differ."""
    pair = {name: engines[name] for name in difference.engines}

    def differs(trial: MacroJob) -> bool:
        nonlocal difference
        there = first_difference(_outcomes(pair, trial, scratch))
        difference = there or difference
        return there is not None

    small = shrink(job, differs, limit_s=limit_s)
    return Finding(number=number, job=small, difference=difference)
