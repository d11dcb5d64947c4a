"""Files through which the run of a tile and its outcome pass to another process and back."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cosim.archive import check_members, load_archive
from cosim.native.batch import Batch, check_array
from cosim.native.tile import Action, TileBatch, Verdict
from cosim.tile.ending import Ending
from hw_spec.macro import MacroSpec

FORMAT_VERSION = 1
"""Version of the files; to be raised when older programs could misread a newer file."""

_ARRAYS = ("row_beat_words", "answers", "trials", "drives", "word_lines")


class _Meta(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    format_version: int
    macro: MacroSpec
    macros: Annotated[int, Field(ge=1)]
    vectors: dict[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=1)]]
    """Of each macro in use, by its number."""

    patience_cycles: Annotated[int, Field(ge=1)]


def save_batch(path: Path, batch: TileBatch) -> None:
    """Write what a tile is given, for :func:`load_batch`."""
    feeds = {number: feed for number, feed in enumerate(batch.feeds) if feed is not None}
    meta = {
        "format_version": FORMAT_VERSION,
        "macro": batch.macro.model_dump(),
        "macros": len(batch.feeds),
        "vectors": {number: feed.vectors for number, feed in feeds.items()},
        "patience_cycles": batch.patience_cycles,
    }
    arrays = {
        f"{name}_{number}": getattr(feed, name)
        for number, feed in feeds.items()
        for name in _ARRAYS
    }
    with path.open("wb") as file:
        np.savez(file, meta=np.array(json.dumps(meta)), script=batch.script, **arrays)


def load_batch(path: Path) -> TileBatch:
    """Read what :func:`save_batch` has written, without running anything that stands in the file.

    Raises
    ------
    ValueError
        If the file cannot be read, is of another version, or breaks a rule. One line: file, key,
        rule, value.
    """
    return load_archive(path, "Tile file", _Meta, FORMAT_VERSION, _batch)


def _batch(meta: _Meta, members: dict[str, np.ndarray]) -> TileBatch:
    names = [f"{name}_{number}" for number in meta.vectors for name in _ARRAYS]
    check_members(members, ["script", *names])
    script = members["script"]
    check_array("script", script, np.uint32, (len(script), 4))
    if len(script) and script[:, 0].max() > max(Action):
        raise ValueError(f"action must be at most {max(Action)}, not {script[:, 0].max()}")
    feeds: list[Batch | None] = [None] * meta.macros
    for number, vectors in meta.vectors.items():
        if number >= meta.macros:
            raise ValueError(f"macro must be below {meta.macros}, not {number}")
        arrays = {name: members[f"{name}_{number}"] for name in _ARRAYS}
        feeds[number] = Batch(spec=meta.macro, vectors=vectors, timed=True, **arrays)
    return TileBatch(
        macro=meta.macro, feeds=feeds, script=script, patience_cycles=meta.patience_cycles
    )


def save_ending(path: Path, ending: Ending, *, answers: list[int], run_cycles: list[int]) -> None:
    """Write how a run ended, and what the host learned, for :func:`load_ending`."""
    np.savez(
        path,
        meta=np.array(json.dumps(dataclasses.asdict(ending))),
        answers=np.array(answers, dtype=np.uint32),
        run_cycles=np.array(run_cycles, dtype=np.int64),
    )


def load_ending(path: Path) -> tuple[Ending, np.ndarray, np.ndarray]:
    """Return how a run ended, the answers to the reads of the host, and the cycles of each run."""
    with np.load(path, allow_pickle=False) as file:
        meta = json.loads(str(file["meta"]))
        ending = Ending(**meta | {"verdict": Verdict(meta["verdict"])})
        return ending, file["answers"], file["run_cycles"]
