"""Cycle counts of a macro, and of what feeds it in a tile, in closed form.

Measured counts equal these, tolerance 0.
"""

from hw_spec.macro import MacroSpec
from hw_spec.numbers import Integers
from hw_spec.port import psum_beats, row_beats
from hw_spec.tile import TileSpec

PIPELINE_CYCLES = 5
"""Cycles a vector spends between stages: loaded to first step, step to drive, code to column sum,
column sum to result, result to psum, one each."""

PE_CYCLES = 6
"""Cycles a psum beat spends in a PE besides its adder tree: sum of the chain, bias, scale,
activation, pooling, held results, one each."""


def fill_cycles(spec: MacroSpec) -> int:
    """Return the cycles a layer takes beyond those of its vectors; they do not depend on data."""
    return row_beats(spec) + PIPELINE_CYCLES + psum_beats(spec)


def first_sample_cycle(spec: MacroSpec) -> int:
    """Return the cycle of the first sample strobe, counted from 0 at the first row beat.

    While nothing is held up, one follows every ``conversion_cycles`` cycles.
    """
    return row_beats(spec) + 2


def first_psum_cycle(spec: MacroSpec) -> int:
    """Return the cycle of the first psum beat, counted from 0 at the first row beat.

    While nothing is held up, that of the next vector follows ``cycles_per_vector`` cycles later.
    """
    return row_beats(spec) + spec.cycles_per_vector + PIPELINE_CYCLES


def layer_cycles(spec: MacroSpec, vectors: int) -> int:
    """Return the cycles of a layer whose inputs never run dry and whose psums are never held up.

    Counted from the cycle in which the first row beat is taken to the cycle in which the last psum
    beat is taken, both included.
    """
    return vectors * spec.cycles_per_vector + fill_cycles(spec)


def settled_cycles(spec: MacroSpec) -> int:
    """Return the cycles from the start of a vector until a macro is at rest, if none follows.

    From then on no register changes.
    """
    return spec.cycles_per_vector + PIPELINE_CYCLES + psum_beats(spec) + 1


def finish_cycles(tile: TileSpec, place: int) -> int:
    """Return the cycles from the start of a vector to ``finished`` of the PE at a place of a chain.

    Counted from the cycle in which the first PE of the chain, at place 0, starts the last vector of
    a pooling window, to the one in which the results of the window are new.
    """
    first_sum = place + tile.macro.cycles_per_vector + PIPELINE_CYCLES + tile.tree_levels
    return first_sum + PE_CYCLES + tile.beats - 1


FETCH_CYCLES = 4
"""Cycles from the start of an operation until its first piece is at the word. Others follow, one
per cycle, unless they have to wait for macros."""

VECTOR_UNIT_CYCLES = 4
"""Cycles from the word that ends a result of the vector unit to the result."""

WRITE_CYCLES = 1
"""Cycles from the one in which a block is taken to the one in which it is written."""


def vector_period(cycles_per_vector: int, work: int) -> int:
    """Return the cycles from vector to vector of a MATRIX operation.

    Parameters
    ----------
    cycles_per_vector : int
        Cycles in which a macro converts a vector.
    work : int
        Pieces times copies.
    """
    return max(cycles_per_vector, work)


def begun_cycle(cycles_per_vector: int, work: int, vector: Integers) -> Integers:
    """Return the cycle in which a vector of a MATRIX operation begins in the first PEs.

    Counted from 0 at the start of the operation, before which all macros were at rest; vectors are
    counted from 0, and may be an array of them.
    """
    return FETCH_CYCLES + work + vector * vector_period(cycles_per_vector, work)


def last_write_cycle(finished: int, blocks: int, copies: int) -> int:
    """Return the last cycle of a MATRIX operation: its last block is written.

    Parameters
    ----------
    finished : int
        Cycle in which the PEs finish the last output pixel.
    blocks : int
        Blocks of a pixel.
    copies : int
        Copies, whose pixels finish together.
    """
    return finished + blocks * copies - 1 + WRITE_CYCLES


def vector_operation_cycle(work: int, positions: int) -> int:
    """Return the last cycle of a SUM or MAXIMUM operation: its last block is written.

    Counted from 0 at the start of the operation. The last piece of a list ends a result.
    """
    last_word = FETCH_CYCLES + work * positions - 1
    return last_word + VECTOR_UNIT_CYCLES + WRITE_CYCLES
