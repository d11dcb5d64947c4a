// Records every bit of all registers, input ports and words read of memories, cycle by cycle, as
// words of 64 cycles, and hands them on a block at a time.

#pragma once

#include "design.h"
#include ROOT_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

// All of them side by side, each at a whole number of bytes.
struct alignas(64) Recorded {
#define MEMBER(name) decltype(ROOT::name) name;
    REGISTERS(MEMBER)
    INPUTS(MEMBER)
    READS(MEMBER)
#undef MEMBER
};

constexpr int BLOCK_WORDS = 8;

// Writes which recorded bit is the lowest of each register, then of each input port and each word
// read of a memory; returns the number of recorded bits.
inline uint64_t recorded_places(uint64_t* first) {
#define FIRST(name) *first++ = offsetof(Recorded, name) * 8;
    REGISTERS(FIRST)
    INPUTS(FIRST)
    READS(FIRST)
#undef FIRST
    return sizeof(Recorded) * 8;
}

// Takes a block: bits[i][k] holds bit i of Recorded in 64 cycles from the k-th 64 on, the first one
// lowest. Only the last block of a window has cycles behind `cycles`, which hold the first cycle
// behind the window if that is known, and otherwise the last one still. There may be no cycle before.
using Sink = void (*)(void* context, const uint64_t (*bits)[BLOCK_WORDS], uint64_t cycles,
                      uint64_t first_cycle, int behind);

// What there is behind the cycles of a block.
enum Behind : int {
    NOTHING_BEHIND,
    STATE_BEHIND,   // the next cycle, in which registers are what they became
    CHANGE_BEHIND,  // and whose changes belong to the window
};

class Recorder {
  public:
    Recorder(Sink sink, void* context) : sink{sink}, context{context} {}

    // Takes a cycle, settled; cycles follow each other until `close`.
    void take(const ROOT& root, uint64_t cycle) {
        gather(root);
        open = true;
        if (cycles == 0) first_cycle = cycle;
        cycles++;
        if (cycles % 64 == 0) transpose(cycles / 64 - 1);
        if (cycles == 64 * BLOCK_WORDS) pass_on(NOTHING_BEHIND);
    }

    // Hands on what is left of a window.
    void close() {
        if (cycles) hand_on(cycles, NOTHING_BEHIND);
        open = false;
    }

    // The same, with the cycle behind it, settled.
    void close(const ROOT& next, Behind behind) {
        if (!open) return;
        if (cycles == 0) first_cycle += 64 * BLOCK_WORDS;
        gather(next);
        hand_on(cycles + 1, behind);
        open = false;
    }

  private:
    // As many bits as a vector unit may have; narrower ones take several steps.
    typedef uint64_t Lane __attribute__((vector_size(64), may_alias));
    static constexpr std::size_t LANES = sizeof(Recorded) / sizeof(Lane);

    Sink sink;
    void* context;
    uint64_t cycles = 0, first_cycle = 0;
    bool open = false;
    Lane rows[64][LANES] = {};
    uint64_t bits[LANES * 512][BLOCK_WORDS];

    void gather(const ROOT& root) {
        Recorded& row = reinterpret_cast<Recorded&>(rows[cycles % 64]);
#define GATHER(name) row.name = root.name;
        REGISTERS(GATHER)
        INPUTS(GATHER)
        READS(GATHER)
#undef GATHER
    }

    // Hands on a block of which so many cycles are known; the last of them holds.
    void hand_on(uint64_t known, Behind behind) {
        const uint64_t last = (known - 1) % 64;
        for (uint64_t n = last + 1; n < 64; n++) std::memcpy(rows[n], rows[last], sizeof *rows);
        transpose((known - 1) / 64);
        for (uint64_t k = (known - 1) / 64 + 1; k < BLOCK_WORDS; k++)
            for (auto& words : bits) words[k] = -(words[k - 1] >> 63);
        pass_on(behind);
    }

    void pass_on(Behind behind) {
        sink(context, bits, cycles, first_cycle, behind);
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

// Some cycles, until the next span: which sink takes them.
struct Span {
    uint64_t first_cycle;
    uint64_t sink;
    uint64_t behind;  // what its last block has behind it
};

// Records span by span, from cycle 0 on.
class SpanRecorder {
  public:
    SpanRecorder(const Sink* sinks, void* const* contexts, uint64_t count, const Span* span,
                 uint64_t spans)
        : span{span}, end{span + spans} {
        for (uint64_t n = 0; n < count; n++)
            recorders.push_back(std::make_unique<Recorder>(sinks[n], contexts[n]));
    }

    void take(const ROOT& root, uint64_t cycle) {
        if (span + 1 != end && cycle == span[1].first_cycle) {
            recorders[span->sink]->close(root, static_cast<Behind>(span->behind));
            span++;
        }
        recorders[span->sink]->take(root, cycle);
    }

    void close() {
        for (const auto& recorder : recorders) recorder->close();
    }

  private:
    const Span *span, *const end;
    std::vector<std::unique_ptr<Recorder>> recorders;
};
