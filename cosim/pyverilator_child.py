"""The process in which pyverilator builds or runs a macro.

pyverilator looks for Verilator in the environment and allows one model per process, so neither
may happen in the process of the caller. Started as ``python -m cosim.pyverilator_child``:

- ``build VERILOG REGISTERS FOLDER`` leaves the shared library in the folder; REGISTERS is a JSON
  file with path and width of each register,
- ``run LIBRARY JOB OUTCOME [VCD]`` runs a job file.
"""

import ctypes
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from pyverilator import PyVerilator

from cosim.analog import AnalogService
from cosim.build import PYVERILATOR_STANDARD, WARNINGS
from cosim.exchange import FAILURES, load_job, save_outcome
from cosim.job import MacroRun
from cosim.loop import Sense, drive_pins, macro_loop, sense_pins
from cosim.registers import control_file, cpp_name
from hdl_gen.emit import TOP

RESET_CYCLES = 2

WORD_BITS = 32
CHUNK_CYCLES = 1024

# pyverilator finds internal signals in the header of the top class, where Verilator no longer
# declares them. This reads all registers into rows of 32-bit words, in one call per cycle.
PEEK_REGISTERS = """
#include "{top}___024root.h"
#include <cstring>
#define PEEK(name) \\
    std::memcpy(words, &root.name, sizeof root.name); \\
    words += (sizeof root.name + 3) / 4;
extern "C" void peek_registers({top}* top, uint32_t* words) {{
    const {top}___024root& root = *top->rootp;
    {peeks}
}}
"""


def build(verilog: Path, registers_file: Path, folder: Path) -> None:
    """Compile a design; the library carries the list of its registers as ``json_data``."""
    registers = json.loads(registers_file.read_text())
    control = folder / "registers.vlt"
    control.write_text(control_file(registers))
    # Trace support is always compiled in; whether a trace is written is chosen at run time.
    PyVerilator.build(
        str(verilog),
        verilog_path=[str(verilog.parent)],
        build_dir=str(folder),
        json_data=registers,
        gen_only=True,
        args=[*WARNINGS, str(control)],
        cargs=PYVERILATOR_STANDARD,
        dump_en=False,
    )
    peeks = "\n    ".join(f"PEEK({cpp_name(path)})" for path in registers)
    with (folder / "pyverilator_wrapper.cpp").open("a") as wrapper:
        wrapper.write(PEEK_REGISTERS.format(top=f"V{TOP}", peeks=peeks))
    make = ["make", "-C", str(folder), "-f", f"V{TOP}.mk", "LDFLAGS=-fPIC -shared"]
    subprocess.run(make, check=True)


class ToggleCounter:
    """Counts the bit toggles of all registers of a model from its construction on."""

    def __init__(self, model: PyVerilator):
        self._model = model
        self._words = {path: -(-width // WORD_BITS) for path, width in model.json_data.items()}
        self._peek = model.lib.peek_registers
        self._peek.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        self._peek.restype = None
        # Short registers write part of a word, so the rest of it must be zero.
        self._rows = np.zeros((CHUNK_CYCLES + 1, sum(self._words.values())), dtype=np.uint32)
        self._counts = np.zeros(self._rows.shape[1], dtype=np.int64)
        self._used = 0
        self.sample()

    def sample(self) -> None:
        """Look at all registers; to be called once per cycle."""
        if self._used == len(self._rows):
            self._count()
        self._peek(self._model.model, self._rows[self._used].ctypes.data)
        self._used += 1

    def toggles(self) -> dict[str, int]:
        """Return the toggles so far, by the path of the register."""
        self._count()
        starts = np.cumsum([0, *self._words.values()])[:-1]
        counts = np.add.reduceat(self._counts, starts).tolist()
        return dict(zip(self._words, counts, strict=True))

    def _count(self) -> None:
        rows = self._rows[: self._used]
        self._counts += np.bitwise_count(rows[1:] ^ rows[:-1]).sum(axis=0, dtype=np.int64)
        self._rows[0] = rows[-1]
        self._used = 1


def run(library: Path, job_file: Path, outcome: Path, vcd: Path | None) -> None:
    """Run a job and write its outcome."""
    model = PyVerilator(str(library))
    model.auto_eval = False
    clock, reset = model.io["clk"].signal, model.io["rst"].signal
    job = load_job(job_file)
    inputs = [model.io[name].signal for name in drive_pins(job.chip.macro)]
    outputs = [model.io[name].signal for name in sense_pins(job.chip.macro)]
    if vcd is not None:
        model.start_vcd_trace(str(vcd), auto_tracing=False)

    def tick() -> None:
        for level in (1, 0):
            clock.write(level)
            model.eval()
            if vcd is not None:
                model.add_to_vcd_trace()

    reset.write(1)
    for _ in range(RESET_CYCLES):
        tick()
    reset.write(0)

    loop = macro_loop(job, AnalogService(job))
    registers = ToggleCounter(model)
    result: MacroRun | Exception
    try:
        drive = next(loop)
        while True:
            for pin, value in zip(inputs, drive, strict=True):
                pin.write(value)
            model.eval()
            drive = loop.send(Sense(*(pin.value for pin in outputs)))
            tick()
            registers.sample()
    except StopIteration as stop:
        result = replace(stop.value, toggles=registers.toggles())
    except FAILURES as failure:
        result = failure
    if vcd is not None:
        model.stop_vcd_trace()
    save_outcome(outcome, result)


def main(arguments: list[str]) -> None:
    """Do what the arguments say; see the top of this file."""
    action, *names = arguments
    paths = [Path(name) for name in names]
    if action == "build":
        build(*paths)
    else:
        library, job_file, outcome, *vcd = paths
        run(library, job_file, outcome, vcd[0] if vcd else None)


if __name__ == "__main__":
    main(sys.argv[1:])
