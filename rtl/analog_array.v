// Analog array of one macro: the hole in the generated chip.
//
// The analog side of module `macro`: connect each port to the port `analog__<name>` of the macro.
// This shell has ports only. Simulation answers at the pins, an ASIC flow puts the array macro here
// (black box), and a prototype puts a digital twin here.
//
// Timing: `sample` is high for one clock cycle per conversion, with drive, word lines and column
// select valid in that cycle. `codes` of all lanes, lane 0 in the lowest bits, are valid from K
// cycles after a sample until K cycles after the next one (K: cycles of a conversion).
(* blackbox *)
module analog_array #(
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
    output wire [LANES*ADC_BITS-1:0]   codes
);
endmodule
