// Turns the clock of one Verilated macro through a batch, and checks it as it goes.
//
// Everything the macro must do is known beforehand (cosim/predict.py): row drives, column selects,
// strobes and, while nothing is held up, the cycle of every handshake. The loop feeds the codes that
// belong to the predicted drives and stops at the first difference between prediction and RTL.
//
// A loop keeps its state between calls, each of which turns some cycles.

#include "macro_loop.h"

#include "activity.h"
#include "instance.h"
#include "ports.h"
#include "recording.h"

#include <malloc.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace {

constexpr uint64_t NEVER = ~uint64_t{0};

// How far a batch is.
struct Progress {
    explicit Progress(const Batch& batch)
        : batch{batch}, psum_cycle{batch.first_psum_cycle}, sample_cycle{batch.first_sample_cycle} {
        outcome.verdict = RUNNING;
    }

    Batch batch;
    Outcome outcome{};
    uint64_t row_cycle = 0, psum_cycle, sample_cycle, answer_cycle = NEVER;
    uint64_t asked = 0, sampled_cycle = NEVER;
    uint64_t first_cycle = 0, last_move = 0;
};

struct MacroLoop : Progress {
    MacroLoop(const Batch& batch, int counting) : Progress{batch}, fresh(sizeof(ROOT)) {
        reset(instance);
        std::memcpy(fresh.data(), instance.top.rootp, sizeof(ROOT));
        count(counting);
    }

    // Begins another batch, with nothing left of the one before. A reset would leave data registers
    // alone, and not all of them can be written by their names. A flat model without timing has all
    // its state in its root, and nothing there owns memory.
    void again(const Batch& batch, int counting) {
        static_cast<Progress&>(*this) = Progress{batch};
        std::memcpy(static_cast<void*>(instance.top.rootp), fresh.data(), sizeof(ROOT));
        count(counting);
    }

    void count(int counting) {
        activity.reset();
        if (counting) activity = std::make_unique<Activity>(counting == 2);
        recorder.reset();
    }

    Instance instance;
    std::unique_ptr<Activity> activity;
    std::unique_ptr<Recorder> recorder;
    std::vector<unsigned char> fresh;
};

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

#ifdef SAR
// The decisions of a sample follow it cycle by cycle, whether or not anything is held up.
Verdict check_compare(MacroLoop& loop) {
    const Batch& batch = loop.batch;
    const TOP& top = loop.instance.top;
    const uint64_t since = loop.outcome.cycle - loop.sampled_cycle;
    const bool compare = loop.sampled_cycle != NEVER && since <= batch.decisions;
    if (top.analog___05Fcompare != compare)
        return differs(loop.outcome, COMPARE, compare, top.analog___05Fcompare);
    if (!compare) return DONE;
    const uint32_t* trials = batch.trials + loop.asked * batch.trial_words;
    if (!same(top.analog___05Ftrials, trials))
        return differs(loop.outcome, TRIALS, trials, batch.trial_words, top.analog___05Ftrials);
    loop.asked++;
    loop.answer_cycle = loop.outcome.cycle + 1;
    return DONE;
}
#endif

// Turns up to `cycles` cycles. WATCHED ones are counted, recorded and traced. `pauses` holds a byte per cycle,
// bit 0: no row beat, bit 1: no psum is taken, bit 2: no vector is started; null: never any of these.
template <bool WATCHED>
Verdict turn(MacroLoop& loop, uint64_t cycles, const uint8_t* pauses) {
    const Batch batch = loop.batch;
    const uint64_t beats = batch.vectors * batch.row_beats;
    const uint64_t psum_beats = batch.vectors * batch.psum_beats;
    const uint64_t conversions = batch.vectors * batch.conversions;
    Instance& instance = loop.instance;
    TOP& top = instance.top;
    Outcome& outcome = loop.outcome;
    Activity* const activity = WATCHED ? loop.activity.get() : nullptr;
    Recorder* const recorder = WATCHED ? loop.recorder.get() : nullptr;
    bool offered = outcome.offered;

    uint64_t& cycle = outcome.cycle;
    const uint64_t first = cycle;
    for (; cycle - first < cycles; cycle++) {
        // An offered beat stays offered until it is taken; codes appear when their conversion ends
        // and stay until the next.
        const uint8_t pause = pauses ? pauses[cycle - first] : 0;
        const bool ready = !(pause & 2);
        outcome.offered = offered = outcome.sent < beats && (offered || !(pause & 1));
        top.inputs___05Fvalid = offered;
        if (offered)
            put(top.inputs___05Fpayload, batch.row_beat_words + outcome.sent * batch.row_words);
        top.psums___05Fready = ready;
        top.hold = pause >> 2 & 1;
        if (cycle == loop.answer_cycle)
            put(top.ANSWERS, batch.answers + (loop.asked - 1) * batch.answer_words);
        instance.settle(cycle);
        if (WATCHED && activity) activity->take(*top.rootp);
        if (WATCHED && recorder) recorder->take(*top.rootp, cycle);

        // Handshakes and strobes, in the cycle in which they were predicted and in no other.
        if (!pauses) {
            const bool row = offered && cycle == loop.row_cycle;
            if (offered && top.inputs___05Fready != row)
                return differs(outcome, INPUTS_READY, row, top.inputs___05Fready);
            const bool sample = outcome.conversions < conversions && cycle == loop.sample_cycle;
            if (top.analog___05Fsample != sample)
                return differs(outcome, SAMPLE, sample, top.analog___05Fsample);
            const bool psum = cycle == loop.psum_cycle;
            if (top.psums___05Fvalid != psum)
                return differs(outcome, PSUMS_VALID, psum, top.psums___05Fvalid);
        }
        if (offered && top.inputs___05Fready) {
            if (outcome.sent == 0) loop.first_cycle = cycle;
            outcome.sent++;
            offered = false;
            loop.last_move = cycle;
            // The beats of a vector are taken from the cycle on in which the one before it starts.
            const uint64_t vector = outcome.sent / batch.row_beats;
            loop.row_cycle = outcome.sent % batch.row_beats || vector == 0
                                 ? loop.row_cycle + 1
                                 : batch.row_beats + (vector - 1) * batch.cycles_per_vector;
        }
#ifdef SAR
        if (const Verdict verdict = check_compare(loop)) return verdict;
#endif
        if (top.analog___05Fsample) {
            if (outcome.conversions == conversions) return differs(outcome, SAMPLE, 0, 1);
            if (const Verdict verdict = check_sample(batch, top, outcome)) return verdict;
            outcome.conversions++;
            loop.sample_cycle += batch.conversion_cycles;
#ifdef SAR
            loop.sampled_cycle = cycle;
#else
            loop.asked++;
            loop.answer_cycle = cycle + batch.conversion_cycles;
#endif
            loop.last_move = cycle;
        }
        if (top.psums___05Fvalid && ready) {
            get(top.psums___05Fpayload, batch.psums + outcome.received * batch.psum_words);
            outcome.received++;
            loop.last_move = cycle;
            loop.psum_cycle++;
            if (outcome.received % batch.psum_beats == 0) {
                const uint64_t vector = outcome.received / batch.psum_beats;
                batch.done_cycles[vector - 1] = static_cast<int64_t>(cycle - loop.first_cycle + 1);
                loop.psum_cycle = batch.first_psum_cycle + vector * batch.cycles_per_vector;
            }
            if (outcome.received == psum_beats && !batch.timed) return DONE;
        }
        outcome.offered = offered;
        if (cycle - loop.last_move > batch.patience_cycles) return STUCK;
        instance.edge();
    }
    return RUNNING;
}

}  // namespace

