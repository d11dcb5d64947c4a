"""Modules that are alike become one, and what holds registers stays where it is."""

import re

from hdl_gen.alike import merged_alike
from hdl_gen.core import Core
from hdl_gen.emit import CORE, emit

TEXT = """\
module top(a, y);
  \\top.one  one (
    .a(a)
  );
  \\top.two  two (
    .a(a)
  );
  \\top.other  other (
    .a(a)
  );
  \\top.first_count  first_count (
    .clk(a)
  );
  \\top.second_count  second_count (
    .clk(a)
  );
endmodule

module \\top.first_count (clk);
  always @(posedge clk) count <= 1'h1;
endmodule

module \\top.one (a, y);
  assign y = a;
endmodule

module \\top.other (a, y);
  assign y = ~a;
endmodule

module \\top.second_count (clk);
  always @(posedge clk) count <= 1'h1;
endmodule

module \\top.two (a, y);
  assign y = a;
endmodule
"""


def modules(verilog):
    return re.findall(r"^module ([^\s(]+)", verilog, re.M)


def test_modules_that_differ_by_name_alone_are_one():
    merged = merged_alike(TEXT)
    assert modules(merged) == [
        *("top", r"\top.first_count", r"\top.one", r"\top.other", r"\top.second_count")
    ]
    # One instance is of another module, and nothing else has changed.
    assert merged == TEXT.replace("\\top.two  two", "\\top.one  two").replace(
        "\nmodule \\top.two (a, y);\n  assign y = a;\nendmodule\n", "\n"
    )


def test_lanes_of_a_core_are_one_module(core_tile_spec):
    verilog = emit(Core(core_tile_spec(word=8)), top=CORE, parameters={}).verilog
    parts = (
        r"\core.vector_unit.scaled_0",
        r"\core.vector_unit.sum_0",
        r"\core.vector_unit.result_0",
    )
    lanes = [name for name in modules(verilog) if re.search(r"vector_unit\.\w+_\d", name)]
    assert sorted(lanes) == sorted(parts)
    for part in parts:
        instances = rf"^  {re.escape(part)} +{part.split('.')[-1][:-1]}\d \("
        assert len(re.findall(instances, verilog, re.M)) == 8
