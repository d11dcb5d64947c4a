"""Files through which a job and its outcome pass to another process and back."""

import dataclasses
import json
from pathlib import Path

import numpy as np

from cosim.job import MacroJob, MacroRun, Pauses
from hw_spec.chip import ChipSpec

FAILURES = (TimeoutError, ValueError)
"""What a simulation may end with, besides a result; raised again by :func:`load_outcome`."""


def save_job(path: Path, job: MacroJob) -> None:
    """Write a job for :func:`load_job`."""
    meta = {
        "chip": job.chip.model_dump(),
        "ideal": job.ideal,
        "read_noise": job.read_noise,
        "seed": job.seed,
        "macro": job.macro,
        "pauses": dataclasses.asdict(job.pauses),
    }
    np.savez(path, levels=job.levels, inputs=job.inputs, meta=np.array(json.dumps(meta)))


def load_job(path: Path) -> MacroJob:
    """Read a job written by :func:`save_job`."""
    with np.load(path, allow_pickle=False) as file:
        meta = json.loads(str(file["meta"]))
        meta["chip"] = ChipSpec.model_validate(meta["chip"])
        meta["pauses"] = Pauses(**meta["pauses"])
        return MacroJob(levels=file["levels"], inputs=file["inputs"], **meta)


def save_outcome(path: Path, outcome: MacroRun | Exception) -> None:
    """Write the result of a run, or one of `FAILURES`, for :func:`load_outcome`."""
    if isinstance(outcome, MacroRun):
        meta = json.dumps({"conversions": outcome.conversions, "array_j": outcome.array_j})
        psums, done_cycles = outcome.psums, outcome.done_cycles
        np.savez(path, meta=np.array(meta), psums=psums, done_cycles=done_cycles)
    else:
        kind = next(kind for kind in FAILURES if isinstance(outcome, kind))
        meta = json.dumps({"failure": kind.__name__, "message": str(outcome)})
        np.savez(path, meta=np.array(meta))


def load_outcome(path: Path) -> MacroRun:
    """Return the result of a run, without toggles, or raise what it ended with."""
    with np.load(path, allow_pickle=False) as file:
        meta = json.loads(str(file["meta"]))
        for kind in FAILURES:
            if meta.get("failure") == kind.__name__:
                raise kind(meta["message"])
        return MacroRun(psums=file["psums"], done_cycles=file["done_cycles"], **meta)
