"""Engine `cocotb`: Verilated RTL under cocotb, the referee."""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import cocotb_tools.config
import find_libpython

from cosim.build import RUN_LIMIT_S, Design, cocotb_program, design
from cosim.exchange import load_outcome, save_job
from cosim.job import MacroJob, MacroRun
from cosim.process import run_logged
from cosim.saif import register_toggles
from cosim.toolchain import environment, find_verilator
from cosim.window import refuse_window
from hdl_gen.emit import TOP
from hw_spec.macro import MacroSpec

BENCH = "tb.macro"


def build(spec: MacroSpec, build_dir: Path, *, waves: bool) -> None:
    """Build the simulation, and one that writes waves; see :class:`cosim.engines.Engine`."""
    _libpython()
    rtl = design(spec, build_dir)
    for trace in ("saif", "vcd") if waves else ("saif",):
        cocotb_program(rtl, build_dir, trace=trace)


def run(
    job: MacroJob,
    work_dir: Path,
    *,
    build_dir: Path,
    waves: Path | None = None,
    window: range | None = None,
    limit_s: float = RUN_LIMIT_S,
) -> MacroRun:
    """Run a job; see :class:`cosim.engines.Engine`.

    Toggles come from Verilator's SAIF trace. A waveform is written by a second run, which has the
    same limit.
    """
    refuse_window("cocotb", window)
    simulate = partial(_simulate, job, build_dir=build_dir, limit_s=limit_s)
    rtl = design(job.chip.macro, build_dir)
    saif = work_dir / "toggles.saif"
    result = simulate(rtl, work_dir, kind="saif", trace=saif)
    if waves is not None:
        simulate(rtl, work_dir, kind="vcd", trace=waves)
    return replace(result, toggles=register_toggles(saif, rtl.registers))


def _simulate(
    job: MacroJob,
    rtl: Design,
    work_dir: Path,
    *,
    build_dir: Path,
    limit_s: float,
    kind: str,
    trace: Path,
) -> MacroRun:
    program = cocotb_program(rtl, build_dir, trace=kind)
    job_file, outcome = work_dir / "job.npz", work_dir / "outcome.npz"
    outcome.unlink(missing_ok=True)
    save_job(job_file, job)
    env = environment(find_verilator(build_dir)) | {
        "COCOTB_TEST_MODULES": BENCH,
        "COCOTB_TOPLEVEL": TOP,
        "COCOTB_RESULTS_FILE": str(work_dir / "results.xml"),
        "GPI_USERS": f"{_libpython()};{cocotb_tools.config.pygpi_entry_point()}",
        "PYGPI_PYTHON_BIN": sys.executable,
        "PYTHONPATH": ":".join(filter(None, sys.path)),
        "TOPLEVEL_LANG": "verilog",
    }
    command: list[str | Path] = [
        program,
        "--trace",
        "--trace-file",
        trace,
        f"+job={job_file}",
        f"+outcome={outcome}",
    ]
    subject = f"Simulation of macro {job.macro} of '{job.chip.name}'"
    log = work_dir / f"simulation-{kind}.log"
    run_logged(command, subject=subject, log=log, limit_s=limit_s, env=env, cwd=work_dir)
    # A failed bench does not show in cocotb's exit status.
    if not outcome.exists():
        raise RuntimeError(f"{subject} ended without a result; it printed to '{log}'")
    return load_outcome(outcome)


def _libpython() -> str:
    """Return the shared library of this Python, which the simulator loads."""
    path = find_libpython.find_libpython()
    if path is None:
        name = f"libpython{sys.version_info.major}.{sys.version_info.minor}"
        raise FileNotFoundError(
            f"Library '{name}' was not found; install it, on Debian: apt-get install {name}, "
            f"or use engine 'native' or 'pysim'"
        )
    return path
