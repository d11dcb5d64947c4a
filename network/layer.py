"""A convolution on macros: cut to their size, duplicated, and laid on processing elements."""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from hw_spec import check
from hw_spec.host import COPY_BITS
from hw_spec.macro import MacroSpec
from hw_spec.program import Piece
from hw_spec.tile import POOL_BITS, TileSpec
from network.compiled import Pe
from network.duplicate import Option, useful_copies
from network.integer import Convolution, Shape
from network.pieces import IDLE, Layout, Mapping, matrix_pieces, row_blocks
from network.positions import Walk

MOST_COPIES = 2**COPY_BITS
MOST_POOLED = 2**POOL_BITS - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """A convolution cut to the size of macros."""

    operation: Convolution
    tile: TileSpec
    walk: Walk
    rows: tuple[range, ...]
    """Rows of the weight matrix in each row block."""

    columns: tuple[range, ...]
    """Columns of the weight matrix, that is, outputs, in each column block."""

    window_pieces: tuple[Piece, ...]
    """Pieces of one window."""

    @property
    def chain(self) -> int:
        """PEs of a chain: those that hold one column block of one copy."""
        return math.ceil(len(self.rows) / self.tile.table.macros_per_pe)

    def pieces(self, copies: int) -> tuple[Piece, ...]:
        """Return the list of pieces of a position.

        The writer takes a cycle per block and copy once all positions of a pooling window have been
        converted. Idle pieces give it the time, where converting does not.
        """
        pooled = math.prod(self.walk.window)
        idle = 0
        if self.tile.macro.cycles_per_vector * pooled < copies * len(self.columns):
            idle = math.ceil(len(self.columns) / pooled) - len(self.window_pieces)
        # In front, because the last piece completes the vector.
        return (IDLE,) * max(idle, 0) + self.window_pieces

    def pes(self, copies: int, macros_per_pe: int) -> int:
        """Return the PEs of so many copies, for PEs of any size."""
        return copies * len(self.columns) * math.ceil(len(self.rows) / macros_per_pe)

    def option(self, copies: int) -> Option:
        """Return what so many copies cost."""
        period = max(self.tile.macro.cycles_per_vector, len(self.pieces(copies)) * copies)
        return Option(
            copies=copies,
            pes=self.pes(copies, self.tile.table.macros_per_pe),
            cycles=self.walk.positions(copies) * period,
        )

    def options(self, copies: int | None) -> list[Option]:
        """Return the options there are, in rising order of copies.

        Parameters
        ----------
        copies : int or None
            Copies there shall be. If None, all useful counts for which inputs arrive in time.

        Raises
        ------
        ValueError
            If the layer cannot have so many copies.
        """
        most = min(self.walk.rows, MOST_COPIES)
        if copies is not None:
            check.integer(f"Copies of '{self.operation.name}'", copies, 1, most)
            return [self.option(copies)]
        period = self.tile.macro.cycles_per_vector
        return [
            self.option(count)
            for count in useful_copies(self.walk.rows)
            if count == 1 or (count <= most and len(self.pieces(count)) * count <= period)
        ]

    def place(self, number: int, copies: int) -> list[Pe]:
        """Return the PEs of all copies, chain after chain.

        Parameters
        ----------
        number : int
            Number of the layer.
        copies : int
            Copies of the weights.
        """
        step, block = self.tile.table.macros_per_pe, self.tile.block
        firsts = range(0, len(self.rows), step)
        pes = []
        for copy in range(copies):
            for columns in self.columns:
                for first in firsts:
                    pe = Pe(
                        layer=number,
                        copy=copy,
                        first_block=first,
                        chained=first > 0,
                        ends=first == firsts[-1],
                        rows=self.rows[first : first + step],
                        columns=columns,
                        biases=filled_up(self.operation.biases, columns, block),
                        multipliers=filled_up(self.operation.multipliers, columns, block),
                    )
                    pes.append(pe)
        return pes


def filled_up(values: np.ndarray, columns: range, block: int) -> np.ndarray:
    """Return the values of some columns, with zeros behind for the unused outputs of a block."""
    part = values[columns.start : columns.stop]
    return np.pad(part, (0, block - len(part)))


def cut(
    operation: Convolution, source: Layout, shape: Shape, tile: TileSpec, mapping: Mapping
) -> Layer:
    """Return a convolution cut to the size of the macros of a tile.

    A dense layer has a kernel as large as its map, so there is one position and nothing to gain
    from keeping those of the kernel apart: it is always mapped conventionally.

    Parameters
    ----------
    operation : Convolution
        The convolution.
    source : Layout
        Where its source lies.
    shape : Shape
        Shape of its output.
    tile : TileSpec
        Tile it runs on.
    mapping : Mapping
        How its rows are cut.

    Raises
    ------
    ValueError
        If the macros cannot hold its weights, or a pooling window is too large.
    """
    _check_weights(operation, tile.macro)
    kernel = operation.weights.shape[0], operation.weights.shape[1]
    if kernel == (source.height, source.width) and not operation.padding:
        mapping = "conventional"
        if source.pitch == source.channels:
            # The map is one long pixel, which takes fewer pieces than its lines do.
            pixel = {"channels": math.prod(kernel) * source.channels}
            pixel |= {"pitch": pixel["channels"], "height": 1, "width": 1}
            source, kernel = dataclasses.replace(source, **pixel), (1, 1)
    pool = operation.pool
    if pool:
        subject = f"Positions of a pooling window of '{operation.name}'"
        check.integer(subject, math.prod(pool.window), 1, MOST_POOLED)
    rows = row_blocks(kernel, source.channels, tile.macro.rows, mapping)
    return Layer(
        operation=operation,
        tile=tile,
        walk=Walk(
            layout=source,
            rows=shape[0],
            columns=shape[1],
            window=pool.window if pool else (1, 1),
            pool_stride=pool.stride if pool else 1,
            stride=operation.stride,
            padding=operation.padding,
        ),
        rows=tuple(rows),
        columns=tuple(
            range(first, min(first + tile.block, shape[2]))
            for first in range(0, shape[2], tile.block)
        ),
        window_pieces=tuple(matrix_pieces(source, kernel, rows)),
    )


def _check_weights(operation: Convolution, macro: MacroSpec) -> None:
    top = 2 ** (macro.weight_bits - 1) - 1
    low = -top - (macro.encoding == "offset")
    for extreme in (int(operation.weights.min()), int(operation.weights.max())):
        check.integer(f"Weights of '{operation.name}'", extreme, low, top)
