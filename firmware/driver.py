"""What a host writes to a tile and reads from it, as lists of accesses.

Whatever reaches the tile, a simulated port or a bus, carries the accesses out in their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import index
from typing import SupportsIndex

from hw_spec.check import integer
from hw_spec.host import (
    BLOCK_BITS,
    COPY_BITS,
    DATA_BITS,
    LAYER_BITS,
    PeWord,
    Region,
    pe_index_bits,
)
from hw_spec.program import PIECE_HOST_WORDS, Piece
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS, TileSpec

_MASK = 2**DATA_BITS - 1


@dataclass(frozen=True, slots=True)
class Access:
    """One access of the host."""

    region: Region
    index: int
    data: int | None = None
    """What is written, 0 to 2**32 - 1; None reads."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Multiplier and bias of an output of a PE, or of a lane of the vector unit."""

    multiplier: SupportsIndex
    """Unsigned 16 bits in a PE, signed 16 bits in the vector unit."""

    bias: SupportsIndex
    """Signed 32 bits."""


@dataclass(frozen=True, kw_only=True)
class PeConfiguration:
    """What one PE does; see :class:`hw_spec.host.PeWord`."""

    layer: int
    copy: int
    first_block: int
    macros: int
    chained: bool
    """Adds the sums of the PE before it."""
    ends: bool
    """Is the end of its chain."""
    scales: Sequence[Scale] = ()
    """Of its first outputs."""


def load_accesses(
    tile: TileSpec,
    *,
    program: Sequence[int],
    pieces: Sequence[Piece],
    pes: Mapping[int, PeConfiguration],
    scales: Sequence[Sequence[Scale]] = (),
) -> list[Access]:
    """Return the writes that prepare a tile for a network. PEs that are not named take no part.

    Parameters
    ----------
    tile : TileSpec
        Tile, at rest.
    program : sequence of int
        Words of the program.
    pieces : sequence of Piece
        The piece memory, from its beginning.
    pes : mapping from int to PeConfiguration
        PEs by number.
    scales : sequence of sequences of Scale
        Words of scales of the vector unit, each with the scales of its first lanes.

    Raises
    ------
    ValueError
        If something does not fit. One line: what, rule, value.
    """
    table = tile.table
    integer("Number of program words", len(program), 1, table.program_words)
    integer("Number of pieces", len(pieces), 0, table.pieces)
    integer("Number of words of scales", len(scales), 0, table.scales)
    for number in pes:
        integer("Number of a PE", number, 0, table.pes - 1)

    accesses = []
    for number, word in enumerate(program):
        data = _number(f"Program word {number}", word, 0, _MASK)
        accesses.append(Access(Region.PROGRAM, number, data))
    for number, piece in enumerate(pieces):
        bits = piece.encode()
        for part in range(PIECE_HOST_WORDS):
            data = bits >> DATA_BITS * part & _MASK
            accesses.append(Access(Region.PIECES, 4 * number + part, data))
    for number in range(table.pes):
        first = number << pe_index_bits(tile)
        for place, data in _pe_words(tile, number, pes.get(number)):
            accesses.append(Access(Region.PES, first + place, data))
    for number, lanes in enumerate(scales):
        name = f"word {number} of scales"
        integer(f"Number of lanes of {name}", len(lanes), 0, tile.word)
        first = 2 * number * tile.word
        for place, data in _scale_words(name, "lane", lanes, signed=True):
            accesses.append(Access(Region.SCALES, first + place, data))
    return accesses


def _pe_words(
    tile: TileSpec, number: int, configuration: PeConfiguration | None
) -> list[tuple[int, int]]:
    """Return index and value of the words of a PE."""
    if configuration is None:
        return [(PeWord.MACROS, 0)]
    name = f"PE {number}"
    integer(f"Number of scales of {name}", len(configuration.scales), 0, tile.block)
    words = [
        (PeWord.LAYER, "Layer", configuration.layer, 0, 2**LAYER_BITS - 1),
        (PeWord.COPY, "Copy", configuration.copy, 0, 2**COPY_BITS - 1),
        (PeWord.FIRST_BLOCK, "First block", configuration.first_block, 0, 2**BLOCK_BITS - 1),
        (PeWord.MACROS, "Macros", configuration.macros, 1, tile.table.macros_per_pe),
        (PeWord.CHAINED, "Chain", configuration.chained | configuration.ends << 1, 0, 3),
    ]
    return [
        *((place, _number(f"{what} of {name}", *rest)) for place, what, *rest in words),
        *(
            (PeWord.SCALES + place, data)
            for place, data in _scale_words(name, "output", configuration.scales, signed=False)
        ),
    ]


def _scale_words(
    owner: str, part: str, scales: Sequence[Scale], *, signed: bool
) -> list[tuple[int, int]]:
    """Return index and value of the words of some scales."""
    low, high = -(2 ** (MULTIPLIER_BITS - 1)), 2 ** (MULTIPLIER_BITS - 1) - 1
    if not signed:
        low, high = 0, 2**MULTIPLIER_BITS - 1
    highest = 2 ** (BIAS_BITS - 1) - 1
    words = []
    for n, scale in enumerate(scales):
        place = f"of {part} {n} of {owner}"
        words.append((2 * n, _number(f"Multiplier {place}", scale.multiplier, low, high)))
        words.append((2 * n + 1, _number(f"Bias {place}", scale.bias, -highest - 1, highest)))
    return words


def input_accesses(
    tile: TileSpec, address: int, activations: Sequence[SupportsIndex]
) -> list[Access]:
    """Return the writes that put ``activations`` into the memory from ``address`` on."""
    _check_range(tile, address, len(activations))
    top = 2**tile.macro.input_bits - 1
    return [
        Access(Region.ACTIVATIONS, address + n, _number(f"Activation {n}", value, 0, top))
        for n, value in enumerate(activations)
    ]


def output_accesses(tile: TileSpec, address: int, count: int) -> list[Access]:
    """Return the reads of ``count`` activations from ``address`` on. Each answer is one."""
    _check_range(tile, address, count)
    return [Access(Region.ACTIVATIONS, address + n) for n in range(count)]


def _check_range(tile: TileSpec, address: int, count: int) -> None:
    """Check that activations lie in the memory."""
    integer("Address of activations", address, 0, tile.table.activations)
    if address + count > tile.table.activations:
        raise ValueError(
            f"Activations must end before address {tile.table.activations}, not {address + count}"
        )


def _number(name: str, value: SupportsIndex, low: int, high: int) -> int:
    """Return a number as the 32 bits of an access, after a check."""
    return integer(name, index(value), low, high) & _MASK
