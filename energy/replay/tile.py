"""Runs a network on a tile in parts while every net of every part is counted."""

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cosim.build import RUN_LIMIT_S, design, tile_design
from cosim.engines import native
from cosim.job import MacroJob, MacroRun
from cosim.native.recording import Sink, SinkOfPhase
from cosim.tile.inference import Conditions, infer
from cosim.tile.partition import PartitionedRun, replay_steps
from energy.netlist.netlist import Activity, Netlist
from energy.replay.compiled import CompiledReplay
from energy.replay.parts import PartActivity, PhaseReplays, phase_replays, recorded
from hdl_gen.emit import CORE, PE_LOGIC
from hw_spec.chip import ChipSpec
from network.compiled import Compiled


@dataclass(frozen=True, kw_only=True, eq=False)
class TileNetlists:
    """Parts of a tile, each mapped."""

    macro: Netlist
    pe_logic: Netlist
    core: Netlist


@dataclass(frozen=True, kw_only=True, eq=False)
class TileActivity:
    """What every net of a tile did, part by part."""

    macros: dict[int, Activity]
    """By the number of each macro in use: in the operations it takes part in."""

    runs: dict[int, MacroRun]
    """What the macros did besides, psums left out."""

    parts: dict[str, PartActivity]
    """By path, the logic of each PE in use, and the core."""


def run_tile_gates(
    compiled: Compiled,
    chip: ChipSpec,
    images: np.ndarray,
    conditions: Conditions,
    netlists: TileNetlists,
    *,
    work_dir: Path,
    build_dir: Path,
    threads: int = 1,
    limit_s: float = RUN_LIMIT_S,
) -> tuple[PartitionedRun, TileActivity]:
    """Run images through the parts of a tile in RTL, and count what every net of them does.

    Every cycle of every part is counted, and the next state of each flop held to its register. Left
    out are what the bus of the core moves within PEs that have no part in an operation (registers
    rest then, which is checked), and PEs and macros of which the network uses none.

    Parameters
    ----------
    compiled, chip, images, conditions, work_dir, build_dir, threads, limit_s
        As of :func:`cosim.tile.partition.run_partitioned`.
    netlists : TileNetlists
        The parts of the tile, mapped.

    Raises
    ------
    ValueError
        If a netlist is of another design.
    RuntimeError
        If a part does otherwise than predicted, or its netlist otherwise than the part.
    TimeoutError
        If the time is over.
    """
    deadline_s = time.monotonic() + limit_s
    tile = compiled.tile
    macro = recorded(design(tile.macro, build_dir), netlists.macro, build_dir)
    logic = recorded(tile_design(tile, build_dir, PE_LOGIC), netlists.pe_logic, build_dir)
    core = recorded(tile_design(tile, build_dir, CORE), netlists.core, build_dir)
    replays: dict[int, CompiledReplay] = {}
    macros: dict[int, Activity] = {}
    runs: dict[int, MacroRun] = {}

    def sink_of(job: MacroJob) -> Sink:
        replays[job.macro] = CompiledReplay(macro.netlist, macro.first, build_dir)
        return replays[job.macro].sink

    prepared = native.prepared(
        tile.macro, work_dir, build_dir=build_dir, sink_of=sink_of, limit_s=limit_s
    )

    def run_macro(job: MacroJob) -> MacroRun:
        run = prepared(job)
        macros[job.macro] = replays.pop(job.macro).activity()
        runs[job.macro] = dataclasses.replace(run, psums=run.psums[:0])
        return run

    parts: dict[str, PartActivity] = {}
    latest: dict[str, PhaseReplays] = {}

    def sinks(path: str) -> SinkOfPhase:
        _read(latest, parts)
        latest[path] = phase_replays(core if path == f"tile.{CORE}" else logic, build_dir)
        return latest[path].sinks

    steps = infer(
        *(compiled, chip, images, conditions), run_macro=lambda step: run_macro, threads=threads
    )
    run = replay_steps(
        compiled, images, steps, build_dir=build_dir, deadline_s=deadline_s, sinks=sinks
    )
    _read(latest, parts)
    return run, TileActivity(macros=macros, runs=runs, parts=parts)


def _read(latest: dict[str, PhaseReplays], parts: dict[str, PartActivity]) -> None:
    """Move what was replayed from replays, which take much memory, to activities."""
    while latest:
        path, replays = latest.popitem()
        parts[path] = replays.read()
