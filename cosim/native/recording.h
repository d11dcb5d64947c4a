// Records every bit of all registers and input ports, cycle by cycle, as words of 64 cycles, and
// hands them on a block at a time.

#pragma once

#include "design.h"
#include ROOT_H

#include <cstdint>
#include <cstring>
#include <memory>

// All registers and input ports side by side, each at a whole number of bytes.
struct alignas(64) Recorded {
#define MEMBER(name) decltype(ROOT::name) name;
    REGISTERS(MEMBER)
    INPUTS(MEMBER)
#undef MEMBER
};

constexpr int BLOCK_WORDS = 8;

// Takes a block: bits[i][k] holds bit i of Recorded in 64 cycles from the k-th 64 on, the first one
// lowest. Cycles behind `cycles` hold the last one still; only the last block of a window has any.
using Sink = void (*)(void* context, const uint64_t (*bits)[BLOCK_WORDS], uint64_t cycles,
                      uint64_t first_cycle);

class Recorder {
  public:
    Recorder(Sink sink, void* context) : sink{sink}, context{context} {}

    // Takes registers and inputs of a cycle, settled; cycles follow each other until `close`.
    void take(const ROOT& root, uint64_t cycle) {
        if (cycles == 0) first_cycle = cycle;
        Recorded& row = reinterpret_cast<Recorded&>(rows[cycles % 64]);
#define GATHER(name) row.name = root.name;
        REGISTERS(GATHER)
        INPUTS(GATHER)
#undef GATHER
        cycles++;
        if (cycles % 64 == 0) transpose(cycles / 64 - 1);
        if (cycles == 64 * BLOCK_WORDS) pass_on();
    }

    // Hands on what is left of a window.
    void close() {
        if (cycles == 0) return;
        const uint64_t last = (cycles - 1) % 64;
        for (uint64_t n = last + 1; n < 64; n++) std::memcpy(rows[n], rows[last], sizeof *rows);
        transpose((cycles - 1) / 64);
        for (uint64_t k = (cycles - 1) / 64 + 1; k < BLOCK_WORDS; k++)
            for (auto& words : bits) words[k] = -(words[k - 1] >> 63);
        pass_on();
    }

  private:
    // As many bits as a vector unit may have; narrower ones take several steps.
    typedef uint64_t Lane __attribute__((vector_size(64), may_alias));
    static constexpr std::size_t LANES = sizeof(Recorded) / sizeof(Lane);

    Sink sink;
    void* context;
    uint64_t cycles = 0, first_cycle = 0;
    Lane rows[64][LANES] = {};
    uint64_t bits[LANES * 512][BLOCK_WORDS];

    void pass_on() {
        sink(context, bits, cycles, first_cycle);
        cycles = 0;
    }

    // Turns 64 rows of bits into one word for each bit: eight squares of 64 x 64 at a time, each
    // by swapping ever smaller squares beside its diagonal (Warren, Hacker's Delight, 7-3).
    void transpose(uint64_t word) {
        for (std::size_t n = 0; n < LANES; n++) {
            Lane square[64];
            for (int i = 0; i < 64; i++) square[i] = rows[i][n];
            uint64_t mask = 0xffffffff;
            for (int size = 32; size; size >>= 1, mask ^= mask << size)
                for (int i = 0; i < 64; i = (i + size + 1) & ~size) {
                    const Lane swapped = (square[i] >> size ^ square[i + size]) & mask;
                    square[i] ^= swapped << size;
                    square[i + size] ^= swapped;
                }
            for (int i = 0; i < 64; i++)
                for (int lane = 0; lane < 8; lane++)
                    bits[n * 512 + lane * 64 + i][word] = square[i][lane];
        }
    }
};
