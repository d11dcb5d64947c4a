// The ceiling for benchmarks: the same macro, flags and stimulus in a plain loop that checks and
// keeps nothing. Only for batches without pauses.

#include "macro_loop.h"

#include "instance.h"
#include "ports.h"

extern "C" uint64_t ohmloop_run_raw(const Batch* batch) {
    VerilatedContext context;
    TOP top{&context};
    top.psums___05Fready = 1;
    const uint64_t beats = batch->vectors * batch->row_beats;
#ifndef SAR
    const uint64_t conversions = batch->vectors * batch->conversions;
#endif
    const uint64_t cycles = batch->first_psum_cycle + batch->psum_beats
                            + (batch->vectors - 1) * batch->cycles_per_vector;
    uint64_t sent = 0, answered = 0;
#ifdef SAR
    bool asked = false;
#else
    uint64_t answer_cycle = batch->first_sample_cycle;
#endif
    for (uint64_t cycle = 0; cycle < cycles; cycle++) {
        top.inputs___05Fvalid = sent < beats;
        if (sent < beats)
            put(top.inputs___05Fpayload, batch->row_beat_words + sent * batch->row_words);
#ifdef SAR
        if (asked) put(top.ANSWERS, batch->answers + answered++ * batch->answer_words);
#else
        if (cycle == answer_cycle && answered < conversions) {
            put(top.ANSWERS, batch->answers + answered++ * batch->answer_words);
            answer_cycle += batch->conversion_cycles;
        }
#endif
        top.eval();
#ifdef SAR
        asked = top.analog___05Fcompare;
#endif
        sent += top.inputs___05Fvalid & top.inputs___05Fready;
        top.clk = 1;
        top.eval();
        top.clk = 0;
    }
    return cycles;
}
