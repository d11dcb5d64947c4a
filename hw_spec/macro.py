"""Size, number formats and weight encoding of one macro.

Symbols used throughout the project: R rows, C columns, P rows read in parallel, A = ceil(R / P) row
groups, M columns per ADC, L = C / M lanes, c bits per cell, N = ceil(weight bits / c) slices per
weight, B input bits, K clock cycles per conversion.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

WIDEST_PSUM = 63
"""Bits of the widest psum, so that 64-bit arithmetic holds it everywhere."""


def _count(high: int) -> object:
    return Field(ge=1, le=high)


class AdcSpec(BaseModel):
    """Converter of one lane: an unsigned code, linear in the column current.

    A code means ``step * (code - zero_code)`` conductance steps. References are a property of the
    chip: they are calibrated offline and never taken from the data that is being measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["flash", "sar"] = "flash"
    """``flash``: the analog side gives whole codes. ``sar``: it gives one comparator decision per
    cycle, and successive approximation in RTL finds the code."""

    bits: Annotated[int, _count(16)]
    """Width of one code. Codes are unsigned."""

    step: Annotated[int, _count(4096)]
    """Conductance steps per code, that is, the weight of the least significant bit."""

    zero_code: Annotated[int, Field(ge=0)]
    """Code given when column and reference column carry the same current."""

    conversion_cycles: Annotated[int, _count(64)] = 1
    """Clock cycles of one conversion (K); of a ``sar``, one to sample and one per bit."""

    @model_validator(mode="after")
    def _members_fit_together(self) -> Self:
        if self.kind == "sar" and self.conversion_cycles != self.bits + 1:
            raise ValueError(
                f"conversion_cycles of a sar must be bits + 1 = {self.bits + 1}, "
                f"not {self.conversion_cycles}"
            )
        if self.zero_code >= 2**self.bits:
            raise ValueError(
                f"zero_code must be below 2**bits = {2**self.bits}, not {self.zero_code}"
            )
        return self


