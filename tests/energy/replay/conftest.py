"""Verilator on a mapped netlist, and what its SAIF says of every net."""

import re
import subprocess

import numpy as np
import pytest

from cosim.build import WARNINGS
from cosim.process import run_logged
from cosim.toolchain import environment, find_verilator
from energy.liberty import SKY130
from energy.liberty_text import read_groups
from energy.netlist.synthesis import mapped

LIMIT_S = 300
NET = re.compile(r"\((n\d+) \(T0 (\d+)\) \(T1 (\d+)\) .*\(TC (\d+)\)\)")

MAIN = """
#include "Vmacro.h"
#include "verilated_saif_c.h"
#include <cstdio>
#include <string>

// Inputs follow the clock edge at once, so that in each cycle every data net changes once at most.
int main(int, char** argv) {
    VerilatedContext context;
    context.traceEverOn(true);
    Vmacro top{&context};
    VerilatedSaifC saif;
    top.trace(&saif, 99);
    FILE* inputs = std::fopen(argv[1], "r");
    const unsigned long cycles = std::stoul(argv[2]);
    char line[100000];
    top.rst = 1;
    for (int n = 0; n < 2; n++) {
        top.clk = 0, top.eval();
        top.clk = 1, top.eval();
    }
    saif.open("gates.saif");
    for (unsigned long cycle = 0; cycle < cycles; cycle++) {
        std::fscanf(inputs, "%99999s", line);
        top.clk = 1, top.eval();
        for (int n = 0; n < INPUTS; n++) set(top, n, line[n] == '1');
        top.eval(), saif.dump(2 * cycle);
        top.clk = 0, top.eval(), saif.dump(2 * cycle + 1);
    }
    saif.dump(2 * cycles);
    saif.close();
    top.final();
}
"""


def cell_models():
    """Return Verilog of every cell, from the text of the library alone."""
    models = []
    for cell in read_groups(SKY130).each("cell"):
        pins = {pin.names[0]: pin for pin in cell.each("pin")}
        ports = [f"{pin.simple['direction']} {name}" for name, pin in pins.items()]
        body = [
            f"assign {name} = {pin.simple['function']};"
            for name, pin in pins.items()
            if "function" in pin.simple
        ]
        for ff in cell.each("ff"):
            clock, following = ff.simple["clocked_on"], ff.simple["next_state"]
            body.append(f"reg {ff.names[0]}; wire {ff.names[1]} = !{ff.names[0]};")
            body.append(f"always @(posedge {clock}) {ff.names[0]} <= {following};")
        if "clock_gating_integrated_cell" in cell.simple:
            body = ["reg M; always @* if (!CLK) M = GATE; assign GCLK = CLK & M;"]
        name = cell.names[0]
        models.append(f"module {name}({', '.join(ports)});\n{' '.join(body)}\nendmodule\n")
    return "".join(models)


def netlist_verilog(after, inputs):
    """Return Verilog of Yosys's JSON in which wire 5 is n5, and input bits are one port each."""
    wires = {wire for cell in after["cells"].values() for (wire,) in cell["connections"].values()}
    bits = {str(bit): wire for bit, wire in inputs.items()}
    ports = ["input clk", *(f"input i{n}" for n in range(len(bits)))]
    lines = [f"module macro({', '.join(ports)});"]
    lines += [f"wire n{wire};" for wire in sorted(wires | set(bits.values()))]
    lines += [f"assign n{after['ports']['clk']['bits'][0]} = clk;"]
    lines += [f"assign n{wire} = i{n};" for n, wire in enumerate(bits.values())]
    for n, cell in enumerate(after["cells"].values()):
        pins = [f".{pin}(n{wire})" for pin, (wire,) in cell["connections"].items()]
        lines.append(f"{cell['type']} c{n}({', '.join(pins)});")
    return "\n".join([*lines, "endmodule\n"])


@pytest.fixture(scope="session")
def after(gates_design, sky130, build_dir):
    """Yosys's JSON of the mapped macro."""
    return mapped(gates_design, sky130, build_dir, period_s=10e-9).after


@pytest.fixture(scope="session")
def wires_of(after):
    """Return a function that gives the wires of named nets; one without a name goes by number."""
    cells = after["cells"].values()
    wires = {str(wire): wire for cell in cells for (wire,) in cell["connections"].values()}
    for name, one in after["netnames"].items():
        for bit, wire in enumerate(one["bits"]):
            wires[f"{name}[{bit}]" if len(one["bits"]) > 1 else name] = wire
    return lambda names: [wires[name] for name in names]


@pytest.fixture(scope="session")
def saif_of(gates, after, recorded, places, build_dir, tmp_path_factory):
    """Return a function that simulates some cycles; it gives ones and toggles by wire.

    Toggles are those after the first cycle.
    """
    folder = tmp_path_factory.mktemp("gates")
    inputs = {bit: after["ports"][bit.path]["bits"][bit.bit] for bit in gates.inputs}
    names = [f"i{n}" for n in range(len(inputs))]
    setters = "".join(f"case {n}: top.{name} = value; break;\n" for n, name in enumerate(names))
    head = f"#define INPUTS {len(inputs)}\n"
    set_ = f"static void set(Vmacro& top, int n, bool value) {{ switch (n) {{\n{setters}}} }}\n"
    reset = f"i{[str(bit) for bit in inputs].index('rst[0]')}"
    main = MAIN.replace("top.rst", f"top.{reset}").replace("int main", set_ + "int main", 1)
    (folder / "main.cpp").write_text(head + main)
    (folder / "gates.v").write_text(netlist_verilog(after, inputs) + cell_models())
    verilator = find_verilator(build_dir)
    flags = ["--cc", "--exe", "--build", "--trace-saif", "--top-module", "macro", "-Wno-LATCH"]
    # The few cycles are simulated in less time than it takes to optimise.
    flags += ["-MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0"]
    run_logged(
        [verilator.executable, *flags, *WARNINGS, "gates.v", "main.cpp"],
        subject="Verilator",
        log=folder / "build.log",
        limit_s=LIMIT_S,
        env=environment(verilator),
        cwd=folder,
    )
    rows = [recorded[places.first[bit.path] + bit.bit] for bit in inputs]
    lines = ["".join(map(str, cycle)) for cycle in np.array(rows).T.astype(int).tolist()]
    (folder / "inputs.txt").write_text("\n".join(lines))

    def counts(cycles):
        program = folder / "obj_dir" / "Vmacro"
        command = [program, "inputs.txt", str(cycles)]
        subprocess.run(command, cwd=folder, check=True, timeout=LIMIT_S)
        text = (folder / "gates.saif").read_text()
        found = map(NET.fullmatch, map(str.strip, text.splitlines()))
        return {
            int(net[1].removeprefix("n")): (int(net[3]) / 2, int(net[4])) for net in found if net
        }

    def saif(cycles):
        # Verilator also counts the first value of a net, if it is 1.
        first, last = counts(1), counts(cycles)
        return {wire: (ones, toggles - first[wire][1]) for wire, (ones, toggles) in last.items()}

    return saif
