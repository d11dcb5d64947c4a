"""Layouts of everything that crosses the border of a macro.

Three bundles: the two streams (row beats in, psum beats out), the analog port, and the status word.
A field at a lower position of a layout lies in less significant bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hw_spec.macro import MacroSpec

# Streams


def rows_per_beat(spec: MacroSpec) -> int:
    """Return the rows loaded per cycle."""
    return spec.beat_rows or spec.fewest_beat_rows


def row_beats(spec: MacroSpec) -> int:
    """Return the beats of one vector; the last is filled up with zeros."""
    return -(-spec.rows // rows_per_beat(spec))


def psums_per_beat(spec: MacroSpec) -> int:
    """Return the psums offered per cycle: the fewest that keep up with the conversions."""
    return -(-spec.outputs // spec.cycles_per_vector)


def psum_beats(spec: MacroSpec) -> int:
    """Return the psum beats of one vector; the last may carry psums of no output."""
    return -(-spec.outputs // psums_per_beat(spec))


def pack(values: Sequence[int], bits: int) -> int:
    """Return one word that holds ``values`` in fields of ``bits``, the first in the lowest bits.

    Negative values are stored in two's complement.

    Raises
    ------
    ValueError
        If a value does not fit its field.
    """
    word = 0
    for position, value in enumerate(map(int, values)):  # a numpy integer would overflow
        if not -(2 ** (bits - 1)) <= value < 2**bits:
            raise ValueError(f"A field of {bits} bits must hold its value, not {value!r}")
        word |= (value & (2**bits - 1)) << (position * bits)
    return word


def unpack(word: int, bits: int, count: int, *, signed: bool = False) -> list[int]:
    """Return the ``count`` fields of ``bits`` that ``word`` holds, lowest bits first."""
    fields = [word >> (position * bits) & (2**bits - 1) for position in range(count)]
    if signed:
        fields = [field - (field >> (bits - 1) << bits) for field in fields]
    return fields


# Analog port


@dataclass(frozen=True, kw_only=True)
class AnalogPort:
    """The one border between the digital periphery and whatever stands for the array.

    ``sample`` is high for one cycle per conversion; in that cycle ``row_drive``, ``word_lines`` and
    ``column_select`` are those of the conversion.

    Flash: the codes of all lanes are valid from ``conversion_cycles`` cycles later until
    ``conversion_cycles`` cycles after the next sample.

    SAR: ``compare`` is high in each of the ``adc.bits`` cycles after a sample, and ``trials`` holds
    the code each lane's sample is compared with. Whether the sample reaches it, ``decisions`` tells
    from one cycle later until one cycle after the next ``compare``. ``trials`` depends on
    ``decisions`` combinationally.
    """

    row_drive: int
    """Width of the row drive: bit r connects input row r to the read voltage, else to ground."""

    word_lines: int
    """Width of the word lines: bit r opens the access transistors of row r."""

    column_select: int
    """Width of the one-hot column select, shared by all lanes."""

    codes: int
    """Width of all lanes' codes together, lane 0 in the lowest bits; 0 with SAR."""

    trials: int
    """Width of all lanes' trials together, lane 0 in the lowest bits; 0 without SAR."""

    decisions: int
    """Width of the comparator decisions, bit l of lane l; 0 without SAR."""


def analog_port(spec: MacroSpec) -> AnalogPort:
    """Return the widths of the analog port of a macro."""
    sar = spec.adc.kind == "sar"
    return AnalogPort(
        row_drive=spec.rows,
        word_lines=spec.rows,
        column_select=spec.columns_per_adc,
        codes=0 if sar else spec.lanes * spec.adc.bits,
        trials=spec.lanes * spec.adc.bits if sar else 0,
        decisions=spec.lanes if sar else 0,
    )


# Status


def index_bits(count: int) -> int:
    """Return the width of an index below ``count``, at least 1."""
    return max(1, (count - 1).bit_length())


def status_fields(spec: MacroSpec) -> dict[str, int]:
    """Return name and width of each field of the status word, lowest bits first.

    ``loaded``: a whole vector waits in the row registers. ``converting``: a vector is being
    converted, at ``plane``, ``group`` and ``column``. ``finished``: column sums wait for the
    result registers. ``draining``: result registers still hold psums.
    """
    return {
        "loaded": 1,
        "converting": 1,
        "finished": 1,
        "draining": 1,
        "plane": index_bits(spec.input_bits),
        "group": index_bits(spec.row_groups),
        "column": index_bits(spec.columns_per_adc),
    }


def unpack_status(spec: MacroSpec, word: int) -> dict[str, int]:
    """Return the fields of a status word by name."""
    fields = {}
    for name, bits in status_fields(spec).items():
        fields[name] = word & (2**bits - 1)
        word >>= bits
    return fields
