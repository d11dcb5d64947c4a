"""Size and number formats of one tile: processing elements around one activation memory.

A tile runs a network layer by layer. Weights stay in the arrays; activations are unsigned, lie in
one memory, channel by channel within a pixel, pixel by pixel within a line, and are read as *words*
of as many activations as a macro has rows, beginning anywhere.

Symbols, besides those of :mod:`hw_spec.macro`: T macros per processing element (PE), *row block*
the R rows of weights that one macro holds, *column block* the outputs that one macro holds, *chain*
neighbouring PEs whose sums add up, because a layer has more row blocks than a PE has macros,
*copy* one of several sets of PEs that hold the same weights and share the rows of the output.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hw_spec.macro import WIDEST_PSUM, MacroSpec
from hw_spec.port import index_bits, psum_beats, psums_per_beat

BIAS_BITS = 32
"""Width of the signed bias of an output channel, in psum units."""

MULTIPLIER_BITS = 16
"""Width of a multiplier: unsigned in a requantiser, signed in the vector unit."""

SHIFT_BITS = 6
"""Width of the right shift of a requantiser."""

POOL_BITS = 12
"""Width of the number of vectors of a pooling window."""

VECTOR_SUM_BITS = 40
"""Width of the signed sum of a lane of the vector unit."""


class TileTable(BaseModel):
    """What stands in table ``tile`` of a chip description."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    macros_per_pe: Annotated[int, Field(ge=1, le=64)]
    """Macros whose psums one adder tree sums up (T)."""

    pes: Annotated[int, Field(ge=1, le=1024)]
    """Processing elements."""

    activations: Annotated[int, Field(ge=1, le=2**21)]
    """Size of the activation memory, in activations; a multiple of two words."""

    pieces: Annotated[int, Field(ge=1, le=2**14)]
    """Pieces the piece memory holds."""

    program_words: Annotated[int, Field(ge=1, le=2**14)]
    """Words of the program memory."""

    scales: Annotated[int, Field(ge=1, le=2**11)]
    """Words of multipliers and biases the vector unit holds."""

    marks: Annotated[int, Field(ge=1, le=2**10)] = 64
    """Entries of the log of event counters."""


@dataclass(frozen=True, kw_only=True)
class TileSpec:
    """One tile: its macro and the numbers of its table.

    Raises
    ------
    ValueError
        If the macro does not suit a tile.
    """

    macro: MacroSpec
    """Macro of all arrays; it takes all rows of a vector in one beat."""

    table: TileTable

    def __post_init__(self) -> None:
        rows = self.macro.rows
        if rows & (rows - 1):
            raise ValueError(f"rows of a macro in a tile must be a power of two, not {rows}")
        if self.macro.beat_rows != rows:
            raise ValueError(
                f"beat_rows of a macro in a tile must be rows = {rows}, not {self.macro.beat_rows}"
            )
        if self.macro.outputs > rows:
            raise ValueError(
                f"outputs of a macro in a tile must not exceed its rows = {rows}, "
                f"not {self.macro.outputs}"
            )
        if self.table.activations % (2 * rows):
            raise ValueError(
                f"tile.activations must be a multiple of {2 * rows}, two words, "
                f"not {self.table.activations}"
            )
        if self.scaled_bits > WIDEST_PSUM:
            raise ValueError(
                f"scaled sums must fit in {WIDEST_PSUM} bits, but psums of {self.macro.psum_bits} "
                f"bits in {self.table.pes} PEs need {self.scaled_bits}"
            )

    # Words

    @property
    def word(self) -> int:
        """Activations of a word: the rows of a macro."""
        return self.macro.rows

    @property
    def word_bits(self) -> int:
        """Bits of a word."""
        return self.word * self.macro.input_bits

    @property
    def half_words(self) -> int:
        """Words in each half of the activation memory: the even ones, and the odd ones."""
        return self.table.activations // (2 * self.word)

    @property
    def address_bits(self) -> int:
        """Width of the address of an activation."""
        return index_bits(self.table.activations)

    # Sums

    @property
    def tree_levels(self) -> int:
        """Levels of the adder tree of a PE, a cycle each."""
        return (self.table.macros_per_pe - 1).bit_length()

    @property
    def sum_bits(self) -> int:
        """Width of the signed sum of a chain: no chain has more macros than the tile."""
        macros = self.table.macros_per_pe * self.table.pes
        return self.macro.psum_bits + (macros - 1).bit_length()

    @property
    def biased_bits(self) -> int:
        """Width of a sum with its bias."""
        return max(self.sum_bits, BIAS_BITS) + 1

    @property
    def scaled_bits(self) -> int:
        """Width of a biased sum times its multiplier."""
        return self.biased_bits + MULTIPLIER_BITS

    @property
    def sums_per_beat(self) -> int:
        """Sums a PE gives per cycle."""
        return psums_per_beat(self.macro)

    @property
    def beats(self) -> int:
        """Beats of the sums of one vector."""
        return psum_beats(self.macro)

    @property
    def block(self) -> int:
        """Outputs of a column block, that is, activations a PE writes at once."""
        return self.macro.outputs
