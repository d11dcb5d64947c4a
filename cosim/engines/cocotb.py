"""Engine `cocotb`: Verilated RTL under cocotb, the referee."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import cocotb_tools.config
import find_libpython

from cosim.build import RUN_LIMIT_S, cocotb_program, design
from cosim.exchange import load_outcome, save_job
from cosim.job import MacroJob, MacroRun
from cosim.process import run_logged
from cosim.saif import register_toggles
from cosim.toolchain import environment, find_verilator
from cosim.window import refuse_window
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
    rtl = design(job.chip.macro, build_dir)
    saif = work_dir / "toggles.saif"
    run_program = partial(simulate, job, work_dir=work_dir, build_dir=build_dir, limit_s=limit_s)
    result = run_program(cocotb_program(rtl, build_dir, trace="saif"), trace=saif)
    if waves is not None:
        run_program(cocotb_program(rtl, build_dir, trace="vcd"), trace=waves)
    return replace(result, toggles=register_toggles(saif, rtl.registers))


def simulate(
    job: MacroJob,
    program: Path,
    *,
    work_dir: Path,
    build_dir: Path,
    limit_s: float = RUN_LIMIT_S,
    trace: Path | None = None,
) -> MacroRun:
    """Run a job on a program of :func:`cosim.build.cocotb_program`; the result has no toggles.

    Parameters
    ----------
    trace : Path or None
        File for the trace, if the program can write one and it is wanted.

    Raises
    ------
    TimeoutError
        If the simulation makes no progress or reaches its limit.
    RuntimeError
        If the simulator fails.
    """
    job_file, outcome = work_dir / "job.npz", work_dir / "outcome.npz"
    outcome.unlink(missing_ok=True)
    save_job(job_file, job)
    subject = f"Simulation of macro {job.macro} of '{job.chip.name}'"
    log = run_bench(
        program,
        {"job": job_file, "outcome": outcome},
        bench=BENCH,
        subject=subject,
        work_dir=work_dir,
        build_dir=build_dir,
        limit_s=limit_s,
        trace=trace,
    )
    # A failed bench does not show in cocotb's exit status.
    if not outcome.exists():
        raise RuntimeError(f"{subject} ended without a result; it printed to '{log}'")
    return load_outcome(outcome)


def run_bench(
    program: Path,
    arguments: Mapping[str, object],
    *,
    bench: str,
    subject: str,
    work_dir: Path,
    build_dir: Path,
    limit_s: float,
    trace: Path | None = None,
) -> Path:
    """Run a bench in a simulator; return the log of what was printed.

    A failed bench does not show in the exit status of cocotb, so it has to leave a file.

    Parameters
    ----------
    program : Path
        Program of :func:`cosim.build.cocotb_program`, named like the top module.
    arguments : mapping of str to object
        What the bench finds in ``cocotb.plusargs``.
    bench : str
        Module of the bench.
    subject : str
        What is done, as the subject of error messages.
    work_dir : Path
        Working directory, which takes log and results.
    build_dir : Path
        Build folder.
    limit_s : float
        Longest time, in seconds.
    trace : Path or None
        File for the trace, if the program can write one and it is wanted.

    Raises
    ------
    TimeoutError
        If the simulation reaches its limit.
    RuntimeError
        If the simulator fails.
    """
    env = environment(find_verilator(build_dir)) | {
        "COCOTB_TEST_MODULES": bench,
        "COCOTB_TOPLEVEL": program.name,
        "COCOTB_RESULTS_FILE": str(work_dir / "results.xml"),
        "GPI_USERS": f"{_libpython()};{cocotb_tools.config.pygpi_entry_point()}",
        "PYGPI_PYTHON_BIN": sys.executable,
        "PYTHONPATH": ":".join(filter(None, sys.path)),
        "TOPLEVEL_LANG": "verilog",
    }
    command: list[str | Path] = [program, *(f"+{name}={it}" for name, it in arguments.items())]
    if trace is not None:
        command += ["--trace", "--trace-file", trace]
    log = work_dir / f"simulation-{trace.suffix[1:] if trace else 'plain'}.log"
    run_logged(command, subject=subject, log=log, limit_s=limit_s, env=env, cwd=work_dir)
    return log


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
