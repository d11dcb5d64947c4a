// Evaluates a netlist on recorded cycles, 512 at a time, and counts what its nets do.
//
// `functions.h` is generated: FUNCTIONS(X) lists number, arity and expression of every function of
// the netlist, in terms of a[0], a[1] and so on.

#include "functions.h"

#include <cstdint>
#include <vector>

#ifdef __AVX512VPOPCNTDQ__
#include <immintrin.h>
#endif

namespace {

constexpr int WORDS = 8;
constexpr uint64_t NEVER = ~uint64_t{0};

// As in cosim/native/recording.h.
enum Behind : int { NOTHING_BEHIND, STATE_BEHIND, CHANGE_BEHIND };

// As many bits as a vector unit may have; narrower ones take several steps.
typedef uint64_t Lane __attribute__((vector_size(64)));

struct Run {
    uint64_t function;
    uint64_t first;             // row of the first result
    uint64_t count;
    const uint32_t* arguments;  // [count][arity], rows
};

}  // namespace

extern "C" {

// energy/replay/compiled.py has the same structures.
struct Plan {
    uint64_t rows;
    uint64_t data_nets;          // the first rows, which are counted
    uint64_t inputs;             // the first of these; states of flops follow
    uint64_t flops;
    uint64_t runs;
    const uint32_t* sources;     // [inputs + flops], recorded rows
    const uint64_t* inversions;  // [inputs + flops], all ones where the state is inverted
    const uint32_t* next_rows;   // [flops]
    const Run* run;              // [runs]
};

struct Outcome {
    uint64_t cycles;
    int64_t flop;  // the first one that differs from its register, -1 if none
    uint64_t cycle;
};

}  // extern "C"

namespace {

Lane popcount(Lane lane) {
#ifdef __AVX512VPOPCNTDQ__
    return (Lane)_mm512_popcnt_epi64((__m512i)lane);
#else
    for (int k = 0; k < WORDS; k++) lane[k] = __builtin_popcountll(lane[k]);
    return lane;
#endif
}

uint64_t sum(Lane lane) {
#ifdef __AVX512F__
    return _mm512_reduce_add_epi64((__m512i)lane);
#else
    uint64_t all = 0;
    for (int k = 0; k < WORDS; k++) all += lane[k];
    return all;
#endif
}

bool any(Lane lane) {
    uint64_t all = 0;
    for (int k = 0; k < WORDS; k++) all |= lane[k];
    return all;
}

// A row one cycle later; `before` is that of the block before.
Lane delayed(Lane row, Lane before) {
    const Lane carry = __builtin_shuffle(before, row, Lane{7, 8, 9, 10, 11, 12, 13, 14});
    return row << 1 | carry >> 63;
}

// The first `cycles` bits.
Lane first_bits(uint64_t cycles) {
    Lane mask{};
    for (uint64_t n = 0; n < cycles; n++) mask[n / 64] |= uint64_t{1} << n % 64;
    return mask;
}

struct Replay {
    explicit Replay(const Plan& plan)
        : plan{plan}, values(plan.rows), next(plan.flops), pending(plan.data_nets),
          toggles(plan.data_nets), ones(plan.data_nets) {}

    void take(const Lane* bits, uint64_t cycles, uint64_t first_cycle, Behind behind) {
        if (outcome.flop >= 0) return;
        live = first_bits(cycles);
        proven = first_bits(cycles + (behind != NOTHING_BEHIND));
        changing = first_bits(cycles + (behind == CHANGE_BEHIND));
        if (first_cycle != end) {
            proven[0] &= ~uint64_t{1};
            changing[0] &= ~uint64_t{1};
        }
        for (uint64_t n = 0; n < plan.inputs + plan.flops; n++)
            keep<true>(n, bits[plan.sources[n]] ^ plan.inversions[n]);
        for (const Run* run = plan.run; run != plan.run + plan.runs; run++) {
            switch (run->function) {
#define CASE(number, arity, expression)                                             \
    case number:                                                                    \
        evaluate<arity>(*run, [](const Lane* a) -> Lane { return (expression); });  \
        break;
                FUNCTIONS(CASE)
#undef CASE
            }
        }
        prove(first_cycle);
        outcome.cycles += cycles;
        end = behind == NOTHING_BEHIND ? first_cycle + cycles : NEVER;
        // Counts of toggles and ones share a word until they might meet.
        if (++blocks % (1 << 22) == 0) empty();
    }

