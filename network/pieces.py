"""Cuts the window of an operation into pieces: activations side by side in the memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from hw_spec.program import Piece
from network.tensors import STRICT

Mapping: TypeAlias = Literal["conventional", "kernel"]
"""``conventional``: row blocks follow each other without regard to the kernel. ``kernel``: a row
block never mixes positions of the kernel; called novel mapping in 3D+NeuroSim V1.0, section 5.3."""

MAPPINGS: tuple[Mapping, ...] = ("conventional", "kernel")

IDLE = Piece(offset=0, x=0, y=0, length=0, row=0, block=0, opens=False, closes=False)
"""A piece that only takes its cycle."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where a tensor lies in the activation memory: channels, pixels, then lines."""

    __pydantic_config__: ClassVar = STRICT

    height: int
    width: int
    channels: int

    pitch: int
    """Activations from one pixel to the next; more than ``channels`` if others lie between."""

    address: int
    """Address of the first channel of the first pixel."""

    @property
    def line(self) -> int:
        """Activations of a line."""
        return self.width * self.pitch


def row_blocks(kernel: tuple[int, int], channels: int, rows: int, mapping: Mapping) -> list[range]:
    """Return the rows of the weight matrix that each row block holds.

    Rows are counted in the order (kernel row, kernel column, channel), the last fastest.

    Parameters
    ----------
    kernel : tuple of int
        Height and width of the kernel.
    channels : int
        Channels of the input.
    rows : int
        Rows of a macro.
    mapping : Mapping
        Where row blocks may begin.
    """
    inputs = kernel[0] * kernel[1] * channels
    run = channels if mapping == "kernel" else inputs
    return [
        range(first, min(first + rows, start + run))
        for start in range(0, inputs, run)
        for first in range(start, start + run, rows)
    ]


def matrix_pieces(layout: Layout, kernel: tuple[int, int], blocks: Sequence[range]) -> list[Piece]:
    """Return the fewest pieces that gather one window, row block after row block.

    Parameters
    ----------
    layout : Layout
        Input of the layer.
    kernel : tuple of int
        Height and width of the kernel.
    blocks : sequence of range
        Rows of each row block; see :func:`row_blocks`.
    """
    # Without a gap between pixels, a whole line of the window lies side by side.
    run = layout.channels * (kernel[1] if layout.pitch == layout.channels else 1)
    pieces = []
    for block, rows in enumerate(blocks):
        row = rows.start
        while row < rows.stop:
            length = min(run - row % run, rows.stop - row)
            pixel, channel = divmod(row, layout.channels)
            y, column = divmod(pixel, kernel[1])
            x = column * layout.pitch + channel
            piece = Piece(
                offset=y * layout.line + x,
                x=x,
                y=y,
                length=length,
                row=row - rows.start,
                block=block,
                opens=row == rows.start,
                closes=row + length == rows.stop,
            )
            pieces.append(piece)
            row += length
    return pieces


@dataclass(frozen=True, kw_only=True)
class Tap:
    """An activation that enters each result of the vector unit, relative to its position."""

    offset: int
    x: int
    y: int

    scales: Sequence[int]
    """Word of scales applied to each word of channels."""


def window_taps(layout: Layout, window: tuple[int, int], scales: Sequence[int]) -> list[Tap]:
    """Return the taps of a pooling window."""
    return [
        Tap(offset=y * layout.line + x * layout.pitch, x=x * layout.pitch, y=y, scales=scales)
        for y in range(window[0])
        for x in range(window[1])
    ]


def vector_pieces(channels: int, word: int, taps: Sequence[Tap]) -> list[Piece]:
    """Return the pieces of one pixel of an operation of the vector unit, word after word.

    Parameters
    ----------
    channels : int
        Channels of the result, and of whatever is tapped.
    word : int
        Activations of a word.
    taps : sequence of Tap
        What enters the result, in this order.
    """
    return [
        Piece(
            offset=tap.offset + first,
            x=tap.x + first,
            y=tap.y,
            length=min(word, channels - first),
            row=0,
            block=tap.scales[block],
            opens=True,
            closes=True,
            begins=number == 0,
            ends=number == len(taps) - 1,
        )
        for block, first in enumerate(range(0, channels, word))
        for number, tap in enumerate(taps)
    ]
