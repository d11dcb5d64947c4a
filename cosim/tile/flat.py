"""A whole tile as one compiled model: its host, its program, all its macros."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cosim.build import RUN_LIMIT_S, tile_design
from cosim.codes import convert_all
from cosim.job import MacroJob
from cosim.loop import PATIENCE_CYCLES
from cosim.native.activity import register_changes
from cosim.native.batch import Batch, batch
from cosim.native.build import native_library
from cosim.native.library import Counting
from cosim.native.tile import Action, TileBatch, TileLoop, TileOutcome, Verdict
from cosim.tile.script import START, image_writes, loading, log_reads, output_reads
from firmware.driver import Access
from hw_spec.host import LOG_WORDS
from network.compiled import Compiled

SLICE_CYCLES = 20_000
"""Cycles between two looks at the clock on the wall."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FlatRun:
    """What a tile did."""

    outputs: np.ndarray
    """Unsigned, shape (images, height, width, channels)."""

    run_cycles: np.ndarray
    """int64, shape (images,): cycles in which the program of each image ran."""

    log: np.ndarray
    """int64, shape (images, steps, LOG_WORDS): event counters after each step."""

    toggles: dict[str, int]
    """Bit toggles of every register while programs ran, by its path."""

    simulated_cycles: int
    """All cycles, those of the host included."""


def run_flat(
    compiled: Compiled,
    images: np.ndarray,
    jobs: dict[int, MacroJob],
    *,
    build_dir: Path,
    limit_s: float = RUN_LIMIT_S,
) -> FlatRun:
    """Run images through a tile in RTL, one after the other.

    Parameters
    ----------
    compiled : Compiled
        Network.
    images : ndarray of unsigned, shape (images, height, width, channels)
        Inputs.
    jobs : dict of int to MacroJob
        What each macro in use converts, by its number on the tile, for all images.
    build_dir : Path
        Build folder.
    limit_s : float
        Longest time, in seconds.

    Raises
    ------
    RuntimeError
        If a macro is driven otherwise than predicted.
    TimeoutError
        If the tile makes no progress, or the time is over.
    """
    tile = compiled.tile
    rtl = tile_design(tile, build_dir)
    library = native_library(rtl, build_dir)
    macros = tile.table.pes * tile.table.macros_per_pe
    feeds: list[Batch | None] = [None] * macros
    for number, job in jobs.items():
        feeds[number] = batch(job, convert_all(job).codes)
    work = TileBatch(
        macro=tile.macro,
        feeds=feeds,
        script=_script(compiled, images),
        patience_cycles=PATIENCE_CYCLES + _longest_silence(compiled),
    )
    with _loop(library, work) as loop:
        outcome = _turn_to_end(loop, limit_s)
        _raise_unless_done(outcome, compiled)
        counts = loop.counts(rtl.registers)
        answers = loop.answers.reshape(len(images), -1).astype(np.int64)
    shape = (compiled.output.height, compiled.output.width, compiled.output.channels)
    size = int(np.prod(shape))
    return FlatRun(
        outputs=answers[:, :size].reshape(-1, *shape),
        run_cycles=loop.run_cycles.astype(np.int64),
        log=answers[:, size:].reshape(len(images), len(compiled.steps), LOG_WORDS),
        toggles=register_changes(counts),
        simulated_cycles=outcome.cycle,
    )


def _script(compiled: Compiled, images: np.ndarray) -> np.ndarray:
    """Return all that the host does, as rows of action, region, index, data."""
    rows = _rows(loading(compiled))
    after = _rows([*output_reads(compiled), *log_reads(compiled)])
    start = [*_rows([START]), (Action.AWAIT, 0, 0, 0)]
    for image in images:
        rows += [*_rows(image_writes(compiled, image)), *start, *after]
    return np.array(rows, dtype=np.uint32)


def _rows(accesses: Sequence[Access]) -> list[tuple[int, int, int, int]]:
    return [
        (Action.READ, one.region, one.index, 0)
        if one.data is None
        else (Action.WRITE, one.region, one.index, one.data)
        for one in accesses
    ]


def _longest_silence(compiled: Compiled) -> int:
    """Return the longest time that a program may take without a conversion."""
    words = max(len(step.pieces) * step.positions for step in compiled.steps)
    return words + len(compiled.program)


@contextmanager
def _loop(library: Path, work: TileBatch) -> Iterator[TileLoop]:
    loop = TileLoop(library, work, Counting.CHANGES)
    try:
        yield loop
    finally:
        loop.free()


def _turn_to_end(loop: TileLoop, limit_s: float) -> TileOutcome:
    deadline_s = time.monotonic() + limit_s
    while True:
        outcome = loop.turn(SLICE_CYCLES)
        if outcome.verdict != Verdict.RUNNING:
            return outcome
        if time.monotonic() > deadline_s:
            raise TimeoutError(
                f"Simulation of the tile did not end within {limit_s:g} s "
                f"({outcome.access} host accesses done, cycle {outcome.cycle})"
            )


def _raise_unless_done(outcome: TileOutcome, compiled: Compiled) -> None:
    verdict = Verdict(outcome.verdict)
    if verdict == Verdict.DONE:
        return
    if verdict == Verdict.STUCK:
        raise TimeoutError(
            f"Tile made no progress while its host waited for an interrupt "
            f"({outcome.access} host accesses done, cycle {outcome.cycle})"
        )
    pe, macro = divmod(outcome.macro, compiled.tile.table.macros_per_pe)
    step = next((one.name for one in compiled.steps if pe in one.pes), "none")
    expected, seen = (
        sum(word << 32 * n for n, word in enumerate(words))
        for words in (outcome.expected, outcome.seen)
    )
    spec = compiled.tile.macro
    each = spec.input_bits * spec.row_groups * spec.columns_per_adc
    vector, conversion = divmod(outcome.conversions, each)
    raise RuntimeError(
        f"RTL of the tile differs from the prediction in cycle {outcome.cycle}: "
        f"{verdict.name.lower().replace('_', ' ')} of layer '{step}', PE {pe}, macro {macro}, "
        f"vector {vector}, conversion {conversion} must be {expected:#x}, not {seen:#x}"
    )
