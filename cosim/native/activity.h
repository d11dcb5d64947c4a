// Counts, for every bit of every register, the cycles in which it is 1 and the edges at which it
// changes.
//
// States are gathered cycle by cycle and summed eight at a time by carry-save adders, with one
// counter per bit that lies across PLANES words: plane k holds bit k of all counters.

#pragma once

#include "design.h"
#include ROOT_H

#include <cstdint>
#include <cstring>
#include <vector>

// As many bits as a vector unit may have; narrower ones take several steps.
typedef uint64_t Lane __attribute__((vector_size(64), may_alias));

// All registers side by side, each at a whole number of bytes.
struct alignas(64) Registers {
#define MEMBER(register_) decltype(ROOT::register_) register_;
    REGISTERS(MEMBER)
#undef MEMBER
};

constexpr std::size_t LANES = sizeof(Registers) / sizeof(Lane);
constexpr std::size_t COUNTERS = sizeof(Registers) * 8;

class BitCounters {
  public:
    using Rows = Lane[8][LANES];

    // Adds eight rows of bits.
    void add(const Rows& rows) {
        for (std::size_t n = 0; n < LANES; n++) {
            Lane ones = planes[0][n], twos = planes[1][n], fours = planes[2][n];
            Lane a, b, c, d, carry;
            sum(a, ones, rows[0][n], rows[1][n]);
            sum(b, ones, rows[2][n], rows[3][n]);
            sum(c, twos, a, b);
            sum(a, ones, rows[4][n], rows[5][n]);
            sum(b, ones, rows[6][n], rows[7][n]);
            sum(d, twos, a, b);
            sum(carry, fours, c, d);
            planes[0][n] = ones, planes[1][n] = twos, planes[2][n] = fours;
            for (int k = 3; k < PLANES; k++) {
                const Lane held = planes[k][n];
                planes[k][n] = held ^ carry;
                carry &= held;
            }
        }
        pending += 8;
        if (pending + 8 >= 1u << PLANES) flush();
    }

    const std::vector<uint64_t>& read() {
        flush();
        return counts;
    }

  private:
    static constexpr int PLANES = 12;

    Lane planes[PLANES][LANES] = {};
    unsigned pending = 0;
    std::vector<uint64_t> counts = std::vector<uint64_t>(COUNTERS);

    // Full adder: `sum` takes two more bits, their carry goes out.
    static void sum(Lane& carry, Lane& sum, Lane a, Lane b) {
        const Lane half = sum ^ a;
        carry = (sum & a) | (half & b);
        sum = half ^ b;
    }

    void flush() {
        for (int k = 0; k < PLANES; k++)
            for (std::size_t word = 0; word < COUNTERS / 64; word++) {
                const uint64_t bits = planes[k][word / 8][word % 8];
                for (int bit = 0; bit < 64; bit++)
                    counts[word * 64 + bit] += (bits >> bit & 1) << k;
            }
        std::memset(planes, 0, sizeof planes);
        pending = 0;
    }
};

class Activity {
  public:
    // Without `count_ones`, only changes are counted.
    explicit Activity(bool count_ones) : count_ones{count_ones} {}

    // Takes the registers in a cycle. Cycles follow each other until the next `close`.
    void take(const ROOT& root) {
        gather(root, states[filled + 1]);
        if (!open) states[0] = states[1];  // what came before the first cycle is no change
        open = true;
        cycles++;
        if (++filled == 8) {
            sum(8, 8);
            states[0] = states[8];
            filled = 0;
        }
    }

    // Takes the registers after the last cycle. They are those of the next one, or the same as
    // before if no edge followed.
    void close(const ROOT& root) {
        if (!open) return;
        gather(root, states[filled + 1]);
        sum(filled + 1, filled);
        filled = 0;
        open = false;
    }

    static void gather(const ROOT& root, Registers& state) {
#define GATHER(register_) state.register_ = root.register_;
        REGISTERS(GATHER)
#undef GATHER
    }

    uint64_t cycles = 0;
    BitCounters changes, ones;
    const bool count_ones;

  private:
    Registers states[9] = {};  // the first is that of the cycle before
    int filled = 0;
    bool open = false;

    // Adds up some first changes and states; the rest of a row of eight counts as zero.
    void sum(int changed, int taken) {
        BitCounters::Rows rows;
        for (int i = 0; i < 8; i++)
            for (std::size_t n = 0; n < LANES; n++)
                rows[i][n] = i < changed ? lanes(i + 1)[n] ^ lanes(i)[n] : Lane{};
        changes.add(rows);
        if (!count_ones) return;
        for (int i = 0; i < 8; i++)
            for (std::size_t n = 0; n < LANES; n++)
                rows[i][n] = i < taken ? lanes(i + 1)[n] : Lane{};
        ones.add(rows);
    }

    const Lane* lanes(int n) const { return reinterpret_cast<const Lane*>(&states[n]); }
};
