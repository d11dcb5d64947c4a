// One Verilated macro, and its waveform where the library was built with one.
//
// `design.h` is generated: TOP_H and ROOT_H name Verilator's headers, TOP and ROOT its classes,
// REGISTERS(X), PORTS(X), INPUTS(X) and READS(X) list the members that are registers, ports, inputs
// but the clock, and, in parts of a tile, words read of memories.
// ANSWERS is the port that takes codes, or decisions where SAR is defined. NAME is what traces call
// the scope above the top module. TRACE_H and TRACE are there in libraries that can write a trace.

#pragma once

#include "design.h"
#include TOP_H
#include ROOT_H
#include "verilated.h"

#include <cstdint>
#include <memory>

#ifdef TRACE
#include TRACE_H
#endif

constexpr int RESET_CYCLES = 2;

struct Instance {
    VerilatedContext context;
    TOP top;

    Instance() : top{prepared(context), NAME} {}
    ~Instance() {
        enter();
        end_trace();
        top.final();
    }
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    // Verilator looks for the context in a variable of the thread, which may name another instance,
    // or one that is gone. To be called before anything else is done with this one.
    void enter() { Verilated::threadContextp(&context); }

    // Inputs are set while the clock is high, right after its edge. In a trace, cycle n begins at n
    // periods: registers and inputs change then, and the clock falls half a period later.

    void settle(uint64_t cycle) {
        trace_high(cycle);
        top.clk = 0;
        top.eval();
        trace_low(cycle);
    }

    void edge() {
        top.clk = 1;
        top.eval();
    }

#ifdef TRACE
    bool tracing() const { return static_cast<bool>(trace); }

    // Returns whether the file could be opened.
    bool begin_trace(const char* path, uint64_t half_period) {
        trace = std::make_unique<TRACE>();
        half = half_period;
        top.trace(trace.get(), 99);
        trace->open(path);
        if (!trace->isOpen()) trace.reset();
        return tracing();
    }

    // The last cycle of the trace gets its whole length.
    void end_trace() {
        if (!trace) return;
        if (traced) {
            const CData clk = top.clk;
            top.clk = 1;
            trace->dump(2 * half * (last_cycle + 1));
            top.clk = clk;
        }
        trace->close();
        trace.reset();
        traced = false;
    }

    std::unique_ptr<TRACE> trace;
    uint64_t half = 1, last_cycle = 0;
    bool traced = false;

  private:
    static VerilatedContext* prepared(VerilatedContext& context) {
        context.traceEverOn(true);
        return &context;
    }
    void trace_high(uint64_t cycle) {
        if (!trace) return;
        top.clk = 1;  // still, so this is no edge
        top.eval();
        trace->dump(2 * half * cycle);
        last_cycle = cycle;
        traced = true;
    }
    void trace_low(uint64_t cycle) {
        if (trace) trace->dump(2 * half * cycle + half);
    }
#else
    void end_trace() {}

  private:
    static VerilatedContext* prepared(VerilatedContext& context) { return &context; }
    void trace_high(uint64_t) {}
    void trace_low(uint64_t) {}
#endif
};

inline void reset(Instance& instance) {
    instance.top.rst = 1;
    for (int n = 0; n < RESET_CYCLES; n++) {
        instance.top.clk = 0;
        instance.top.eval();
        instance.edge();
    }
    instance.top.rst = 0;
}
