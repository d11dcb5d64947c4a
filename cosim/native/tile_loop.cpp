// Drives one Verilated tile: acts as its host, answers all its arrays, and checks what these see.
//
// What every macro converts is known beforehand (cosim/tile/): each sample must come with the
// predicted drive, word lines and column, and is answered with the codes that belong to them. Words
// and sums between the macros are not looked at: a wrong one leads to a wrong drive or output.

#include "tile_loop.h"

#include "activity.h"
#include "instance.h"
#include "ports.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace {

constexpr uint64_t NEVER = ~uint64_t{0};

// How far one macro is.
struct Place {
    uint64_t conversions = 0, asked = 0;
    uint64_t sampled_cycle = NEVER, answer_cycle = NEVER;
};

struct TileLoop {
    explicit TileLoop(const TileBatch& batch) : batch{batch}, places(batch.macros) {
        outcome.verdict = TILE_RUNNING;
        reset(instance);
    }

    Instance instance;
    std::unique_ptr<Activity> activity;
    const TileBatch batch;
    std::vector<Place> places;
    TileOutcome outcome{};
    uint64_t answers = 0, waits = 0;       // written so far
    uint64_t due_cycle = NEVER;            // of the answer to a read
    uint64_t running = 0, last_move = 0;
    bool started = false;                  // the program runs, as far as this wait has seen
};

template <typename Port>
bool differs(TileOutcome& outcome, const uint32_t* expected, std::size_t words, const Port& seen) {
    if (same(seen, expected)) return false;
    std::memcpy(outcome.expected, expected, sizeof(uint32_t) * words);
    get(seen, outcome.seen);
    return true;
}

template <typename Lines, typename Select>
TileVerdict check_sample(TileLoop& loop, const Place& place, const MacroFeed& feed,
                         const Lines& drive, const Lines& word_lines, const Select& select) {
    const TileBatch& batch = loop.batch;
    TileOutcome& outcome = loop.outcome;
    const uint64_t n = place.conversions;
    if (n == feed.conversions) {
        outcome.seen[0] = 1;
        return TILE_SAMPLE;
    }
    const uint32_t* expected = feed.drives + n / batch.columns_per_adc * batch.drive_words;
    if (differs(outcome, expected, batch.drive_words, drive)) return TILE_ROW_DRIVE;
    if (differs(outcome, batch.word_lines, batch.drive_words, word_lines)) return TILE_WORD_LINES;
    uint32_t column[32] = {};
    const uint64_t at = n % batch.columns_per_adc;
    column[at / 32] = 1u << (at % 32);
    if (differs(outcome, column, (batch.columns_per_adc + 31) / 32, select))
        return TILE_COLUMN_SELECT;
    return TILE_DONE;
}

// Answers of a cycle are put before it settles: codes appear when their conversion ends.
template <typename Port>
void put_answers(TileLoop& loop, std::size_t macro, Port& port) {
    const Place& place = loop.places[macro];
    if (place.answer_cycle != loop.outcome.cycle) return;
    put(port, loop.batch.feeds[macro].answers + (place.asked - 1) * loop.batch.answer_words);
}

template <typename Lines, typename Select>
TileVerdict take_sample(TileLoop& loop, std::size_t macro, bool sample, const Lines& drive,
                        const Lines& word_lines, const Select& select) {
    if (!sample) return TILE_DONE;
    Place& place = loop.places[macro];
    const MacroFeed& feed = loop.batch.feeds[macro];
    if (const auto verdict = check_sample(loop, place, feed, drive, word_lines, select))
        return verdict;
    place.conversions++;
    loop.last_move = loop.outcome.cycle;
#ifdef SAR
    place.sampled_cycle = loop.outcome.cycle;
#else
    place.asked++;
    place.answer_cycle = loop.outcome.cycle + loop.batch.conversion_cycles;
#endif
    return TILE_DONE;
}

#ifdef SAR
template <typename Port>
TileVerdict take_trials(TileLoop& loop, std::size_t macro, bool compare, const Port& trials) {
    if (!compare) return TILE_DONE;
    Place& place = loop.places[macro];
    const TileBatch& batch = loop.batch;
    const uint32_t* expected = batch.feeds[macro].trials + place.asked * batch.trial_words;
    if (differs(loop.outcome, expected, batch.trial_words, trials)) return TILE_TRIALS;
    place.asked++;
    place.answer_cycle = loop.outcome.cycle + 1;
    return TILE_DONE;
}
#endif

// The host side of a cycle, before it settles: what it asks.
void ask(TileLoop& loop) {
    TOP& top = loop.instance.top;
    top.host___05Frequest = 0;
    if (loop.outcome.access == loop.batch.accesses || loop.due_cycle != NEVER) return;
    const Access& access = loop.batch.script[loop.outcome.access];
    if (access.action == AWAIT) return;
    top.host___05Frequest = 1;
    top.host___05Fwrite = access.action == WRITE;
    top.host___05Fregion = access.region;
    top.host___05Findex = access.index;
    top.host___05Fdata = access.data;
}

