"""Measures the engines against each other."""

import json
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cosim.cache import writable
from cosim.engines import ENGINES
from cosim.job import MacroJob
from cosim.toolchain import find_verilator
from hw_spec.chip import read_chip
from network import place
from ohmloop.benches import fc_layer

CHIP = Path(__file__).parents[1] / "chips" / "rram_taox_32nm.toml"


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
    document = {
        "results": results,
        "cores": os.cpu_count(),
        "verilator": find_verilator(build_dir).version,
        **{name: version(name) for name in ("amaranth", "cocotb", "pyverilator-mm", "numpy")},
    }
    (build_dir / "bench.json").write_text(json.dumps(document, indent=2))
    console.print(_table(results))
    console.print(f"Written to {build_dir / 'bench.json'}", soft_wrap=True)


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
