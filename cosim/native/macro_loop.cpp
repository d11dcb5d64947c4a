// Turns the clock of one Verilated macro through a whole batch, and checks it as it goes.
//
// Everything the macro must do is known beforehand (cosim/predict.py): row drives, column selects,
// strobes and, while nothing is held up, the cycle of every handshake. The loop feeds the codes that
// belong to the predicted drives and stops at the first difference between prediction and RTL.
//
// `design.h` is generated: TOP_H and ROOT_H name Verilator's headers, TOP its class, REGISTERS(X)
// lists the registers of the design. The structures below are those of cosim/native/library.py.

#include "design.h"
#include TOP_H
#include ROOT_H
#include "verilated.h"

#include <cstdint>
#include <cstring>

namespace {

constexpr int RESET_CYCLES = 2;

// Ports of any width as 32-bit words, least significant first.

void put(CData& port, const uint32_t* words) { port = static_cast<CData>(words[0]); }
void put(SData& port, const uint32_t* words) { port = static_cast<SData>(words[0]); }
void put(IData& port, const uint32_t* words) { port = words[0]; }
void put(QData& port, const uint32_t* words) {
    port = words[0] | static_cast<QData>(words[1]) << 32;
}
template <std::size_t N>
void put(VlWide<N>& port, const uint32_t* words) {
    std::memcpy(&port[0], words, sizeof(uint32_t) * N);
}

void get(CData port, uint32_t* words) { words[0] = port; }
void get(SData port, uint32_t* words) { words[0] = port; }
void get(IData port, uint32_t* words) { words[0] = port; }
void get(QData port, uint32_t* words) {
    words[0] = static_cast<uint32_t>(port);
    words[1] = static_cast<uint32_t>(port >> 32);
}
template <std::size_t N>
void get(const VlWide<N>& port, uint32_t* words) {
    std::memcpy(words, &port[0], sizeof(uint32_t) * N);
}

bool same(CData port, const uint32_t* words) { return port == words[0]; }
bool same(SData port, const uint32_t* words) { return port == words[0]; }
bool same(IData port, const uint32_t* words) { return port == words[0]; }
bool same(QData port, const uint32_t* words) {
    return port == (words[0] | static_cast<QData>(words[1]) << 32);
}
template <std::size_t N>
bool same(const VlWide<N>& port, const uint32_t* words) {
    return std::memcmp(&port[0], words, sizeof(uint32_t) * N) == 0;
}

// Toggles of one register since the last call.

template <typename T>
uint64_t toggled(T now, T& held) {
    const uint64_t changed = now ^ held;
    held = now;
    return static_cast<uint64_t>(__builtin_popcountll(changed));
}
template <std::size_t N>
uint64_t toggled(const VlWide<N>& now, VlWide<N>& held) {
    uint64_t count = 0;
    std::size_t n = 0;
    for (; n + 1 < N; n += 2) {
        uint64_t a, b;
        std::memcpy(&a, &now[n], sizeof a);
        std::memcpy(&b, &held[n], sizeof b);
        count += static_cast<uint64_t>(__builtin_popcountll(a ^ b));
    }
    if (n < N) count += static_cast<uint64_t>(__builtin_popcount(now[n] ^ held[n]));
    std::memcpy(&held[0], &now[0], sizeof(uint32_t) * N);
    return count;
}

struct Held {
#define HOLD(register_) decltype(ROOT::register_) register_;
    REGISTERS(HOLD)
#undef HOLD
};

void count_toggles(const ROOT& root, Held& held, uint64_t* toggles) {
#define COUNT(register_) *toggles++ += toggled(root.register_, held.register_);
    REGISTERS(COUNT)
#undef COUNT
}

void hold(const ROOT& root, Held& held) {
#define HOLD(register_) held.register_ = root.register_;
    REGISTERS(HOLD)
#undef HOLD
}

}  // namespace

