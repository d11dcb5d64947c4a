"""A mapped design as arrays.

Nets are numbered in the order in which they can be computed: bits of the input ports, states of the
flops, outputs of other cells by level and function, and last the clocks. *Data nets* are all but
the clocks. Whoever computes values keeps one row per data net, followed by rows that are no nets:
next states of flops with an enable of their own.
"""

from dataclasses import dataclass

import numpy as np

from energy.boolean import Function
from energy.library import Cell, Library


@dataclass(frozen=True, order=True)
class Bit:
    """One bit of a register, by its path in the design, or of an input port."""

    path: str
    bit: int

    def __str__(self) -> str:
        return f"{self.path}[{self.bit}]"


@dataclass(frozen=True)
class Group:
    """All instances of one cell of the library."""

    cell: Cell
    names: tuple[str, ...]
    """Instances."""
    pins: tuple[str, ...]
    """Inputs and outputs of the cell, in the order of the library."""
    nets: np.ndarray
    """int32, shape (instances, pins): net at each pin, -1 where none is connected."""


@dataclass(frozen=True)
class Run:
    """Neighbouring rows that are the same function of other rows."""

    function: Function
    """In terms of the pins ``0``, ``1`` and so on: columns of ``arguments``."""
    first: int
    """Row of the first result; the others follow it."""
    arguments: np.ndarray
    """int32, shape (rows, arguments): rows that lie before ``first``."""


@dataclass(frozen=True)
class Flops:
    """Flip-flops, in the order of their nets."""

    names: tuple[str, ...]
    """Instances."""
    bits: tuple[Bit, ...]
    """Register bit that each one holds."""
    inverted: np.ndarray
    """bool, shape (flops,): whether the flop holds the inverse of its register bit."""
    next_rows: np.ndarray
    """int32, shape (flops,): row of the next state."""
    clocks: np.ndarray
    """int32, shape (flops,): net of the clock."""


@dataclass(frozen=True)
class Lost:
    """Register bits of the design that are no flop of their own in the netlist.

    A replay proves that each flop follows its register bit; these bits it takes on trust.
    """

    merged: dict[Bit, Bit]
    """Those that share a flop, and the bit that it goes by."""
    constant: tuple[Bit, ...]
    """Those found to keep one value."""
    dropped: tuple[Bit, ...]
    """Those that nothing depends on."""


@dataclass(frozen=True)
class Netlist:
    """A mapped design."""

    top: str
    rtl_hash: str
    """SHA-256 of the Verilog it was mapped from."""
    library: Library
    """Of the cells in use."""
    nets: tuple[str, ...]
    """Names."""
    inputs: tuple[Bit, ...]
    """Bits of input ports: the first nets. The clock is not among them."""
    flops: Flops
    """Their states are the next nets."""
    runs: tuple[Run, ...]
    """How to compute all other rows, in this order."""
    clocks: tuple[int, ...]
    """Of each clock, in the order of the last nets: row that lets pulses through, -1 for always."""
    groups: tuple[Group, ...]
    """All cells, by type."""
    outputs: dict[Bit, int]
    """Net at every bit of the output ports."""
    lost: Lost

    @property
    def data_nets(self) -> int:
        """Number of nets that are no clocks."""
        return len(self.nets) - len(self.clocks)

    @property
    def rows(self) -> int:
        """Number of rows: data nets, and next states that are no nets."""
        last = self.runs[-1] if self.runs else None
        return self.data_nets if last is None else last.first + len(last.arguments)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return sum(len(group.names) for group in self.groups)


@dataclass(frozen=True)
class Activity:
    """What every net did in some cycles."""

    cycles: int
    toggles: np.ndarray
    """int64, shape (nets,): changes between neighbouring cycles; two per pulse of a clock."""
    ones: np.ndarray
    """float64, shape (nets,): cycles at 1; a pulse of a clock is half a cycle."""