    void empty() {
        for (uint64_t n = 0; n < plan.data_nets; n++) {
            toggles[n] += pending[n] & 0xffffffff;
            ones[n] += pending[n] >> 32;
            pending[n] = 0;
        }
    }

    Plan plan;
    Outcome outcome{0, -1, 0};
    std::vector<Lane> values, next;
    std::vector<uint64_t> pending, toggles, ones;

  private:
    uint64_t end = NEVER, blocks = 0;
    Lane live, proven, changing;  // cycles that there are, and whose states and changes count

    template <bool COUNTED>
    void keep(uint64_t row, Lane value) {
        if (COUNTED) {
            const Lane changes = (value ^ delayed(value, values[row])) & changing;
            pending[row] += sum(popcount(changes) | popcount(value & live) << 32);
        }
        values[row] = value;
    }

    template <int ARITY, typename Function>
    void evaluate(const Run& run, Function function) {
        if (run.first < plan.data_nets)
            evaluate<ARITY, true>(run, function);
        else
            evaluate<ARITY, false>(run, function);
    }

    template <int ARITY, bool COUNTED, typename Function>
    void evaluate(const Run& run, Function function) {
        const uint32_t* row = run.arguments;
        for (uint64_t n = 0; n < run.count; n++, row += ARITY) {
            Lane arguments[ARITY + 1];
            for (int k = 0; k < ARITY; k++) arguments[k] = values[row[k]];
            keep<COUNTED>(run.first + n, function(arguments));
        }
    }

    // The state of every flop must be its next state of the cycle before.
    void prove(uint64_t first_cycle) {
        const Lane* states = &values[plan.inputs];
        for (uint64_t n = 0; n < plan.flops; n++) {
            const Lane value = values[plan.next_rows[n]];
            const Lane differs = (states[n] ^ delayed(value, next[n])) & proven;
            // Only the first flop that differs in the first such cycle is told of.
            if (any(differs) && (outcome.flop < 0 || first_bit(differs) < outcome.cycle)) {
                outcome.flop = n;
                outcome.cycle = first_bit(differs);
            }
            next[n] = value;
        }
        if (outcome.flop >= 0) outcome.cycle += first_cycle;
    }

    static uint64_t first_bit(Lane lane) {
        uint64_t k = 0;
        while (!lane[k]) k++;
        return 64 * k + __builtin_ctzll(lane[k]);
    }
};

}  // namespace

extern "C" {

// The plan and all it points at must outlive the replay.
Replay* ohmloop_gates_new(const Plan* plan) { return new Replay{*plan}; }

void ohmloop_gates_free(Replay* replay) { delete replay; }

// A sink for recorded blocks; see cosim/native/recording.h.
void ohmloop_gates_take(Replay* replay, const Lane* bits, uint64_t cycles, uint64_t first_cycle,
                        Behind behind) {
    replay->take(bits, cycles, first_cycle, behind);
}

// Writes what the data nets did so far.
void ohmloop_gates_counts(Replay* replay, uint64_t* toggles, uint64_t* ones, Outcome* outcome) {
    replay->empty();
    for (uint64_t n = 0; n < replay->plan.data_nets; n++) {
        toggles[n] = replay->toggles[n];
        ones[n] = replay->ones[n];
    }
    *outcome = replay->outcome;
}

}  // extern "C"
