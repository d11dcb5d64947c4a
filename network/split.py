"""Splits a layer over macros: rows of weights in row blocks, outputs in column blocks."""

from dataclasses import dataclass

import numpy as np

from hw_spec.check import integer
from hw_spec.macro import MacroSpec
from network import place

LARGEST = 2**24
"""Most inputs or outputs of a layer."""


@dataclass(frozen=True)
class Split:
    """How a layer of any size lies on macros of one kind.

    Macros are numbered from 0, those of one column block one after the other. The last blocks are
    filled up: rows with zero inputs, outputs with cells of level 0, and neither enters the result.

    Raises
    ------
    TypeError
        If a size is no integer.
    ValueError
        If a size is out of range, or the sums of psums could exceed 64 bits.
    """

    spec: MacroSpec
    """Macro the layer is split over."""

    inputs: int
    """Inputs of the layer."""

    outputs: int
    """Outputs of the layer."""

    def __post_init__(self) -> None:
        integer("Inputs of a layer", self.inputs, 1, LARGEST)
        integer("Outputs of a layer", self.outputs, 1, LARGEST)
        bits = self.spec.psum_bits + (self.row_blocks - 1).bit_length()
        if bits > 64:
            raise ValueError(
                f"Sums of the psums of {self.row_blocks} row blocks must fit in 64 bits, "
                f"but need up to {bits}"
            )

    @property
    def row_blocks(self) -> int:
        """Macros that share the inputs of the layer."""
        return -(-self.inputs // self.spec.rows)

    @property
    def column_blocks(self) -> int:
        """Macros that share the outputs of the layer."""
        return -(-self.outputs // self.spec.outputs)

    @property
    def macros(self) -> int:
        """Macros the layer takes."""
        return self.row_blocks * self.column_blocks

    def levels(self, weights: np.ndarray, macro: int) -> np.ndarray:
        """Return the cell levels of one macro; see :func:`network.place.levels`.

        Parameters
        ----------
        weights : ndarray of any integer type, shape (inputs, outputs)
            Weights of the whole layer. Only those of the macro are read.
        macro : int
            Number of the macro.
        """
        place.check_shape("Weights", weights, (self.inputs, self.outputs))
        return place.levels(weights[self._rows(macro), self._columns(macro)], self.spec)

    def vectors(self, inputs: np.ndarray, macro: int) -> np.ndarray:
        """Return the input vectors of one macro; see :func:`network.place.pad_inputs`.

        Parameters
        ----------
        inputs : ndarray of any integer type, shape (vectors, inputs)
            Inputs of the whole layer. Only those of the macro are read.
        macro : int
            Number of the macro.
        """
        place.check_shape("Inputs", inputs, (None, self.inputs))
        return place.pad_inputs(inputs[:, self._rows(macro)], self.spec)

    def add(self, sums: np.ndarray, psums: np.ndarray, macro: int) -> None:
        """Add the psums of one macro to the outputs they belong to.

        Once all macros were added to zeros, in any order, ``sums`` holds the outputs of the layer:
        the integer product, if cells are ideal and the ADC loses nothing.

        Parameters
        ----------
        sums : ndarray of int64, shape (vectors, outputs)
            Outputs of the layer so far; changed in place.
        psums : ndarray of int64, shape (vectors, spec.outputs)
            Psums of the macro.
        macro : int
            Number of the macro.
        """
        columns = self._columns(macro)
        place.check_shape("Psums", psums, (len(sums), self.spec.outputs))
        sums[:, columns] += psums[:, : columns.stop - columns.start]

    def _rows(self, macro: int) -> slice:
        """Return the inputs of the layer that a macro takes."""
        integer("Macro", macro, 0, self.macros - 1)
        first = macro % self.row_blocks * self.spec.rows
        return slice(first, min(first + self.spec.rows, self.inputs))

    def _columns(self, macro: int) -> slice:
        """Return the outputs of the layer that a macro gives."""
        integer("Macro", macro, 0, self.macros - 1)
        first = macro // self.row_blocks * self.spec.outputs
        return slice(first, min(first + self.spec.outputs, self.outputs))
