// What the compiled loops are given and give back; cosim/native/library.py has the same structures.

#pragma once

#include <cstdint>

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
    uint64_t row_words;
    uint64_t psum_words;
    uint64_t answer_words;
    uint64_t trial_words;
    uint64_t decisions;            // of a SAR per conversion; 0 of a flash converter
    uint64_t drive_words;
    uint64_t timed;                // whether the run goes on after the last psum beat
    const uint32_t* row_beat_words;  // [vectors * row_beats][row_words]
    const uint32_t* answers;         // [vectors * conversions][answer_words], or of a SAR
                                     // [vectors * conversions * decisions][answer_words]
    const uint32_t* trials;          // [vectors * conversions * decisions][trial_words]
    const uint32_t* drives;          // [vectors * conversions / columns_per_adc][drive_words]
    const uint32_t* word_lines;      // [drive_words], during a sample
    uint32_t* psums;                 // [vectors * psum_beats][psum_words], written
    int64_t* done_cycles;            // [vectors], written
};

enum Verdict : int64_t {
    DONE,
    RUNNING,
    STUCK,
    SAMPLE,
    ROW_DRIVE,
    WORD_LINES,
    COLUMN_SELECT,
    INPUTS_READY,
    PSUMS_VALID,
    COMPARE,
    TRIALS,
};

// How far the run is, and how it ended; of a difference also what was expected and what was seen.
struct Outcome {
    int64_t verdict;
    uint64_t cycle;
    uint64_t conversions;  // samples so far
    uint64_t sent;         // row beats so far
    uint64_t received;     // psum beats so far
    uint32_t status;
    uint32_t offered;      // whether a row beat waits to be taken
    uint32_t expected[32];
    uint32_t seen[32];
};

}  // extern "C"
