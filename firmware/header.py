"""C header of a macro, for the processor that feeds it."""

from hw_spec.chip import ChipSpec
from hw_spec.port import psum_beats, psums_per_beat, row_beats, rows_per_beat, status_fields

_HEAD = """\
/* Macro of chip {name}: sizes and layouts of its two streams and of its status word.
 * A status field is (status >> SHIFT) & MASK. Generated together with the Verilog; do not edit. */
#ifndef OHMLOOP_MACRO_H
#define OHMLOOP_MACRO_H

#include <stdint.h>

"""

_PACK = """
/* Put input `value`, of MACRO_INPUT_BITS at most, into field `field` (0 to ROWS_PER_BEAT - 1) of a
 * row beat of 32-bit words, least significant word first. The words must be zero before the first
 * field is put. */
static inline void macro_put_input(uint32_t *beat, unsigned field, uint32_t value)
{
    unsigned bit = field * MACRO_INPUT_BITS;
    uint64_t wide = (uint64_t)value << (bit % 32);
    beat[bit / 32] |= (uint32_t)wide;
    if (wide >> 32)
        beat[bit / 32 + 1] |= (uint32_t)(wide >> 32);
}

/* Take psum `field` (0 to PSUMS_PER_BEAT - 1) out of a psum beat of 32-bit words. */
static inline int64_t macro_get_psum(const uint32_t *beat, unsigned field)
{
    uint64_t psum = 0;
    for (unsigned n = 0; n < MACRO_PSUM_BITS; n++) {
        unsigned bit = field * MACRO_PSUM_BITS + n;
        psum |= (uint64_t)(beat[bit / 32] >> (bit % 32) & 1u) << n;
    }
    if (psum >> (MACRO_PSUM_BITS - 1))
        psum |= ~UINT64_C(0) << (MACRO_PSUM_BITS - 1);
    return (int64_t)psum;
}

#endif
"""


def macro_header(chip: ChipSpec) -> str:
    """Return a C99 header with the sizes of a chip's macro and functions that pack its streams."""
    spec = chip.macro
    row_bits = rows_per_beat(spec) * spec.input_bits
    psum_bits = psums_per_beat(spec) * spec.psum_bits
    values = {
        "ROWS": spec.rows,
        "OUTPUTS": spec.outputs,
        "INPUT_BITS": spec.input_bits,
        "ROWS_PER_BEAT": rows_per_beat(spec),
        "ROW_BEATS": row_beats(spec),
        "ROW_BEAT_WORDS": -(-row_bits // 32),
        "PSUM_BITS": spec.psum_bits,
        "PSUMS_PER_BEAT": psums_per_beat(spec),
        "PSUM_BEATS": psum_beats(spec),
        "PSUM_BEAT_WORDS": -(-psum_bits // 32),
        "CYCLES_PER_VECTOR": spec.cycles_per_vector,
    }
    position = 0
    for name, bits in status_fields(spec).items():
        values[f"STATUS_{name.upper()}_SHIFT"] = position
        values[f"STATUS_{name.upper()}_MASK"] = 2**bits - 1
        position += bits
    defines = "".join(f"#define MACRO_{name} {value}\n" for name, value in values.items())
    return _HEAD.format(name=chip.name) + defines + _PACK
