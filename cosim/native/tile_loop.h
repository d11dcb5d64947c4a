// What the loop of a tile is given and gives back; cosim/native/tile.py has the same structures.

#pragma once

#include <cstdint>

extern "C" {

// What a macro will convert, in order. Arrays are rows of 32-bit words, as those of a Batch.
struct MacroFeed {
    uint64_t conversions;
    const uint32_t* answers;  // [conversions][answer_words], or of a SAR
                              // [conversions * decisions][answer_words]
    const uint32_t* trials;   // [conversions * decisions][trial_words]
    const uint32_t* drives;   // [conversions / columns_per_adc][drive_words]
};

enum Action : uint32_t {
    WRITE,
    READ,
    AWAIT,  // until the tile interrupts its host
};

struct Access {
    uint32_t action, region, index, data;
};

// What to run, and what it left: the answers of all accesses that read, in order, and for each that
// waits, the cycles in which the program ran.
struct TileBatch {
    uint64_t macros;
    uint64_t accesses;
    uint64_t columns_per_adc;
    uint64_t conversion_cycles;
    uint64_t answer_cycles;    // from a read to its answer
    uint64_t patience_cycles;  // longest wait for an interrupt without a sample
    uint64_t answer_words;
    uint64_t trial_words;
    uint64_t decisions;        // of a SAR per conversion; 0 of a flash converter
    uint64_t drive_words;
    const MacroFeed* feeds;    // [macros]
    const Access* script;      // [accesses]
    const uint32_t* word_lines;  // [drive_words], during a sample
    uint32_t* answers;         // written
    uint64_t* run_cycles;      // written
};

enum TileVerdict : int64_t {
    TILE_DONE,
    TILE_RUNNING,
    TILE_STUCK,
    TILE_SAMPLE,  // more samples than predicted
    TILE_ROW_DRIVE,
    TILE_WORD_LINES,
    TILE_COLUMN_SELECT,
    TILE_TRIALS,
    TILE_MISSING,  // fewer samples than predicted
};

// How far the run is, and how it ended; of a difference also what was expected and what was seen.
struct TileOutcome {
    int64_t verdict;
    uint64_t cycle;        // since the reset
    uint64_t access;       // accesses done
    uint64_t macro;        // where the difference is
    uint64_t conversions;  // samples of that macro before it
    uint32_t expected[32];
    uint32_t seen[32];
};

}  // extern "C"
