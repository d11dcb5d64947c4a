"""Operations without weights, as the vector unit runs them."""

import math
from typing import TypeAlias

import numpy as np

from hw_spec.program import Kind, Setting
from hw_spec.tile import TileSpec
from network.compiled import Step
from network.integer import Addition, Pooling, Scaling
from network.pieces import Layout, Tap, vector_pieces, window_taps
from network.positions import Walk

ScaleWords: TypeAlias = dict[tuple[int, ...], int]
"""Number of each word of scales: multipliers of all lanes, then their biases."""


def vector_step(
    operation: Pooling | Addition | Scaling,
    layouts: dict[str, Layout],
    tile: TileSpec,
    words: ScaleWords,
) -> Step:
    """Return an operation as a step of the program.

    Parameters
    ----------
    operation : Pooling or Addition or Scaling
        The operation.
    layouts : dict of str to Layout
        Where all tensors lie.
    tile : TileSpec
        Tile it runs on.
    words : dict
        Words of scales so far; those that the operation needs are added.
    """
    source, output = layouts[operation.sources[0]], layouts[operation.name]
    pooling = operation if isinstance(operation, Pooling) else None
    walk = Walk(
        layout=source,
        rows=output.height,
        columns=output.width,
        stride=pooling.stride if pooling else 1,
        padding=pooling.padding if pooling else 0,
    )
    blocks = math.ceil(output.channels / tile.word)
    settings = walk.settings(1) | {
        Setting.PAD: 0,
        Setting.OUT_ADDRESS: output.address,
        Setting.OUT_STEP: output.pitch,
        Setting.OUT_COPY: 0,
        Setting.BLOCKS: blocks,
        Setting.LAST_LENGTH: output.channels - (blocks - 1) * tile.word,
        Setting.SHIFT: operation.shift,
    }
    taps = _taps(operation, layouts, blocks, tile, words)
    return Step(
        name=operation.name,
        kind=Kind.MAXIMUM if pooling and pooling.kind == "max" else Kind.SUM,
        settings=settings,
        pieces=tuple(vector_pieces(output.channels, tile.word, taps)),
        output=output,
        positions=walk.positions(1),
    )


def _taps(
    operation: Pooling | Addition | Scaling,
    layouts: dict[str, Layout],
    blocks: int,
    tile: TileSpec,
    words: ScaleWords,
) -> list[Tap]:
    """Return what enters a result."""
    source = layouts[operation.sources[0]]
    match operation:
        case Pooling(kind="max"):
            return window_taps(source, operation.window, [0] * blocks)  # not scaled
        case Pooling():
            scales = _even(operation.multiplier, operation.bias, blocks, tile, words)
            return window_taps(source, operation.window, scales)
        case Addition():
            # The bias is added once, with the first source.
            first = _even(operation.multipliers[0], operation.bias, blocks, tile, words)
            second = _even(operation.multipliers[1], 0, blocks, tile, words)
            distance = layouts[operation.sources[1]].address - source.address
            return [
                Tap(offset=0, x=0, y=0, scales=first),
                Tap(offset=distance, x=0, y=0, scales=second),
            ]
        case Scaling():
            scales = _scales(operation.multipliers, operation.biases, tile, words)
            return [Tap(offset=0, x=0, y=0, scales=scales)]


def _even(multiplier: int, bias: int, blocks: int, tile: TileSpec, words: ScaleWords) -> list[int]:
    """Return the number of a word of equal scales, once for each block."""
    word = (multiplier,) * tile.word + (bias,) * tile.word
    return [words.setdefault(word, len(words))] * blocks


def _scales(
    multipliers: np.ndarray, biases: np.ndarray, tile: TileSpec, words: ScaleWords
) -> list[int]:
    """Return the numbers of the words of scales of all channels, zeros in unused lanes."""
    numbers = []
    for first in range(0, len(multipliers), tile.word):
        word = np.zeros((2, tile.word), np.int64)
        for lanes, values in zip(word, (multipliers, biases), strict=True):
            part = values[first : first + tile.word]
            lanes[: len(part)] = part
        key = tuple(word.ravel().tolist())
        numbers.append(words.setdefault(key, len(words)))
    return numbers
