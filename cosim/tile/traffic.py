"""What crosses the border between the core of a tile and its PEs, and when."""

from dataclasses import dataclass

import numpy as np

from cosim.predict import pack_words
from cosim.tile.arithmetic import MatrixTrace, pooled_results
from cosim.tile.inference import StepRun
from cosim.tile.schedule import StepSchedule, step_schedule
from hw_spec.program import Setting
from hw_spec.timing import FETCH_CYCLES
from network.compiled import Compiled, Step


@dataclass(frozen=True, kw_only=True, eq=False)
class Traffic:
    """What crosses the border in one step, image after image. Cycles are those of an operation."""

    step: Step
    images: int

    schedule: StepSchedule | None
    """Of a MATRIX operation."""

    word_cycles: np.ndarray
    """int64, shape (words,): when the words of an image are sent."""

    words: np.ndarray
    """uint32, shape (images * words, words of 32 bits)."""

    blocks: np.ndarray
    """uint32, shape (words,): row block that each word is for."""

    copies: np.ndarray
    """uint32, shape (words,): copy that each word is for."""

    result_cycles: np.ndarray
    """int64, shape (pixels, lanes): when the results of an image are taken, those of a pixel lane
    by lane: copy by copy, column block by column block. Empty unless a MATRIX operation."""

    results: np.ndarray
    """uint32, shape (images, pixels, lanes, words of 32 bits)."""

    ends: np.ndarray
    """uint32, shape (lanes,): number of the PE that each is taken from."""


def step_traffic(compiled: Compiled, run: StepRun) -> Traffic:
    """Return what crosses the border in a step that has been run.

    Raises
    ------
    ValueError
        If what moved was not kept.
    """
    if run.trace is None:
        raise ValueError(f"Run of layer '{run.step.name}' must be traced to be replayed")
    step, bits = run.step, compiled.tile.macro.input_bits
    words = pack_words(run.trace.words.reshape(-1, compiled.tile.word), bits)
    if isinstance(run.trace, MatrixTrace):
        return _matrix_traffic(compiled, step, run.trace, words)
    closing = np.array([n for n, piece in enumerate(step.pieces) if piece.closes])
    cycles = FETCH_CYCLES + np.arange(step.positions)[:, None] * len(step.pieces) + closing
    nothing = np.zeros(cycles.size, np.uint32)
    return Traffic(
        step=step,
        images=len(run.trace.words),
        schedule=None,
        word_cycles=cycles.ravel(),
        words=words,
        blocks=nothing,
        copies=nothing,
        result_cycles=np.zeros((0, 0), np.int64),
        results=np.zeros((0, 0, 0, 0), np.uint32),
        ends=np.zeros(0, np.uint32),
    )


def _matrix_traffic(
    compiled: Compiled, step: Step, trace: MatrixTrace, words: np.ndarray
) -> Traffic:
    tile, images = compiled.tile, len(trace.words)
    schedule = step_schedule(tile, step)
    closing = [piece.block for piece in step.pieces if piece.closes]
    blocks, copies = np.broadcast_arrays(closing, np.arange(step.settings[Setting.COPIES])[:, None])
    ends = sorted(trace.activations)
    pooled = np.stack(
        [pooled_results(step, trace.activations[end], images) for end in ends], axis=2
    )
    packed = pack_words(pooled.reshape(-1, tile.block), tile.macro.input_bits)
    return Traffic(
        step=step,
        images=images,
        schedule=schedule,
        word_cycles=schedule.loads.ravel(),
        words=words,
        blocks=np.tile(blocks.ravel(), step.positions).astype(np.uint32),
        copies=np.tile(copies.ravel(), step.positions).astype(np.uint32),
        result_cycles=schedule.finished[:, None] + np.arange(len(ends)),
        results=packed.reshape(*pooled.shape[:3], -1),
        ends=np.array(ends, np.uint32),
    )


def absolute(origins: np.ndarray, cycles: np.ndarray) -> np.ndarray:
    """Return cycles of an operation in the order of runs, given the cycles in which these start.

    Parameters
    ----------
    origins : ndarray of int64, shape (runs,)
        Starts.
    cycles : ndarray of int64, any shape
        Cycles since the start.

    Returns
    -------
    ndarray of int64, shape (runs * cycles,)
    """
    return (origins[:, None] + cycles.ravel()).ravel()
