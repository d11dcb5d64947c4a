"""Engine `pyverilator`: Verilated RTL through pyverilator-mm, poked and peeked from Python."""

import sys
from pathlib import Path

from cosim.build import RUN_LIMIT_S, design, pyverilator_library
from cosim.exchange import load_outcome, save_job
from cosim.job import MacroJob, MacroRun
from cosim.process import run_logged
from cosim.toolchain import environment, find_verilator
from cosim.window import refuse_window
from hw_spec.macro import MacroSpec


def build(spec: MacroSpec, build_dir: Path, *, waves: bool) -> None:
    """Build the library; it can always write waves. See :class:`cosim.engines.Engine`."""
    pyverilator_library(design(spec, build_dir), build_dir)


def run(
    job: MacroJob,
    work_dir: Path,
    *,
    build_dir: Path,
    waves: Path | None = None,
    window: range | None = None,
    limit_s: float = RUN_LIMIT_S,
) -> MacroRun:
    """Run a job; see :class:`cosim.engines.Engine`. Every register is peeked in every cycle."""
    refuse_window("pyverilator", window)
    library = pyverilator_library(design(job.chip.macro, build_dir), build_dir)
    job_file, outcome = work_dir / "job.npz", work_dir / "outcome.npz"
    outcome.unlink(missing_ok=True)
    save_job(job_file, job)
    command: list[str | Path] = [sys.executable, "-m", "cosim.pyverilator_child", "run"]
    command += [library, job_file, outcome, *([waves] if waves else [])]
    run_logged(
        command,
        subject=f"Simulation of macro {job.macro} of '{job.chip.name}'",
        log=work_dir / "simulation.log",
        limit_s=limit_s,
        env=environment(find_verilator(build_dir)),
    )
    return load_outcome(outcome)