extern "C" {

// What to run. Arrays are rows of 32-bit words, one row per beat or conversion.
struct Batch {
    uint64_t vectors;
    uint64_t row_beats;            // per vector
    uint64_t psum_beats;           // per vector
    uint64_t conversions;          // per vector
    uint64_t columns_per_adc;
    uint64_t conversion_cycles;
    uint64_t cycles_per_vector;
    uint64_t first_sample_cycle;   // cycles count from 0, at the first row beat
    uint64_t first_psum_cycle;     // this one and the last hold while the streams never pause
    uint64_t patience_cycles;      // longest time without a beat or a sample
    uint64_t pause_cycles;         // length of `pauses`; 0: the streams never pause
    uint64_t row_words;
    uint64_t psum_words;
    uint64_t code_words;
    uint64_t drive_words;
    const uint32_t* row_beat_words;  // [vectors * row_beats][row_words]
    const uint32_t* codes;           // [vectors * conversions][code_words]
    const uint32_t* drives;          // [vectors * conversions / columns_per_adc][drive_words]
    const uint32_t* word_lines;      // [drive_words], during a sample
    const uint8_t* pauses;           // [pause_cycles]; bit 0: no row beat; bit 1: no psum is taken
    uint32_t* psums;                 // [vectors * psum_beats][psum_words], written
    int64_t* done_cycles;            // [vectors], written
    uint64_t* toggles;               // [registers], added to; null: not counted
};

enum Verdict : int64_t {
    DONE,
    STUCK,
    OUT_OF_PAUSES,
    SAMPLE,
    ROW_DRIVE,
    WORD_LINES,
    COLUMN_SELECT,
    INPUTS_READY,
    PSUMS_VALID,
};

// How the run ended, and where; of a difference also what was expected and what was seen.
struct Outcome {
    int64_t verdict;
    uint64_t cycle;
    uint64_t conversions;  // samples so far
    uint64_t sent;         // row beats so far
    uint64_t received;     // psum beats so far
    uint32_t status;
    uint32_t offered;      // whether a row beat waited to be taken
    uint32_t expected[32];
    uint32_t seen[32];
};

}  // extern "C"

namespace {

template <typename Port>
Verdict differs(Outcome& outcome, Verdict verdict, const uint32_t* expected, std::size_t words,
                const Port& seen) {
    std::memcpy(outcome.expected, expected, sizeof(uint32_t) * words);
    get(seen, outcome.seen);
    return verdict;
}

Verdict differs(Outcome& outcome, Verdict verdict, uint32_t expected, uint32_t seen) {
    outcome.expected[0] = expected;
    outcome.seen[0] = seen;
    return verdict;
}

// One-hot column select of a column, at most 1024 wide.
void one_hot(uint64_t column, uint32_t* words) {
    std::memset(words, 0, sizeof(uint32_t) * 32);
    words[column / 32] = 1u << (column % 32);
}

Verdict check_sample(const Batch& batch, const TOP& top, Outcome& outcome) {
    const uint64_t n = outcome.conversions;
    const uint32_t* drive = batch.drives + n / batch.columns_per_adc * batch.drive_words;
    if (!same(top.analog___05Frow_drive, drive))
        return differs(outcome, ROW_DRIVE, drive, batch.drive_words, top.analog___05Frow_drive);
    if (!same(top.analog___05Fword_lines, batch.word_lines))
        return differs(outcome, WORD_LINES, batch.word_lines, batch.drive_words,
                       top.analog___05Fword_lines);
    uint32_t column[32];
    one_hot(n % batch.columns_per_adc, column);
    if (!same(top.analog___05Fcolumn_select, column))
        return differs(outcome, COLUMN_SELECT, column, 32, top.analog___05Fcolumn_select);
    return DONE;
}

Verdict run(const Batch& batch, TOP& top, Outcome& outcome) {
    const bool free = batch.pause_cycles == 0;
    const uint64_t beats = batch.vectors * batch.row_beats;
    const uint64_t psum_beats = batch.vectors * batch.psum_beats;
    const uint64_t conversions = batch.vectors * batch.conversions;
    const uint64_t patience = batch.patience_cycles;
    constexpr uint64_t NEVER = ~uint64_t{0};

    uint64_t& cycle = outcome.cycle;
    uint64_t row_cycle = 0, psum_cycle = batch.first_psum_cycle;
    uint64_t sample_cycle = batch.first_sample_cycle, code_cycle = NEVER;
    uint64_t first_cycle = 0, last_move = 0;
    bool offered = false;
    Held held;
    if (batch.toggles) hold(*top.rootp, held);

    for (cycle = 0;; cycle++) {
        // Inputs change right after the rising edge, as registers do. An offered beat stays offered
        // until it is taken; codes appear when their conversion ends and stay until the next.
        if (!free && cycle == batch.pause_cycles) return OUT_OF_PAUSES;
        const uint8_t pause = free ? 0 : batch.pauses[cycle];
        const bool ready = !(pause & 2);
        offered = outcome.sent < beats && (offered || !(pause & 1));
        top.inputs___05Fvalid = offered;
        if (offered)
            put(top.inputs___05Fpayload, batch.row_beat_words + outcome.sent * batch.row_words);
        top.psums___05Fready = ready;
        if (cycle == code_cycle)
            put(top.analog___05Fcodes, batch.codes + (outcome.conversions - 1) * batch.code_words);
        top.eval();

        // Handshakes and strobes, in the cycle in which they were predicted and in no other.
        if (free) {
            const bool row = offered && cycle == row_cycle;
            if (offered && top.inputs___05Fready != row)
                return differs(outcome, INPUTS_READY, row, top.inputs___05Fready);
            const bool sample = outcome.conversions < conversions && cycle == sample_cycle;
            if (top.analog___05Fsample != sample)
                return differs(outcome, SAMPLE, sample, top.analog___05Fsample);
            const bool psum = cycle == psum_cycle;
            if (top.psums___05Fvalid != psum)
                return differs(outcome, PSUMS_VALID, psum, top.psums___05Fvalid);
        }
        if (offered && top.inputs___05Fready) {
            if (outcome.sent == 0) first_cycle = cycle;
            outcome.sent++;
            offered = false;
            last_move = cycle;
            // The beats of a vector are taken from the cycle on in which the one before it starts.
            const uint64_t vector = outcome.sent / batch.row_beats;
            row_cycle = outcome.sent % batch.row_beats || vector == 0
                            ? row_cycle + 1
                            : batch.row_beats + (vector - 1) * batch.cycles_per_vector;
        }
        if (top.analog___05Fsample) {
            if (outcome.conversions == conversions) return differs(outcome, SAMPLE, 0, 1);
            if (const Verdict verdict = check_sample(batch, top, outcome)) return verdict;
            outcome.conversions++;
            sample_cycle += batch.conversion_cycles;
            code_cycle = cycle + batch.conversion_cycles;
            last_move = cycle;
        }
        if (top.psums___05Fvalid && ready) {
            get(top.psums___05Fpayload, batch.psums + outcome.received * batch.psum_words);
            outcome.received++;
            last_move = cycle;
            psum_cycle++;
            if (outcome.received % batch.psum_beats == 0) {
                const uint64_t vector = outcome.received / batch.psum_beats;
                batch.done_cycles[vector - 1] = static_cast<int64_t>(cycle - first_cycle + 1);
                psum_cycle = batch.first_psum_cycle + vector * batch.cycles_per_vector;
            }
            if (outcome.received == psum_beats) return DONE;
        }
        if (cycle - last_move > patience) {
            outcome.offered = offered;
            return STUCK;
        }

        top.clk = 1;
        top.eval();
        top.clk = 0;
        if (batch.toggles) count_toggles(*top.rootp, held, batch.toggles);
    }
}

}  // namespace

