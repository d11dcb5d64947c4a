// What a replay is given and gives back; cosim/native/replay.py has the same structures.

#pragma once

#include <cstdint>

extern "C" {

// Values of one port, each from its cycle on; rows of 32-bit words. A row may be used again: then
// the stride is 0.
struct Track {
    uint64_t port;  // number among the ports of the design
    uint64_t count;
    uint64_t stride;         // words from row to row
    const uint64_t* cycles;  // [count], rising
    const uint64_t* ends;    // [count], cycle before which a check ends; null: with the next value
    const uint32_t* values;  // [count][stride]; of a probe, written
};

struct Replay {
    uint64_t cycles;
    uint64_t feeds, checks, probes, rests, windows;
    const Track* feed;         // [feeds], what inputs are given
    const Track* check;        // [checks], what outputs must show
    const Track* probe;        // [probes], when outputs are kept
    const uint64_t* rest;      // [rests], cycles in which no register differs from the one before
    const uint64_t* window;    // [windows][2], first cycles that are counted, and no longer
    uint32_t* seen;            // written: an output that differs
};

enum ReplayVerdict : int64_t {
    REPLAY_DONE,
    REPLAY_RUNNING,
    REPLAY_DIFFERS,  // an output
    REPLAY_MOVED,    // a register
};

struct ReplayOutcome {
    int64_t verdict;
    uint64_t cycle;
    uint64_t check;  // which check differs, and which of its values
    uint64_t value;
};

}  // extern "C"
