"""Measures the engines against each other, and the compiled one against a plain loop."""

import dataclasses
import json
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from cosim.build import design
from cosim.cache import writable
from cosim.codes import convert_all
from cosim.engines import ENGINES
from cosim.job import MacroJob
from cosim.native.batch import Batch, batch
from cosim.native.build import native_library
from cosim.native.library import Counting, Verdict, macro_loop, run_raw
from cosim.native.slices import turn_to_end
from cosim.toolchain import find_verilator
from hw_spec.chip import read_chip
from network import place
from ohmloop.benches import IMAGES, fc_layer

CHIP = Path(__file__).parents[1] / "chips" / "rram_taox_32nm.toml"

NATIVE_VECTORS = 4000
"""Vectors of a measurement of compiled loops, which would be over too soon with 100."""


def run_benchmarks(build_dir: Path, *, repeat: int, console: Console) -> None:
    """Time every engine on the same job, engines in turn, and write ``bench.json``.

    Rates are simulated cycles per second of the whole run, start of the simulator included. Ratios
    are taken run by run, so that they hold when the speed of the machine drifts.
    """
    writable(build_dir)
    chip = read_chip(CHIP)
    work = fc_layer(chip.macro, 1)
    job = MacroJob(
        chip=chip,
        ideal=False,
        levels=place.levels(work.weights, chip.macro),
        inputs=place.pad_inputs(work.inputs, chip.macro),
        seed=1,
    )
    for name, engine in ENGINES.items():
        console.print(f"building for {name}")
        engine.build(chip.macro, build_dir, waves=False)
    rates: dict[str, list[float]] = {name: [] for name in ENGINES}
    for turn in range(repeat):
        console.print(f"round {turn + 1} of {repeat}")
        for name, engine in ENGINES.items():
            work_dir = writable(build_dir / "runs" / "bench" / name)
            rates[name].append(_rate(partial(engine.run, job, work_dir, build_dir=build_dir)))
    results = {f"{name}_cycles_per_s": _spread(rate) for name, rate in rates.items()}
    pairs = [("native", "cocotb"), ("native", "pyverilator"), ("cocotb", "pysim")]
    for fast, slow in pairs:
        ratios = [a / b for a, b in zip(rates[fast], rates[slow], strict=True)]
        results[f"{fast}_over_{slow}"] = _spread(ratios)
    results |= _native_ratios(job, build_dir, repeat)
    document = {
        "results": results,
        "cores": os.cpu_count(),
        "verilator": find_verilator(build_dir).version,
        **{name: version(name) for name in ("amaranth", "cocotb", "pyverilator-mm", "numpy")},
    }
    (build_dir / "bench.json").write_text(json.dumps(document, indent=2))
    console.print(_table(results))
    console.print(f"Written to {build_dir / 'bench.json'}", soft_wrap=True)


def _native_ratios(job: MacroJob, build_dir: Path, repeat: int) -> dict[str, dict[str, float]]:
    """Compare the compiled loop with a plain one around the same macro, with the same stimulus.

    ``native_loop`` computes the codes as well, read noise included.
    """
    spec = job.chip.macro
    rtl = design(spec, build_dir)
    library = native_library(rtl, build_dir)
    job = dataclasses.replace(job, inputs=np.tile(job.inputs, (NATIVE_VECTORS // IMAGES, 1)))
    ratios: dict[str, list[float]] = {
        name: [] for name in ("native_over_raw", "native_loop_over_raw", "toggles_over_native")
    }
    rates = []
    for _ in range(repeat):
        start = time.perf_counter()
        work = batch(job, convert_all(job).codes)
        codes_s = time.perf_counter() - start
        start = time.perf_counter()
        cycles = run_raw(library, work)
        raw_s = time.perf_counter() - start
        native_s = _loop_s(library, work, Counting.NOTHING)
        toggles_s = _loop_s(library, work, Counting.CHANGES)
        rates.append(cycles / raw_s)
        ratios["native_over_raw"].append(raw_s / native_s)
        ratios["native_loop_over_raw"].append(raw_s / (codes_s + native_s))
        ratios["toggles_over_native"].append(native_s / toggles_s)
    spreads = {name: _spread(values) for name, values in ratios.items()}
    return {"raw_cycles_per_s": _spread(rates), **spreads}


def _loop_s(library: Path, work: Batch, counting: Counting) -> float:
    """Return the seconds of a batch, with its slices."""
    start = time.perf_counter()
    with macro_loop(library, work, counting=counting) as loop:
        outcome = turn_to_end(loop)
    seconds = time.perf_counter() - start
    if outcome.verdict != Verdict.DONE:
        raise RuntimeError(f"Benchmark must run to its end, not to {Verdict(outcome.verdict).name}")
    return seconds


def _rate(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    cycles = run().cycles
    return cycles / (time.perf_counter() - start)


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "n": len(values),
    }


def _table(results: dict[str, dict[str, float]]) -> Table:
    table = Table(title="Simulated cycles per second, and ratios", title_justify="left")
    table.add_column("figure")
    for name in ("median", "min", "max"):
        table.add_column(name, justify="right")
    for figure, spread in results.items():
        digits = 2 if "_over_" in figure else 0
        cells = [f"{spread[name]:,.{digits}f}" for name in ("median", "min", "max")]
        table.add_row(figure, *cells)
    return table
