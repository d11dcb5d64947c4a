"""Registers of a layer by what they do, and how many of their bits take a value."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cosim.tile.toggles.paths import tree_levels
from hw_spec.tile import MULTIPLIER_BITS, TileSpec

INPUT_BUS, INPUTS, ROW_DRIVE = "input bus", "input registers", "row drive"
SHIFT_ADD, COMBINE, TREES = "shift-add", "slice combination", "adder trees"
REQUANTISER, POOLING, OUTPUT_BUS = "requantiser", "pooling", "output bus"
CONTROL = "control"

FIXED = {
    INPUT_BUS: "bus input",
    INPUTS: None,
    ROW_DRIVE: None,
    SHIFT_ADD: "register",
    COMBINE: "register",
    TREES: "register",
    REQUANTISER: None,
    POOLING: None,
    OUTPUT_BUS: "bus output",
    CONTROL: "control",
}
"""Blocks of a layer, in the order of the data; with each the activity that NeuroSim fixes, by its
name in :data:`energy.neurosim.ACTIVITIES`, or None where it fixes none."""

_DATA = (
    # What arrives at a macro waits here, so it switches as the wires that brought it.
    (r"macro_\d+\.row_registers\.waiting", INPUT_BUS),
    (r"macro_\d+\.row_registers\.(vector|row_sum|waiting_sum)", INPUTS),
    (r"macro_\d+\.switch_matrix\.row_drive", ROW_DRIVE),
    (r"macro_\d+\.lane_\d+\.sums", SHIFT_ADD),
    (r"macro_\d+\.slice_combine\.(results|psums__payload|\w+_row_sum)", COMBINE),
    (r"logic\.(tree\.level_\w+|chain_sums)", TREES),
    (r"logic\.requantiser\.(multipliers|biased|scaled|activations)", REQUANTISER),
    (r"logic\.output_buffer\.stored", POOLING),
    # The core reads a finished result from here.
    (r"logic\.output_buffer\.held", OUTPUT_BUS),
)
"""Registers with data, by their paths below a PE. All others are control."""

WORDS, VECTOR_UNIT = "words", "vector unit"

CORE_BLOCKS = (WORDS, VECTOR_UNIT, CONTROL)
"""Blocks of the core. Its sequencer, counters, loops and addresses are control."""

_CORE_DATA = (
    (r"fetcher\.word_merge\.word|writer\.memory__data", WORDS),
    (r"vector_unit\.(word|products|sums|result)", VECTOR_UNIT),
)


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a layer has its PEs do for one image."""

    macros: int
    pes: int

    chains: int
    """PEs at the end of a chain, which have a result."""

    vectors: int
    """Vectors that each macro converts."""

    window: int
    """Vectors of a pooling window; 1 without pooling."""

    cycles: int
    """Clock cycles of the layer."""


def block_of(path: str) -> str:
    """Return the block of a register, by its path below a PE, such as ``macro_0.lane_3.sums``."""
    return _found(path, _DATA)


def _found(path: str, data: tuple[tuple[str, str], ...]) -> str:
    return next((block for pattern, block in data if re.fullmatch(pattern, path)), CONTROL)


def by_block(counts: Mapping[str, int]) -> dict[str, int]:
    """Add up toggles or bits of registers of a PE, given by their paths below it, by blocks."""
    found: Counter[str] = Counter()
    for path, count in counts.items():
        found[block_of(path)] += count
    return {block: found[block] for block in FIXED}


def core_by_block(counts: Mapping[str, int]) -> dict[str, int]:
    """Add up toggles or bits of registers of the core, given by their paths below it, by blocks."""
    found: Counter[str] = Counter()
    for path, count in counts.items():
        found[_found(path, _CORE_DATA)] += count
    return {block: found[block] for block in CORE_BLOCKS}


def bits_of(
    macro: Mapping[str, int], logic: Mapping[str, int], *, macros: int, pes: int
) -> dict[str, int]:
    """Return the bits of all registers of some macros and PEs, by block.

    Parameters
    ----------
    macro, logic : mapping of str to int
        Width of every register of a macro, and of what a PE has beside its macros, by the path in
        its own design; see :attr:`cosim.build.Design.registers`.
    macros, pes : int
        How many there are of them.
    """
    of_macro = by_block({f"macro_0.{_below(path)}": bits for path, bits in macro.items()})
    of_logic = by_block({f"logic.{_below(path)}": bits for path, bits in logic.items()})
    return {block: macros * of_macro[block] + pes * of_logic[block] for block in FIXED}


def _below(path: str) -> str:
    return path.partition(".")[2]


def updates(tile: TileSpec, work: Work, bits: Mapping[str, int]) -> dict[str, int]:
    """Return how many bits take a value in an image, by block, whether it is a new one or not.

    A register that is written n times counts n times its width. Control may change in each cycle.

    Parameters
    ----------
    tile : TileSpec
        Tile of the layer.
    work : Work
        What it does.
    bits : mapping of str to int
        Bits of each block, as of :func:`bits_of`.
    """
    spec, table = tile.macro, tile.table
    reads = spec.input_bits * spec.row_groups
    vectors, ended = work.macros * work.vectors, work.chains * work.vectors
    field = tile.sums_per_beat
    tree = sum(
        count * (spec.psum_bits + level)
        for level, count in enumerate(tree_levels(table.macros_per_pe), start=1)
    )
    scaled = MULTIPLIER_BITS + tile.biased_bits + tile.scaled_bits + spec.input_bits
    results = tile.block * spec.input_bits
    psums = tile.beats * field * spec.psum_bits
    return {
        INPUT_BUS: vectors * tile.word_bits,
        INPUTS: vectors * (tile.word_bits + 2 * spec.row_sum_bits),
        ROW_DRIVE: vectors * reads * spec.rows,
        SHIFT_ADD: vectors * reads * spec.columns * spec.column_sum_bits,
        COMBINE: vectors * (spec.columns * spec.column_sum_bits + 2 * spec.row_sum_bits + psums),
        TREES: work.pes * work.vectors * tile.beats * field * (tree + tile.sum_bits),
        REQUANTISER: ended * tile.beats * field * scaled,
        POOLING: ended * results,
        OUTPUT_BUS: ended // work.window * results,
        CONTROL: bits[CONTROL] * work.cycles,
    }
