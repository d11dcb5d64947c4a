"""A network compiled for a tile: what the host loads, and what it stands for."""

from dataclasses import dataclass

import numpy as np

from hw_spec.program import Instruction, Kind, Piece, Setting
from hw_spec.tile import TileSpec
from network.pieces import Layout, Mapping


@dataclass(frozen=True, kw_only=True, eq=False)
class Pe:
    """Settings of one processing element (PE), and the part of a weight matrix that it holds."""

    layer: int
    copy: int
    first_block: int
    """Row block of its first macro."""

    chained: bool
    """It adds the sums of the PE before it."""

    ends: bool
    """It is the end of its chain."""

    rows: tuple[range, ...]
    """Rows of the weight matrix that each of its macros holds."""

    columns: range
    """Columns of the weight matrix that all its macros hold."""

    biases: np.ndarray
    """int32, shape (tile.block,); 0 behind the columns."""

    multipliers: np.ndarray
    """uint16, shape (tile.block,); 0 behind the columns."""

    @property
    def macros(self) -> int:
        """Macros in use."""
        return len(self.rows)


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """One operation of the program."""

    name: str
    """Operation of the network it computes."""

    kind: Kind
    settings: dict[Setting, int]
    """All settings that matter to it."""

    pieces: tuple[Piece, ...]
    """Pieces read at each position."""

    output: Layout
    positions: int
    """Positions of each copy; the vectors that each macro of a MATRIX operation converts."""

    pes: range = range(0)
    """PEs that take part."""

    weights: np.ndarray | None = None
    """Weight matrix of a MATRIX operation; int8, shape (inputs, outputs)."""

    @property
    def window(self) -> int:
        """Vectors of a pooling window; 1 without pooling."""
        rows, columns = Setting.COUNT_WINDOW_ROWS, Setting.COUNT_WINDOW_COLUMNS
        return self.settings[rows] * self.settings[columns]

    @property
    def words(self) -> int:
        """Cycles in which pieces are read."""
        return self.positions * self.settings[Setting.COPIES] * len(self.pieces)


@dataclass(frozen=True, kw_only=True, eq=False)
class Compiled:
    """A network compiled for a tile."""

    tile: TileSpec
    mapping: Mapping
    steps: tuple[Step, ...]
    """Operations in the order in which they run."""

    pes: tuple[Pe, ...]
    """PEs in use, from PE 0 on. Those behind them must have no macros in use."""

    pieces: tuple[Piece, ...]
    """Content of the piece memory."""

    multipliers: np.ndarray
    """Multipliers of the vector unit; int16, shape (scale words, tile.word)."""

    biases: np.ndarray
    """Biases of the vector unit; int32, shape (scale words, tile.word)."""

    program: tuple[Instruction, ...]
    comments: tuple[str, ...]
    """Operation of the network each instruction belongs to; empty for the last, which stops."""

    input: Layout
    output: Layout

    @property
    def macros(self) -> int:
        """Macros in use."""
        return sum(pe.macros for pe in self.pes)

    @property
    def utilisation(self) -> float:
        """Share of cells that hold weights, in the PEs in use; 0 if there are none."""
        table, macro = self.tile.table, self.tile.macro
        cells = len(self.pes) * table.macros_per_pe * macro.rows * macro.outputs
        used = sum(len(pe.columns) * sum(map(len, pe.rows)) for pe in self.pes)
        return used / cells if cells else 0.0

    def weights(self, pe: int, macro: int) -> np.ndarray:
        """Return the weights of one macro; int8, shape (rows, outputs), each up to the macro's.

        Parameters
        ----------
        pe : int
            Number of a PE in use.
        macro : int
            Number of one of its macros in use.
        """
        rows, columns = self.pes[pe].rows[macro], self.pes[pe].columns
        matrix = next(step.weights for step in self.steps if pe in step.pes)
        assert matrix is not None  # only MATRIX operations have PEs
        return matrix[rows.start : rows.stop, columns.start : columns.stop]