extern "C" {

// A macro after its reset. `counting`: 0 for nothing, 1 for changes, 2 for ones as well.
MacroLoop* ohmloop_loop_new(const Batch* batch, int counting) {
    return new MacroLoop(*batch, counting);
}

// The same macro for another batch, with nothing left of the one before.
void ohmloop_loop_again(MacroLoop* loop, const Batch* batch, int counting) {
    loop->instance.enter();
    loop->again(*batch, counting);
}

void ohmloop_loop_free(MacroLoop* loop) { delete loop; }

void ohmloop_loop_turn(MacroLoop* loop, uint64_t cycles, const uint8_t* pauses, int watched,
                       Outcome* outcome) {
    loop->instance.enter();
    if (loop->outcome.verdict == RUNNING) {
        if (!watched && loop->activity) loop->activity->close(*loop->instance.top.rootp);
        if (!watched && loop->recorder) loop->recorder->close();
        loop->outcome.verdict =
            watched ? turn<true>(*loop, cycles, pauses) : turn<false>(*loop, cycles, pauses);
        loop->outcome.status = loop->instance.top.status;
    }
    *outcome = loop->outcome;
}

// Writes, per counter, the changes and the cycles at 1 that were watched; returns those cycles.
uint64_t ohmloop_loop_counts(MacroLoop* loop, uint64_t* changes, uint64_t* ones) {
    Activity& activity = *loop->activity;
    activity.close(*loop->instance.top.rootp);
    std::memcpy(changes, activity.changes.read().data(), COUNTERS * sizeof *changes);
    if (activity.count_ones)
        std::memcpy(ones, activity.ones.read().data(), COUNTERS * sizeof *ones);
    return activity.cycles;
}

// Writes the counter of the lowest bit of each register; returns the number of counters.
uint64_t ohmloop_counters(uint64_t* first_of_register) {
#define FIRST(register_) *first_of_register++ = offsetof(Registers, register_) * 8;
    REGISTERS(FIRST)
#undef FIRST
    return COUNTERS;
}

// Records watched cycles to come and hands them to `sink`, the last ones when recording ends. Both
// hold until the next batch begins.
void ohmloop_loop_begin_recording(MacroLoop* loop, Sink sink, void* context) {
    loop->recorder = std::make_unique<Recorder>(sink, context);
}

void ohmloop_loop_end_recording(MacroLoop* loop) {
    if (loop->recorder) loop->recorder->close();
    loop->recorder.reset();
}

uint64_t ohmloop_recorded(uint64_t* first) { return recorded_places(first); }

#ifdef TRACE
int ohmloop_loop_begin_trace(MacroLoop* loop, const char* path, uint64_t half_period) {
    loop->instance.enter();
    return loop->instance.begin_trace(path, half_period);
}

void ohmloop_loop_end_trace(MacroLoop* loop) {
    loop->instance.enter();
    loop->instance.end_trace();
}
#endif

// Bytes that one more loop takes, by the allocator's own account; for one thread.
uint64_t ohmloop_loop_bytes(const Batch* batch, int counting) {
    const auto taken = [] {
        const struct mallinfo2 info = mallinfo2();
        return info.uordblks + info.hblkhd;
    };
    const auto before = taken();
    MacroLoop* loop = ohmloop_loop_new(batch, counting);
    const auto bytes = taken() - before;
    ohmloop_loop_free(loop);
    return bytes;
}

}  // extern "C"
