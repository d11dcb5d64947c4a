// What a closed loop is given, asks and is answered; cosim/native/closed.py has the same structure.

#pragma once

#include <cstdint>

extern "C" {

// One macro. Arrays are rows of 32-bit words.
struct Closed {
    uint64_t vectors;
    uint64_t row_beats;          // per vector
    uint64_t psum_beats;         // per vector
    uint64_t conversion_cycles;
    uint64_t patience_cycles;    // longest time without a beat or a sample
    uint64_t row_words;
    uint64_t psum_words;
    const uint32_t* row_beat_words;  // [vectors * row_beats][row_words]
    uint32_t* psums;                 // [vectors * psum_beats][psum_words], written
    int64_t* done_cycles;            // [vectors], written
    uint8_t* state;                  // [1], of the last turn, written
    uint32_t* row_drive;             // port at the last sample, written
    uint32_t* word_lines;
    uint32_t* column_select;
    uint32_t* trials;                // port at the last compare of a SAR, written
    const uint32_t* answers;         // codes, or decisions of a SAR; read in the cycle they are due
};

// What a turn ended with; bits of Closed::state.
enum State : uint8_t { SAMPLED = 1, ASKS = 2, ENDED = 4, SILENT = 8 };

}  // extern "C"