// The host side of a cycle, once settled: what it learns. An access takes a cycle, a read more.
void learn(TileLoop& loop) {
    const TOP& top = loop.instance.top;
    TileOutcome& outcome = loop.outcome;
    if (outcome.access == loop.batch.accesses) return;
    const Access& access = loop.batch.script[outcome.access];
    if (access.action == WRITE) {
        outcome.access++;
    } else if (access.action == READ) {
        if (loop.due_cycle == NEVER) loop.due_cycle = outcome.cycle + loop.batch.answer_cycles;
        if (loop.due_cycle != outcome.cycle) return;
        loop.batch.answers[loop.answers++] = top.host___05Fanswer;
        loop.due_cycle = NEVER;
        outcome.access++;
    } else if (loop.started && top.irq) {
        loop.batch.run_cycles[loop.waits++] = loop.running;
        loop.started = false;
        loop.running = 0;
        outcome.access++;
    } else if (!top.irq) {
        loop.started = true;
        loop.running++;
        return;
    } else {
        return;
    }
    loop.last_move = outcome.cycle;
}

TileVerdict missing(TileLoop& loop) {
    for (std::size_t n = 0; n < loop.batch.macros; n++)
        if (loop.places[n].conversions != loop.batch.feeds[n].conversions) {
            loop.outcome.macro = n;
            loop.outcome.conversions = loop.places[n].conversions;
            loop.outcome.expected[0] = 1;
            return TILE_MISSING;
        }
    return TILE_DONE;
}

// Only cycles in which a program runs are counted, from the first to the one after the last.
void count(TileLoop& loop) {
    const bool runs = !loop.instance.top.irq;
    if (runs)
        loop.activity->take(*loop.instance.top.rootp);
    else
        loop.activity->close(*loop.instance.top.rootp);
}

TileVerdict turn(TileLoop& loop, uint64_t cycles) {
    Instance& instance = loop.instance;
    TOP& top = instance.top;
    TileOutcome& outcome = loop.outcome;
    for (uint64_t n = 0; n < cycles; n++, outcome.cycle++) {
        ask(loop);
#define PUT(n, prefix) put_answers(loop, n, top.ANALOG(prefix, ANSWERS));
        MACROS(PUT)
#undef PUT
        instance.settle(outcome.cycle);
        if (loop.activity) count(loop);
        TileVerdict verdict = TILE_DONE;
        const auto failed = [&](std::size_t macro, TileVerdict found) {
            if (!found) return false;
            verdict = found;
            outcome.macro = macro;
            outcome.conversions = loop.places[macro].conversions;
            return true;
        };
#define TAKE(n, prefix)                                                                            \
    if (failed(n, take_sample(loop, n, top.ANALOG(prefix, sample), top.ANALOG(prefix, row_drive), \
                              top.ANALOG(prefix, word_lines), top.ANALOG(prefix, column_select)))) \
        return verdict;
#ifdef SAR
#define TRY(n, prefix)                                                                            \
    if (failed(n, take_trials(loop, n, top.ANALOG(prefix, compare), top.ANALOG(prefix, trials)))) \
        return verdict;
        MACROS(TRY)
#undef TRY
#endif
        MACROS(TAKE)
#undef TAKE
        learn(loop);
        if (outcome.access == loop.batch.accesses) return missing(loop);
        if (outcome.cycle - loop.last_move > loop.batch.patience_cycles) return TILE_STUCK;
        instance.edge();
    }
    return TILE_RUNNING;
}

}  // namespace

extern "C" {

// A tile after its reset. `counting`: 0 for nothing, 1 for changes, 2 for ones as well.
TileLoop* ohmloop_tile_new(const TileBatch* batch, int counting) {
    auto loop = std::make_unique<TileLoop>(*batch);
    if (counting) loop->activity = std::make_unique<Activity>(counting == 2);
    return loop.release();
}

void ohmloop_tile_free(TileLoop* loop) { delete loop; }

void ohmloop_tile_turn(TileLoop* loop, uint64_t cycles, TileOutcome* outcome) {
    loop->instance.enter();
    if (loop->outcome.verdict == TILE_RUNNING) loop->outcome.verdict = turn(*loop, cycles);
    *outcome = loop->outcome;
}

// Writes, per counter, the changes and the cycles at 1 while programs ran; returns those cycles.
uint64_t ohmloop_tile_counts(TileLoop* loop, uint64_t* changes, uint64_t* ones) {
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

#ifdef TRACE
int ohmloop_tile_begin_trace(TileLoop* loop, const char* path, uint64_t half_period) {
    loop->instance.enter();
    return loop->instance.begin_trace(path, half_period);
}

void ohmloop_tile_end_trace(TileLoop* loop) {
    loop->instance.enter();
    loop->instance.end_trace();
}
#endif

}  // extern "C"
