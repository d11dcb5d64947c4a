"""C header of a tile, for the processor that is its host."""

from enum import IntEnum

from hw_spec import host, program
from hw_spec.chip import ChipSpec

_HEAD = """\
/* Tile of chip {name}: register map, program words, sizes. Every function is pure: what it returns
 * is what the host writes, or where. Generated together with the Verilog; do not edit. */
#ifndef OHMLOOP_TILE_H
#define OHMLOOP_TILE_H

#include <stdint.h>

"""

_INDICES = """
/* Index in TILE_REGION_PIECES of a part (0 to TILE_PIECE_HOST_WORDS - 1) of a piece. The parts are
 * written in their order. */
static inline uint32_t tile_piece_index(uint32_t piece, uint32_t part)
{
    return 4 * piece + part;
}

/* Index in TILE_REGION_PES of a word, TILE_PE_..., of a PE. */
static inline uint32_t tile_pe_index(uint32_t pe, uint32_t word)
{
    return pe << TILE_PE_INDEX_BITS | word;
}

/* Index in TILE_REGION_SCALES of the multiplier of a lane; its bias is written next, to the index
 * after. */
static inline uint32_t tile_scale_index(uint32_t word, uint32_t lane)
{
    return 2 * (word * TILE_WORD + lane);
}

/* Index in TILE_REGION_LOG of the count of an event, TILE_EVENT_..., at a mark. */
static inline uint32_t tile_log_index(uint32_t mark, uint32_t event)
{
    return TILE_LOG_WORDS * mark + event;
}

/* Program word. The setting is 0 but with TILE_OPCODE_SET and TILE_OPCODE_ADD. */
static inline uint32_t tile_instruction(uint32_t opcode, uint32_t setting, int32_t immediate)
{
    return opcode << 28 | setting << TILE_IMMEDIATE_BITS
           | ((uint32_t)immediate & ((UINT32_C(1) << TILE_IMMEDIATE_BITS) - 1));
}

/* Put the lowest `bits` of a value into words that are zero there. */
static inline void tile_put(uint32_t *words, unsigned shift, unsigned bits, uint32_t value)
{
    uint64_t wide = (uint64_t)(value & ((UINT64_C(1) << bits) - 1)) << (shift % 32);
    words[shift / 32] |= (uint32_t)wide;
    if (wide >> 32)
        words[shift / 32 + 1] |= (uint32_t)(wide >> 32);
}
"""

_PIECE = """
/* A piece: activations that lie side by side and go to adjoining rows of one word. */
struct tile_piece {{
{members}}};

/* Make a piece into the words that are written. */
static inline void tile_piece_words(const struct tile_piece *piece,
                                    uint32_t words[TILE_PIECE_HOST_WORDS])
{{
    for (unsigned n = 0; n < TILE_PIECE_HOST_WORDS; n++)
        words[n] = 0;
{puts}}}

#endif
"""

_NAMES: dict[str, type[IntEnum]] = {
    "REGION": host.Region,
    "CONTROL": host.Control,
    "STATUS": host.Status,
    "EVENT": host.Event,
    "PE": host.PeWord,
    "OPCODE": program.Opcode,
    "KIND": program.Kind,
    "SETTING": program.Setting,
}


def tile_header(chip: ChipSpec) -> str:
    """Return a C99 header with the register map of a chip's tile and functions that pack its words.

    Raises
    ------
    ValueError
        If the chip has no tile.
    """
    tile = chip.tile_spec()
    values = {
        "WORD": tile.word,
        "BLOCK": tile.block,
        "INPUT_BITS": tile.macro.input_bits,
        "PE_INDEX_BITS": host.pe_index_bits(tile),
        "LOG_WORDS": host.LOG_WORDS,
        "ANSWER_CYCLES": host.ANSWER_CYCLES,
        "IMMEDIATE_BITS": program.IMMEDIATE_BITS,
        "LOOP_DEPTH": program.LOOP_DEPTH,
        "PIECE_HOST_WORDS": program.PIECE_HOST_WORDS,
    }
    values |= {name.upper(): value for name, value in tile.table.model_dump().items()}
    for group, names in _NAMES.items():
        values |= {f"{group}_{one.name}": int(one) for one in names}
    defines = "".join(f"#define TILE_{name} {value}\n" for name, value in values.items())

    members, puts, shift = "", "", 0
    for name, bits in program.PIECE_FIELDS.items():
        kind = "int32_t" if name in ("offset", "x") else "uint32_t"
        members += f"    {kind} {name};\n"
        puts += f"    tile_put(words, {shift}, {bits}, (uint32_t)piece->{name});\n"
        shift += bits
    return (
        _HEAD.format(name=chip.name)
        + defines
        + _INDICES
        + _PIECE.format(members=members, puts=puts)
    )
