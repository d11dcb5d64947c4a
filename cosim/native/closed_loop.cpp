// Turns the clock of one Verilated macro until it asks its analog side something.
//
// Nothing is predicted here: whoever answers sees what the port shows. A flash converter asks with
// each sample and is answered `conversion_cycles` cycles later; a SAR asks with each compare and is
// answered in the next cycle. Many macros are turned in one call, each to its next question.

#include "closed_loop.h"

#include "activity.h"
#include "instance.h"
#include "ports.h"

#include <memory>

namespace {

constexpr uint64_t NEVER = ~uint64_t{0};

struct ClosedLoop {
    explicit ClosedLoop(const Closed& closed) : closed{closed} { reset(instance); }

    Instance instance;
    Activity activity{false};
    const Closed closed;
    uint64_t cycle = 0, sent = 0, received = 0;
    uint64_t answer_cycle = NEVER, first_cycle = 0, last_move = 0;
    bool offered = false;
};

// The analog port in this cycle: notes a sample, and tells whether an answer is needed.
bool asks(ClosedLoop& loop) {
    TOP& top = loop.instance.top;
    const Closed& closed = loop.closed;
    if (top.analog___05Fsample) {
        *closed.state |= SAMPLED;
        get(top.analog___05Frow_drive, closed.row_drive);
        get(top.analog___05Fword_lines, closed.word_lines);
        get(top.analog___05Fcolumn_select, closed.column_select);
        loop.last_move = loop.cycle;
    }
#ifdef SAR
    if (!top.analog___05Fcompare) return false;
    get(top.analog___05Ftrials, closed.trials);
    loop.answer_cycle = loop.cycle + 1;
#else
    if (!top.analog___05Fsample) return false;
    loop.answer_cycle = loop.cycle + closed.conversion_cycles;
#endif
    return true;
}

// One cycle up to, but without, the clock edge. Returns whether the run goes on.
bool settle(ClosedLoop& loop, uint8_t pause) {
    const Closed& closed = loop.closed;
    TOP& top = loop.instance.top;
    const bool ready = !(pause & 2);
    loop.offered = loop.sent < closed.vectors * closed.row_beats && (loop.offered || !(pause & 1));
    top.inputs___05Fvalid = loop.offered;
    if (loop.offered)
        put(top.inputs___05Fpayload, closed.row_beat_words + loop.sent * closed.row_words);
    top.psums___05Fready = ready;
    if (loop.cycle == loop.answer_cycle)
#ifdef SAR
        put(top.analog___05Fdecisions, closed.answers);
#else
        put(top.analog___05Fcodes, closed.answers);
#endif
    loop.instance.settle(loop.cycle);
    loop.activity.take(*top.rootp);
    if (loop.offered && top.inputs___05Fready) {
        if (loop.sent == 0) loop.first_cycle = loop.cycle;
        loop.sent++;
        loop.offered = false;
        loop.last_move = loop.cycle;
    }
    if (top.psums___05Fvalid && ready) {
        get(top.psums___05Fpayload, closed.psums + loop.received * closed.psum_words);
        loop.received++;
        loop.last_move = loop.cycle;
        if (loop.received % closed.psum_beats == 0)
            closed.done_cycles[loop.received / closed.psum_beats - 1] =
                static_cast<int64_t>(loop.cycle - loop.first_cycle + 1);
    }
    return loop.received < closed.vectors * closed.psum_beats;
}

// Turns one macro to its next question, its end, or its limit of cycles.
void turn(ClosedLoop& loop, uint64_t last_cycle, uint64_t first_pause, const uint8_t* pauses) {
    loop.instance.enter();
    uint8_t& state = *loop.closed.state;
    state = 0;
    while (loop.cycle < last_cycle) {
        const bool goes_on = settle(loop, pauses ? pauses[loop.cycle - first_pause] : 0);
        const bool asking = asks(loop);
        if (!goes_on) {
            state |= ENDED;
            return;
        }
        if (loop.cycle - loop.last_move > loop.closed.patience_cycles) {
            state |= SILENT;
            return;
        }
        loop.instance.edge();
        loop.cycle++;
        if (asking) {
            state |= ASKS;
            return;
        }
    }
}

}  // namespace

extern "C" {

ClosedLoop* ohmloop_closed_new(const Closed* closed) { return new ClosedLoop{*closed}; }

void ohmloop_closed_free(ClosedLoop* loop) { delete loop; }

// Turns macros one after the other. `pauses` holds a byte per cycle from `first_pause` to
// `last_cycle`, as in the other loop; null: the streams never pause.
void ohmloop_closed_turn(ClosedLoop* const* loops, uint64_t count, uint64_t last_cycle,
                         uint64_t first_pause, const uint8_t* const* pauses) {
    for (uint64_t n = 0; n < count; n++)
        turn(*loops[n], last_cycle, first_pause, pauses ? pauses[n] : nullptr);
}

// Cycles, row beats taken, psum beats taken, status and whether a row beat waits to be taken.
void ohmloop_closed_progress(const ClosedLoop* loop, uint64_t* progress) {
    progress[0] = loop->cycle;
    progress[1] = loop->sent;
    progress[2] = loop->received;
    progress[3] = loop->instance.top.status;
    progress[4] = loop->offered;
}

void ohmloop_closed_counts(ClosedLoop* loop, uint64_t* changes) {
    loop->activity.close(*loop->instance.top.rootp);
    std::memcpy(changes, loop->activity.changes.read().data(), COUNTERS * sizeof *changes);
}

}  // extern "C"
