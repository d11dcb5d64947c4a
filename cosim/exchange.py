"""Files through which a job and its outcome pass to another process and back."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cosim.archive import check_members, load_archive
from cosim.job import MacroJob, MacroRun, Pauses, Timetable
from hw_spec.chip import ChipSpec

FAILURES = (TimeoutError, ValueError)
"""What a simulation may end with, besides a result; raised again by :func:`load_outcome`."""


FORMAT_VERSION = 2
"""Version of job files; to be raised when older programs could misread a newer file."""


_RESULTS = ("psums", "done_cycles", "code_counts")
"""Arrays of a result."""


class _Pauses(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    inputs: Annotated[float, Field(ge=0, le=1)]
    psums: Annotated[float, Field(ge=0, le=1)]
    seed: Annotated[int, Field(ge=0)]


class _Meta(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    format_version: int
    chip: ChipSpec
    ideal: bool
    read_noise: bool
    seed: Annotated[int, Field(ge=0)]
    first_block: Annotated[int, Field(ge=0)]
    macro: Annotated[int, Field(ge=0)]
    pauses: _Pauses
    cycles: Annotated[int, Field(ge=1)] | None = None
    """Length of the timetable, whose other members are arrays."""


def save_job(path: Path, job: MacroJob) -> None:
    """Write a job for :func:`load_job`."""
    meta = {
        "format_version": FORMAT_VERSION,
        "chip": job.chip.model_dump(),
        "ideal": job.ideal,
        "read_noise": job.read_noise,
        "seed": job.seed,
        "first_block": job.first_block,
        "macro": job.macro,
        "pauses": dataclasses.asdict(job.pauses),
        "cycles": None if job.timetable is None else job.timetable.cycles,
    }
    arrays: dict[str, Any] = {"levels": job.levels, "inputs": job.inputs}
    if job.timetable is not None:
        arrays |= {"loads": job.timetable.loads, "starts": job.timetable.starts}
    with path.open("wb") as file:
        np.savez(file, meta=np.array(json.dumps(meta)), **arrays)


def load_job(path: Path) -> MacroJob:
    """Read a job written by :func:`save_job`, without running anything that stands in the file.

    Raises
    ------
    ValueError
        If the file cannot be read, is of another version, or breaks a rule. One line: file, key,
        rule, value.
    """
    return load_archive(path, "Job file", _Meta, FORMAT_VERSION, _job)


def _job(meta: _Meta, members: dict[str, np.ndarray]) -> MacroJob:
    table = [] if meta.cycles is None else ["loads", "starts"]
    check_members(members, ["levels", "inputs", *table])
    return MacroJob(
        chip=meta.chip,
        ideal=meta.ideal,
        read_noise=meta.read_noise,
        levels=members["levels"],
        inputs=members["inputs"],
        seed=meta.seed,
        first_block=meta.first_block,
        macro=meta.macro,
        pauses=Pauses(**meta.pauses.model_dump()),
        timetable=None if meta.cycles is None else _timetable(members, meta.cycles),
    )


def _timetable(members: dict[str, np.ndarray], cycles: int) -> Timetable:
    for key in ("loads", "starts"):
        if members[key].dtype != np.int64:
            raise TypeError(f"array '{key}' must be of int64, not {members[key].dtype}")
    return Timetable(loads=members["loads"], starts=members["starts"], cycles=cycles)


def save_outcome(path: Path, outcome: MacroRun | Exception) -> None:
    """Write the result of a run, or one of `FAILURES`, for :func:`load_outcome`."""
    if isinstance(outcome, MacroRun):
        names = ("conversions", "array_j", "toggles")
        meta = json.dumps({name: getattr(outcome, name) for name in names})
        arrays = {name: getattr(outcome, name) for name in _RESULTS}
        np.savez(path, meta=np.array(meta), **arrays)
    else:
        kind = next(kind for kind in FAILURES if isinstance(outcome, kind))
        meta = json.dumps({"failure": kind.__name__, "message": str(outcome)})
        np.savez(path, meta=np.array(meta))


def load_outcome(path: Path) -> MacroRun:
    """Return the result of a run, or raise what it ended with."""
    with np.load(path, allow_pickle=False) as file:
        meta = json.loads(str(file["meta"]))
        for kind in FAILURES:
            if meta.get("failure") == kind.__name__:
                raise kind(meta["message"])
        return MacroRun(**{name: file[name] for name in _RESULTS}, **meta)
