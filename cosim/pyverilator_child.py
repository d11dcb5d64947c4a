"""The process in which pyverilator builds or runs a macro.

pyverilator looks for Verilator in the environment and allows one model per process, so neither
may happen in the process of the caller. Started as ``python -m cosim.pyverilator_child``:

- ``build VERILOG FOLDER`` leaves the shared library in the folder,
- ``run LIBRARY JOB OUTCOME [VCD]`` runs a job file.
"""

import sys
from pathlib import Path

from pyverilator import PyVerilator

from cosim.analog import AnalogService
from cosim.build import PYVERILATOR_STANDARD, WARNINGS
from cosim.exchange import FAILURES, load_job, save_outcome
from cosim.job import MacroRun
from cosim.loop import Sense, drive_pins, macro_loop, sense_pins

RESET_CYCLES = 2


def build(verilog: Path, folder: Path) -> None:
    """Compile a design."""
    # Trace support is always compiled in; whether a trace is written is chosen at run time.
    PyVerilator.build(
        str(verilog),
        verilog_path=[str(verilog.parent)],
        build_dir=str(folder),
        args=list(WARNINGS),
        cargs=PYVERILATOR_STANDARD,
        dump_en=False,
    )


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
    result: MacroRun | Exception
    try:
        drive = next(loop)
        while True:
            for pin, value in zip(inputs, drive, strict=True):
                pin.write(value)
            model.eval()
            drive = loop.send(Sense(*(pin.value for pin in outputs)))
            tick()
    except StopIteration as stop:
        result = stop.value
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
