// Analog array of one macro with SAR converters: the hole in the generated chip.
//
// The analog side of module `macro`: connect each port to the port `analog__<name>` of the macro.
// This shell has ports only. Simulation answers at the pins, an ASIC flow puts the array macro here
// (black box), and a prototype puts a digital twin here.
//
// Timing: `sample` is high for one clock cycle per conversion, with drive, word lines and column
// select valid in that cycle; each lane then holds what its column carried. `compare` is high in each
// of the ADC_BITS cycles that follow. One cycle later, and until one cycle after the next compare, bit
// l of `decisions` tells whether the value of lane l reached its field of `trials`, lane 0 in the
// lowest bits. The macro derives `trials` from `decisions` in the same cycle.
(* blackbox *)
module analog_array_sar #(
    parameter ROWS = 128,
    parameter COLUMNS_PER_ADC = 8,
    parameter LANES = 16,
    parameter ADC_BITS = 5
) (
    input  wire                        clk,
    input  wire [ROWS-1:0]             row_drive,
    input  wire [ROWS-1:0]             word_lines,
    input  wire [COLUMNS_PER_ADC-1:0]  column_select,
    input  wire                        sample,
    input  wire                        compare,
    input  wire [LANES*ADC_BITS-1:0]   trials,
    output wire [LANES-1:0]            decisions
);
endmodule
