"""Results in files: written whole or not at all, and taken only for what they were made from."""

import dataclasses
import json
import os
import tempfile
from pathlib import Path

import numpy as np

from cosim import cache
from cosim.job import MacroJob, MacroRun, Timetable
from cosim.source import sources_hash

TEMPORARY = ".tmp-"
"""Part of the name of a file that is being written, or was when its process was killed."""


def job_key(job: MacroJob, *, engine_name: str, rtl_hash: str) -> str:
    """Return the key of a result: SHA-256 over everything it depends on, in hexadecimal digits.

    That is the job, the engine, the Verilog, and the sources of whatever computes.
    """
    parts: dict[str, str | bytes] = {
        "engine": engine_name,
        "rtl": rtl_hash,
        "sources": sources_hash(),
        "chip": job.chip.model_dump_json(),
        "pauses": json.dumps(dataclasses.asdict(job.pauses)),
    }
    # Whatever a job may hold one day enters as well.
    for field in dataclasses.fields(job):
        value = getattr(job, field.name)
        if isinstance(value, np.ndarray):
            parts[field.name] = np.ascontiguousarray(value, dtype="<i8").tobytes()
        elif isinstance(value, Timetable):
            cycles = [*value.loads.tolist(), *value.starts.tolist(), value.cycles]
            parts[field.name] = json.dumps(cycles)
        else:
            parts.setdefault(field.name, repr(value))
    return cache.key(parts)


def save_run(path: Path, key: str, run: MacroRun) -> None:
    """Write a result for :func:`load_run`.

    It is written beside its place and renamed, so that no reader and no killed writer ever leaves
    half of it there.
    """
    meta = {
        "key": key,
        "conversions": run.conversions,
        "array_j": run.array_j,
        "registers": list(run.toggles),
    }
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}{TEMPORARY}")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                meta=np.array(json.dumps(meta)),
                psums=run.psums,
                done_cycles=run.done_cycles,
                code_counts=run.code_counts,
                toggles=np.array(list(run.toggles.values()), dtype=np.int64),
            )
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def load_run(path: Path, key: str) -> MacroRun | None:
    """Return the result in a file, or None if it is not there whole with that key."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            meta = json.loads(str(archive["meta"]))
            if meta["key"] != key:
                return None
            psums, done_cycles = archive["psums"], archive["done_cycles"]
            code_counts = archive["code_counts"]
            counts, registers = archive["toggles"].tolist(), meta["registers"]
        return MacroRun(
            psums=psums,
            done_cycles=done_cycles,
            conversions=meta["conversions"],
            code_counts=code_counts,
            array_j=meta["array_j"],
            toggles=dict(zip(registers, counts, strict=True)),
        )
    except Exception:  # a damaged archive fails in a dozen ways, all of them meaning this
        return None


def sweep(folder: Path) -> None:
    """Remove what killed writers left in a folder."""
    for left in folder.glob(f"*{TEMPORARY}*"):
        left.unlink(missing_ok=True)
