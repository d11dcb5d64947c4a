"""Runs a network on a chip."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from cosim.build import Design, cocotb_program, design, tile_design
from cosim.cache import writable
from cosim.engines import ENGINES
from cosim.native.build import native_library
from hdl_gen.emit import CORE, PE_LOGIC
from ohmloop.network_case import NetworkCase, Prepared, prepare
from ohmloop.network_collect import collect
from ohmloop.network_modes import (
    Progress,
    Work,
    run_flat_tile,
    run_operations,
    run_partitioned_tile,
)
from ohmloop.network_result import NetworkResult, StepResult

__all__ = ["NetworkCase", "NetworkResult", "Progress", "StepResult", "run_case", "run_prepared"]


def run_case(
    case: NetworkCase,
    *,
    build_dir: Path,
    progress: Progress = lambda what, share: None,
    threads: int = 1,
    work_dir: Path | None = None,
) -> NetworkResult:
    """Run a network on a chip.

    Parameters
    ----------
    case : NetworkCase
        What to run.
    build_dir : Path
        Build folder.
    progress : callable
        Told what is being done, and which share of it is done; see `Progress`.
    threads : int
        Macros that run at the same time; the result does not depend on it.
    work_dir : Path or None
        Folder for logs, and for what a difference leaves; None: one in the build folder for each
        case.

    Raises
    ------
    ValueError, TypeError, OSError
        If something is missing, damaged, or does not fit; before anything is built.
    RuntimeError
        If the RTL does otherwise than predicted, or a build fails.
    TimeoutError
        If a simulation makes no progress or reaches its limit.
    """
    progress("compiling", None)
    name = hashlib.sha256(repr(case).encode()).hexdigest()[:16]
    return run_prepared(
        prepare(case),
        build_dir=build_dir,
        work_dir=work_dir or build_dir / "work" / name,
        threads=threads,
        progress=progress,
    )


def run_prepared(
    prepared: Prepared, *, build_dir: Path, work_dir: Path, threads: int, progress: Progress
) -> NetworkResult:
    """Run a prepared case; see :func:`run_case`."""
    writable(work_dir)
    start = time.perf_counter()
    progress("building", None)
    hash_of_all = _build(prepared, build_dir)
    built = time.perf_counter()
    work = Work(
        prepared=prepared,
        build_dir=build_dir,
        work_dir=work_dir,
        threads=threads,
        deadline_s=time.monotonic() + prepared.case.limit_s,
        progress=progress,
    )
    match prepared.mode:
        case "flat":
            left, tile = run_flat_tile(work)
        case "partitioned":
            left, tile = run_partitioned_tile(work)
        case "operations":
            left, tile = run_operations(work)
    return collect(
        prepared,
        left,
        tile,
        rtl_hash=hash_of_all,
        build_s=built - start,
        wall_s=time.perf_counter() - built,
    )


def designs(prepared: Prepared, build_dir: Path) -> list[Design]:
    """Return the Verilog that a case runs besides single macros: the tile, or its parts."""
    tile = prepared.compiled.tile
    match prepared.mode:
        case "flat":
            return [tile_design(tile, build_dir)]
        case "partitioned":
            parts = [tile_design(tile, build_dir, top) for top in (CORE, PE_LOGIC)]
            return [*parts, design(tile.macro, build_dir)]
        case "operations":
            return []


def rtl_hash(parts: Sequence[Design]) -> str | None:
    """Return the hash of the Verilog of a tile, or of its parts; None without any."""
    if len(parts) < 2:
        return next((part.rtl_hash for part in parts), None)
    return hashlib.sha256("".join(part.rtl_hash for part in parts).encode()).hexdigest()


def _build(prepared: Prepared, build_dir: Path) -> str | None:
    """Build what the engines need; return the hash of the Verilog."""
    engines = sorted(set(prepared.addresses.values()))
    parts = designs(prepared, build_dir)
    if not parts:
        for engine in engines:
            ENGINES[engine].build(prepared.compiled.tile.macro, build_dir, waves=False)
    for part in parts:
        if engines == ["cocotb"]:
            cocotb_program(part, build_dir, trace="vcd")
        else:
            native_library(part, build_dir)
    return rtl_hash(parts)
