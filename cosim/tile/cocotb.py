"""A whole tile under cocotb: the referee of what :mod:`cosim.tile.flat` does."""

from pathlib import Path

import numpy as np

from cosim.build import RUN_LIMIT_S, cocotb_program, tile_design
from cosim.engines.cocotb import run_bench
from cosim.job import MacroJob
from cosim.tile.batch import tile_batch, tile_half_period_ps
from cosim.tile.ending import raise_unless_done
from cosim.tile.exchange import load_ending, save_batch
from cosim.tile.result import FlatRun, flat_run
from cosim.vcd import register_toggles
from network.compiled import Compiled

BENCH = "tb.tile"


def run_cocotb(
    compiled: Compiled,
    images: np.ndarray,
    jobs: dict[int, MacroJob],
    *,
    work_dir: Path,
    build_dir: Path,
    waves: Path | None = None,
    limit_s: float = RUN_LIMIT_S,
) -> FlatRun:
    """Run images through a tile in RTL; as :func:`cosim.tile.flat.run_flat`, but slower.

    Toggles are counted in Verilator's VCD of the whole run, which holds some kilobytes per cycle.

    Parameters
    ----------
    compiled : Compiled
        Network.
    images : ndarray of unsigned, shape (images, height, width, channels)
        Inputs.
    jobs : dict of int to MacroJob
        What each macro in use converts, by its number on the tile, for all images.
    work_dir : Path
        Folder for logs and what passes between processes.
    build_dir : Path
        Build folder.
    waves : Path or None
        VCD file to keep, if any. Cycle n begins at n + 1 clock periods.
    limit_s : float
        Longest time, in seconds.

    Raises
    ------
    RuntimeError
        If a macro is driven otherwise than predicted, or the simulator fails.
    TimeoutError
        If the tile makes no progress, or the time is over.
    """
    rtl = tile_design(compiled.tile, build_dir)
    program = cocotb_program(rtl, build_dir, trace="vcd")
    batch_file, ending_file = work_dir / "batch.npz", work_dir / "ending.npz"
    ending_file.unlink(missing_ok=True)
    save_batch(batch_file, tile_batch(compiled, images, jobs))
    trace = waves or work_dir / "toggles.vcd"
    log = run_bench(
        program,
        {
            "batch": batch_file,
            "ending": ending_file,
            "half_period": tile_half_period_ps(jobs),
        },
        bench=BENCH,
        subject="Simulation of the tile",
        work_dir=work_dir,
        build_dir=build_dir,
        limit_s=limit_s,
        trace=trace,
    )
    if not ending_file.exists():
        raise RuntimeError(f"Simulation of the tile ended without a result; it printed to '{log}'")
    ending, answers, run_cycles = load_ending(ending_file)
    raise_unless_done(ending, compiled)
    toggles = register_toggles(trace, rtl.registers, rest=f"{rtl.top}.irq")
    if waves is None:
        trace.unlink()
    return flat_run(
        compiled, answers=answers, run_cycles=run_cycles, toggles=toggles, cycles=ending.cycle
    )
