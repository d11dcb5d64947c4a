// Feeds one Verilated part of a tile what its surroundings would give it, and checks what it does.
//
// All that crosses its ports is known beforehand (cosim/tile/). Inputs change in the cycles given;
// outputs are compared in every cycle for which a value is given. The first difference ends it.

#include "replay_loop.h"

#include "activity.h"
#include "instance.h"
#include "recording.h"

#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace {

constexpr uint64_t NEVER = ~uint64_t{0};

struct Place {
    void* at;
    std::size_t bytes;
};

std::vector<Place> places(TOP& top) {
#define PLACE(port) {&top.port, sizeof(top.port)},
    return {PORTS(PLACE)};
#undef PLACE
}

// How far a track is: its latest value, and the cycles in which this ends and the next one comes.
struct Cursor {
    Cursor(const Track& track, const Place& place) : track{track}, place{place} { await(); }

    bool advance(uint64_t cycle) {
        if (cycle != next) return false;
        end = track.ends ? track.ends[taken] : NEVER;
        row = track.values + taken++ * track.stride;
        await();
        return true;
    }

    const Track track;
    const Place place;
    const uint32_t* row = nullptr;
    uint64_t taken = 0, next = NEVER, end = 0;

  private:
    void await() { next = taken < track.count ? track.cycles[taken] : NEVER; }
};

struct ReplayLoop {
    explicit ReplayLoop(const Replay& replay) : replay{replay} {
        const auto ports = places(instance.top);
        const auto fill = [&](std::vector<Cursor>& cursors, const Track* tracks, uint64_t count) {
            for (uint64_t n = 0; n < count; n++)
                cursors.emplace_back(tracks[n], ports[tracks[n].port]);
        };
        fill(feeds, replay.feed, replay.feeds);
        fill(checks, replay.check, replay.checks);
        fill(probes, replay.probe, replay.probes);
        outcome.verdict = REPLAY_RUNNING;
        reset(instance);
    }

    Instance instance;
    Activity activity{false};
    const Replay replay;
    std::vector<Cursor> feeds, checks, probes;
    ReplayOutcome outcome{};
    uint64_t rest = 0, window = 0;
    std::unique_ptr<SpanRecorder> recorder;
    Registers before{}, now{};
};

ReplayVerdict check(ReplayLoop& loop, uint64_t cycle) {
    for (std::size_t n = 0; n < loop.checks.size(); n++) {
        Cursor& check = loop.checks[n];
        check.advance(cycle);
        // Values lie least significant word first, as all machines that Verilator's code runs on
        // here have their bytes.
        if (cycle >= check.end || !std::memcmp(check.place.at, check.row, check.place.bytes))
            continue;
        loop.outcome.check = n;
        loop.outcome.value = check.taken - 1;
        std::memcpy(loop.replay.seen, check.place.at, check.place.bytes);
        return REPLAY_DIFFERS;
    }
    return REPLAY_DONE;
}

void keep(ReplayLoop& loop, uint64_t cycle) {
    for (Cursor& probe : loop.probes)
        if (probe.advance(cycle))
            std::memcpy(const_cast<uint32_t*>(probe.row), probe.place.at, probe.place.bytes);
}

void count(ReplayLoop& loop, uint64_t cycle) {
    const ROOT& root = *loop.instance.top.rootp;
    const uint64_t* window = loop.replay.window + 2 * loop.window;
    if (loop.window < loop.replay.windows && cycle == window[1]) {
        loop.activity.close(root);
        loop.window++;
        window += 2;
    }
    if (loop.window < loop.replay.windows && cycle >= window[0]) loop.activity.take(root);
}

bool moved(ReplayLoop& loop, uint64_t cycle) {
    if (loop.rest == loop.replay.rests) return false;
    const uint64_t rest = loop.replay.rest[loop.rest];
    if (cycle + 1 == rest) Activity::gather(*loop.instance.top.rootp, loop.before);
    if (cycle != rest) return false;
    Activity::gather(*loop.instance.top.rootp, loop.now);
    loop.rest++;
    const bool differs = std::memcmp(&loop.now, &loop.before, sizeof loop.now);
    std::memcpy(&loop.before, &loop.now, sizeof loop.now);  // the next cycle may be one as well
    return differs;
}

ReplayVerdict turn(ReplayLoop& loop, uint64_t cycles) {
    Instance& instance = loop.instance;
    uint64_t& cycle = loop.outcome.cycle;
    for (uint64_t n = 0; n < cycles; n++, cycle++) {
        if (cycle == loop.replay.cycles) return REPLAY_DONE;
        for (Cursor& feed : loop.feeds)
            if (feed.advance(cycle)) std::memcpy(feed.place.at, feed.row, feed.place.bytes);
        instance.settle(cycle);
        count(loop, cycle);
        if (loop.recorder) loop.recorder->take(*instance.top.rootp, cycle);
        if (const auto verdict = check(loop, cycle)) return verdict;
        if (moved(loop, cycle)) return REPLAY_MOVED;
        keep(loop, cycle);
        instance.edge();
    }
    return REPLAY_RUNNING;
}

}  // namespace

extern "C" {

// A part after its reset.
ReplayLoop* ohmloop_replay_new(const Replay* replay) { return new ReplayLoop{*replay}; }

void ohmloop_replay_free(ReplayLoop* loop) { delete loop; }

void ohmloop_replay_turn(ReplayLoop* loop, uint64_t cycles, ReplayOutcome* outcome) {
    loop->instance.enter();
    if (loop->outcome.verdict == REPLAY_RUNNING) loop->outcome.verdict = turn(*loop, cycles);
    *outcome = loop->outcome;
}

// Records all cycles from the first one on. Spans must outlive the loop.
void ohmloop_replay_record(ReplayLoop* loop, const Sink* sinks, void* const* contexts,
                           uint64_t count, const Span* span, uint64_t spans) {
    loop->recorder = std::make_unique<SpanRecorder>(sinks, contexts, count, span, spans);
}

// Hands on the last cycles.
void ohmloop_replay_recorded(ReplayLoop* loop) {
    if (loop->recorder) loop->recorder->close();
}

uint64_t ohmloop_recorded(uint64_t* first) { return recorded_places(first); }

// Writes, per counter, the changes in the windows.
void ohmloop_replay_counts(ReplayLoop* loop, uint64_t* changes) {
    loop->activity.close(*loop->instance.top.rootp);
    std::memcpy(changes, loop->activity.changes.read().data(), COUNTERS * sizeof *changes);
}

// Writes the counter of the lowest bit of each register; returns the number of counters.
uint64_t ohmloop_counters(uint64_t* first_of_register) {
#define FIRST(register_) *first_of_register++ = offsetof(Registers, register_) * 8;
    REGISTERS(FIRST)
#undef FIRST
    return COUNTERS;
}

}  // extern "C"