// The ceiling for benchmarks: the same macro and stimulus in a plain loop that checks and keeps
// nothing. Only for batches without pauses.
extern "C" uint64_t ohmloop_run_raw(const Batch* batch) {
    VerilatedContext context;
    TOP top{&context};
    top.psums___05Fready = 1;
    const uint64_t beats = batch->vectors * batch->row_beats;
    const uint64_t conversions = batch->vectors * batch->conversions;
    const uint64_t cycles = batch->first_psum_cycle + batch->psum_beats
                            + (batch->vectors - 1) * batch->cycles_per_vector;
    uint64_t sent = 0, converted = 0, code_cycle = batch->first_sample_cycle;
    for (uint64_t cycle = 0; cycle < cycles; cycle++) {
        top.inputs___05Fvalid = sent < beats;
        if (sent < beats)
            put(top.inputs___05Fpayload, batch->row_beat_words + sent * batch->row_words);
        if (cycle == code_cycle && converted < conversions) {
            put(top.analog___05Fcodes, batch->codes + converted++ * batch->code_words);
            code_cycle += batch->conversion_cycles;
        }
        top.eval();
        sent += top.inputs___05Fvalid & top.inputs___05Fready;
        top.clk = 1;
        top.eval();
        top.clk = 0;
    }
    return cycles;
}

extern "C" void ohmloop_run_macro(const Batch* batch, Outcome* outcome) {
    VerilatedContext context;
    TOP top{&context};
    top.rst = 1;
    for (int n = 0; n < RESET_CYCLES; n++) {
        top.clk = 1;
        top.eval();
        top.clk = 0;
        top.eval();
    }
    top.rst = 0;
    *outcome = Outcome{};
    outcome->verdict = run(*batch, top, *outcome);
    outcome->status = top.status;
    top.final();
}
