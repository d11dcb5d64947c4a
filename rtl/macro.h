/* Macro of chip rram_taox_32nm: sizes and layouts of its two streams and of its status word.
 * A status field is (status >> SHIFT) & MASK. Generated together with the Verilog; do not edit. */
#ifndef OHMLOOP_MACRO_H
#define OHMLOOP_MACRO_H

#include <stdint.h>

#define MACRO_ROWS 128
#define MACRO_OUTPUTS 64
#define MACRO_INPUT_BITS 8
#define MACRO_ROWS_PER_BEAT 2
#define MACRO_ROW_BEATS 64
#define MACRO_ROW_BEAT_WORDS 1
#define MACRO_PSUM_BITS 20
#define MACRO_PSUMS_PER_BEAT 1
#define MACRO_PSUM_BEATS 64
#define MACRO_PSUM_BEAT_WORDS 1
#define MACRO_CYCLES_PER_VECTOR 64
#define MACRO_STATUS_LOADED_SHIFT 0
#define MACRO_STATUS_LOADED_MASK 1
#define MACRO_STATUS_CONVERTING_SHIFT 1
#define MACRO_STATUS_CONVERTING_MASK 1
#define MACRO_STATUS_FINISHED_SHIFT 2
#define MACRO_STATUS_FINISHED_MASK 1
#define MACRO_STATUS_DRAINING_SHIFT 3
#define MACRO_STATUS_DRAINING_MASK 1
#define MACRO_STATUS_PLANE_SHIFT 4
#define MACRO_STATUS_PLANE_MASK 7
#define MACRO_STATUS_GROUP_SHIFT 7
#define MACRO_STATUS_GROUP_MASK 1
#define MACRO_STATUS_COLUMN_SHIFT 8
#define MACRO_STATUS_COLUMN_MASK 7

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
