"""Exact gate counts beside the other way to them: Verilator on the netlist, with a SAIF trace."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cosim.build import WARNINGS, design
from cosim.cache import writable
from cosim.engines import native
from cosim.native.build import native_library
from cosim.native.library import recorded_places
from cosim.native.recording import python_sink
from cosim.process import run_logged
from cosim.toolchain import environment, find_verilator
from energy.boolean import Function
from energy.liberty import SKY130, read_liberty
from energy.library import Cell
from energy.netlist.build import netlist
from energy.netlist.netlist import Netlist
from energy.power.export import verilog_text
from energy.power.names import plain_names
from energy.replay.run import run_gates
from energy.replay.sources import source_rows
from ohmloop.speed.jobs import digits_job
from ohmloop.speed.rounds import Figures, seconds

VECTORS = 4000
SAIF_VECTORS = 100
"""Vectors that Verilator has time for."""

LIMIT_S = 900

MAIN = """\
#include "Vmacro.h"
#include "verilated_saif_c.h"
#include <cstdio>
#include <string>

// Inputs, a byte of each bit, follow the clock edge at once.
int main(int, char** argv) {
    VerilatedContext context;
    context.traceEverOn(true);
    Vmacro top{&context};
    VerilatedSaifC saif;
    top.trace(&saif, 99);
    FILE* inputs = std::fopen(argv[1], "rb");
    saif.open(argv[2]);
    unsigned char bits[INPUTS];
    for (unsigned long cycle = 0; std::fread(bits, INPUTS, 1, inputs); cycle++) {
        top.clk = 1, top.eval();
        SETTERS
        top.eval(), saif.dump(2 * cycle);
        top.clk = 0, top.eval(), saif.dump(2 * cycle + 1);
    }
    saif.close();
    top.final();
}
"""


def gates_against_saif(build_dir: Path) -> Callable[[], Figures]:
    """Build a simulator of the netlist of the digits layer, which takes minutes."""
    job, short = digits_job(vectors=VECTORS), digits_job(vectors=SAIF_VECTORS)
    rtl = design(job.chip.macro, build_dir)
    gates = netlist(rtl, read_liberty(SKY130), build_dir, period_s=job.chip.clock_period_s.value)
    folder = writable(build_dir / "runs" / "bench" / "gate_saif")

    places = recorded_places(native_library(rtl, build_dir), [*rtl.registers, *rtl.inputs])
    blocks: list[np.ndarray] = []
    sink = python_sink(lambda bits, *_: blocks.append(bits.copy()), places.bits)
    recorded = native.run(short, folder, build_dir=build_dir, sink=sink)
    rows = np.concatenate(blocks, axis=1)[source_rows(gates, places.first)[: len(gates.inputs)]]
    bits = np.unpackbits(rows.view(np.uint8), axis=1, bitorder="little")[:, : recorded.cycles]
    np.ascontiguousarray(bits.T).tofile(folder / "inputs")
    program = _build(gates, folder, build_dir)
    command = [program, folder / "inputs", folder / "gates.saif"]
    run_gates(short, gates, folder, build_dir=build_dir)  # builds the replay

    def take() -> Figures:
        ours_s = seconds(lambda: run_gates(job, gates, folder, build_dir=build_dir))
        saif_s = seconds(lambda: subprocess.run(command, check=True, timeout=LIMIT_S))
        return {
            "gate_over_saif": (saif_s / SAIF_VECTORS) / (ours_s / VECTORS),
            "gate_saif_cycles_per_s": recorded.cycles / saif_s,
        }

    return take


def _build(gates: Netlist, folder: Path, build_dir: Path) -> Path:
    """Return a program that simulates a netlist."""
    names, verilator = plain_names(gates), find_verilator(build_dir)
    cells = {group.cell.name: _model(group.cell) for group in gates.groups}
    text = "".join([verilog_text(gates, names), *cells.values()])
    # Verilator gives names with two underscores others of its own.
    (folder / "gates.v").write_text(text.replace("__", "_"))
    inputs = [name.replace("__", "_") for name in names.nets[: len(gates.inputs)]]
    setters = " ".join(f"top.{name} = bits[{n}];" for n, name in enumerate(inputs))
    main = MAIN.replace("INPUTS", str(len(inputs))).replace("SETTERS", setters)
    (folder / "main.cpp").write_text(main)
    flags = ["--cc", "--exe", "--build", "--trace-saif", "--top-module", gates.top, "-Wno-LATCH"]
    run_logged(
        [verilator.executable, *flags, "--prefix", "Vmacro", *WARNINGS, "gates.v", "main.cpp"],
        subject="Verilator on the netlist",
        log=folder / "build.log",
        limit_s=LIMIT_S,
        env=environment(verilator),
        cwd=folder,
    )
    return folder / "obj_dir" / "Vmacro"


def _model(cell: Cell) -> str:
    """Return a cell in Verilog."""
    ports = ", ".join(f"{pin.direction} {name}" for name, pin in cell.pins.items())
    body = []
    if cell.clock_gate is not None:
        role = {pin.role: name for name, pin in cell.pins.items()}
        body += [
            f"reg open; always @* if (!{role['clock']}) open = {role['enable']};",
            f"assign {role['out']} = {role['clock']} & open;",
        ]
    else:
        if cell.flop is not None:
            state, inverse = cell.flop.state, cell.flop.inverse
            clock, following = map(_expression, (cell.flop.clocked_on, cell.flop.next_state))
            body += [
                f"reg {state}; wire {inverse} = !{state};",
                f"always @(posedge {clock}) {state} <= {following};",
            ]
        body += [
            f"assign {pin.name} = {_expression(pin.function)};"
            for pin in cell.outputs
            if pin.function is not None
        ]
    return f"module {cell.name} ({ports});\n  {' '.join(body)}\nendmodule\n"


def _expression(function: Function) -> str:
    match function:
        case ("pin", name):
            return str(name)
        case ("~", one):
            return f"(~{_expression(one)})"
        case (operator, one, other):
            return f"({_expression(one)} {operator} {_expression(other)})"
        case (constant,):
            return f"1'b{constant}"
    raise AssertionError(function)
