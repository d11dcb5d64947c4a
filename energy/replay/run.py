"""Runs a job on the native engine while every net of its netlist is counted."""

from collections.abc import Callable
from pathlib import Path

from cosim.build import RUN_LIMIT_S, design
from cosim.engines import native
from cosim.job import MacroJob, MacroRun
from cosim.native.build import native_library
from cosim.native.library import recorded_places
from energy.netlist.netlist import Activity, Netlist
from energy.replay.compiled import CompiledReplay


def run_gates(
    job: MacroJob,
    netlist: Netlist,
    work_dir: Path,
    *,
    build_dir: Path,
    window: range | None = None,
    limit_s: float = RUN_LIMIT_S,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[MacroRun, Activity]:
    """Run a job and return its result with what every net of the netlist did.

    Values are those at the end of a cycle, just before the rising edge: glitches are left out.

    Parameters
    ----------
    job : MacroJob
        What to run.
    netlist : Netlist
        The job's macro, mapped.
    work_dir, build_dir, limit_s, progress
        As of :func:`cosim.engines.native.run`.
    window : range or None
        Cycles to count; None: all.

    Raises
    ------
    ValueError
        If the netlist is of another design, or as the engine does.
    RuntimeError
        If the macro does otherwise than predicted, or the netlist otherwise than the macro.
    """
    rtl = design(job.chip.macro, build_dir)
    if netlist.rtl_hash != rtl.rtl_hash:
        raise ValueError(
            f"Netlist must be mapped from the macro of the job, {rtl.rtl_hash[:16]}, not from "
            f"{netlist.rtl_hash[:16]}"
        )
    library = native_library(rtl, build_dir)
    places = recorded_places(library, [*rtl.registers, *rtl.inputs])
    replay = CompiledReplay(netlist, places.first, build_dir)
    run = native.run(
        job,
        work_dir,
        build_dir=build_dir,
        window=window,
        sink=replay.sink,
        limit_s=limit_s,
        progress=progress,
    )
    return run, replay.activity()