class MacroSpec(BaseModel):
    """Everything the digital and the analog side of one macro must agree on.

    Inputs are unsigned, weights W signed. A weight is stored in ``slices`` digits to the base
    2**cell_bits, least significant first: digit k of output w lies in column w * slices + k. Column
    j belongs to lane j // columns_per_adc.

    Encoding ``offset``: the digits are those of U = W + 2**(weight_bits - 1). Every column is
    measured against one reference column, whose cells all hold ``reference_level``.

    Encoding ``differential``: the digits are those of the magnitude of W. A column is a pair of bit
    lines, j and ``columns`` + j, whose difference is measured; positive weights lie in the first,
    negative ones in the second, and the other cell of the pair holds level 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rows: Annotated[int, _count(1024)]
    """Word lines, that is, inputs of one matrix-vector product (R)."""

    columns: Annotated[int, _count(1024)]
    """Columns the converters see (C); the reference column is not counted."""

    parallel_rows: Annotated[int, _count(1024)]
    """Rows read in parallel (P)."""

    columns_per_adc: Annotated[int, _count(1024)]
    """Columns multiplexed onto one ADC (M)."""

    cell_bits: Annotated[int, _count(8)]
    """Bits per cell (c)."""

    input_bits: Annotated[int, _count(16)]
    """Width of one unsigned input, that is, bit planes of a vector (B)."""

    weight_bits: Annotated[int, Field(ge=2, le=16)]
    """Width of one signed weight."""

    encoding: Literal["offset", "differential"] = "offset"
    """How a signed weight becomes levels of cells."""

    reference_level: Annotated[int, Field(ge=0)]
    """Level, in conductance steps, of every cell of the reference column; 0 without one."""

    adc: AdcSpec
    """Converter of each lane."""

    beat_rows: Annotated[int, _count(1024)] | None = None
    """Rows loaded per cycle; if None, the fewest that keep up with the conversions."""

    @model_validator(mode="after")
    def _sizes_fit_together(self) -> Self:
        if self.parallel_rows > self.rows:
            raise ValueError(
                f"parallel_rows must not exceed rows = {self.rows}, not {self.parallel_rows}"
            )
        if self.cell_bits > self.digit_bits:
            raise ValueError(
                f"cell_bits must not exceed {self._digits} = {self.digit_bits}, "
                f"not {self.cell_bits}"
            )
        if self.encoding == "differential" and self.reference_level:
            raise ValueError(
                f"reference_level must be 0 with differential encoding, which has no reference "
                f"column, not {self.reference_level}"
            )
        if self.columns % self.columns_per_adc:
            raise ValueError(
                f"columns must be a multiple of columns_per_adc = {self.columns_per_adc}, "
                f"not {self.columns}"
            )
        if self.columns % self.slices:
            raise ValueError(
                f"columns must be a multiple of the {self.slices} cells of a weight "
                f"({self._digits} / cell_bits, rounded up), not {self.columns}"
            )
        if self.reference_level > self.top_level:
            raise ValueError(
                f"reference_level must be between 0 and {self.top_level} for a cell of "
                f"{self.cell_bits} bits, not {self.reference_level}"
            )
        slowest = self.fewest_beat_rows
        if self.beat_rows is not None and not slowest <= self.beat_rows <= self.rows:
            raise ValueError(
                f"beat_rows must be between {slowest}, which keeps up with the conversions, and "
                f"rows = {self.rows}, not {self.beat_rows}"
            )
        if self.psum_bits > WIDEST_PSUM:
            raise ValueError(
                f"psums must fit in {WIDEST_PSUM} bits, but input_bits, weight_bits, adc.bits and "
                f"adc.step together need {self.psum_bits}"
            )
        return self

    # Counts

    @property
    def row_groups(self) -> int:
        """Reads that cover all rows (A). The last group may be smaller than ``parallel_rows``."""
        return -(-self.rows // self.parallel_rows)

    @property
    def lanes(self) -> int:
        """ADCs of the macro (L)."""
        return self.columns // self.columns_per_adc

    @property
    def digit_bits(self) -> int:
        """Bits of a weight that its digits hold: a pair needs none for the sign."""
        return self.weight_bits - (self.encoding == "differential")

    @property
    def _digits(self) -> str:
        """Return how a user would compute ``digit_bits``."""
        return "weight_bits - 1" if self.encoding == "differential" else "weight_bits"

    @property
    def slices(self) -> int:
        """Digits, and so columns, per weight (N)."""
        return -(-self.digit_bits // self.cell_bits)

    @property
    def bit_lines(self) -> int:
        """Bit lines with data cells; the reference column is not counted."""
        return self.columns * (2 if self.encoding == "differential" else 1)

    @property
    def outputs(self) -> int:
        """Weights per row, that is, psums per vector."""
        return self.columns // self.slices

    @property
    def top_level(self) -> int:
        """Highest level of a cell; the lowest is 0."""
        return 2**self.cell_bits - 1

    @property
    def cycles_per_vector(self) -> int:
        """Cycles between vectors sent back to back: ``B * A * M * K``."""
        conversions = self.input_bits * self.row_groups * self.columns_per_adc
        return conversions * self.adc.conversion_cycles

    @property
    def fewest_beat_rows(self) -> int:
        """Fewest rows loaded per cycle with which loading keeps up with the conversions."""
        return -(-self.rows // self.cycles_per_vector)

    # Encoding

    @property
    def slice_weights(self) -> tuple[int, ...]:
        """Weight of each slice, least significant first."""
        return tuple(2 ** (self.cell_bits * k) for k in range(self.slices))

    @property
    def input_correction(self) -> int:
        """What each unit of input adds to a sliced sum without belonging to the product.

        The offset of the stored weight less the level of the reference column in every slice.
        Negative if the reference column removes more than the offset; 0 if nothing is left, as
        always with differential encoding. Then the hardware does not sum up the inputs.
        """
        if self.encoding == "differential":
            return 0
        return 2 ** (self.weight_bits - 1) - self.reference_level * sum(self.slice_weights)

    @property
    def code_correction(self) -> int:
        """What the zero codes of one vector add to a psum, in conductance steps."""
        conversions = self.row_groups * (2**self.input_bits - 1)
        return self.adc.step * self.adc.zero_code * conversions * sum(self.slice_weights)

    # Widths

    @property
    def row_sum_bits(self) -> int:
        """Width of the sum of all inputs of a vector; 0 if no psum needs it."""
        if not self.input_correction:
            return 0
        return (self.rows * (2**self.input_bits - 1)).bit_length()

    @property
    def column_sum_bits(self) -> int:
        """Width of the shift-and-add sum of one column."""
        top_code = 2**self.adc.bits - 1
        return (self.row_groups * (2**self.input_bits - 1) * top_code).bit_length()

    @property
    def psum_bits(self) -> int:
        """Width of a signed psum that holds every result any sequence of codes can give."""
        top_code = 2**self.adc.bits - 1
        top_sum = self.row_groups * (2**self.input_bits - 1) * top_code
        top_correction = self.input_correction * self.rows * (2**self.input_bits - 1)
        low = -self.code_correction - max(top_correction, 0)
        high = self.adc.step * top_sum * sum(self.slice_weights) - self.code_correction
        high -= min(top_correction, 0)
        return 1 + max(high.bit_length(), (-low - 1).bit_length() if low < 0 else 0)

    def lossless(self) -> Self:
        """Return the same macro with an ADC that resolves every conductance step.

        The code equals the column value above its lowest, which is ``-parallel_rows`` times the
        reference level, or times the top level for pairs. So it needs
        ``ceil(log2(1 + P * (2**c - 1)))`` bits, 8 for 128 rows of 1-bit cells, and one more for
        pairs.

        Raises
        ------
        ValueError
            If such a code would be wider than 16 bits.
        """
        pairs = self.encoding == "differential"
        highest = self.parallel_rows * self.top_level
        zero = highest if pairs else self.parallel_rows * self.reference_level
        bits = (highest + zero if pairs else highest).bit_length()
        if bits > 16:
            raise ValueError(
                f"A lossless code of {self.parallel_rows} rows of {self.cell_bits}-bit cells must "
                f"have at most 16 bits, not {bits}"
            )
        converter = {"bits": bits, "step": 1, "zero_code": zero}
        if self.adc.kind == "sar":
            converter["conversion_cycles"] = bits + 1
        return self.model_copy(update={"adc": self.adc.model_copy(update=converter)})
