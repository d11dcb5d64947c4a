"""Measures in rounds: every figure once per round, so that ratios hold while the machine drifts."""

import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cosim.toolchain import compiler_version, find_verilator

PACKAGES = ("amaranth", "cocotb", "distributed", "numpy", "pyverilator-mm", "torch")

Figures = dict[str, float]
"""Figures of one round, by name. ``a_over_b`` is the speed of a as a multiple of that of b."""


@dataclass(frozen=True)
class Measure:
    """One group of figures."""

    subject: str
    """What is measured, for the progress line."""

    prepare: Callable[[Path], Callable[[], Figures]]
    """Builds, in the build folder given, what is needed, and returns what measures one round."""


def seconds(run: Callable[[], Any]) -> float:
    """Return the wall time of a call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def measure(
    measures: Sequence[Measure], build_dir: Path, *, repeat: int, console: Console
) -> dict[str, dict[str, float]]:
    """Return median, least, greatest and number of each figure."""
    rounds = []
    for one in measures:
        console.print(f"preparing {one.subject}")
        rounds.append(one.prepare(build_dir))
    values: dict[str, list[float]] = {}
    for turn in range(repeat):
        for one, take in zip(measures, rounds, strict=True):
            console.print(f"round {turn + 1} of {repeat}: {one.subject}")
            for name, value in take().items():
                values.setdefault(name, []).append(value)
    return {name: _spread(figures) for name, figures in values.items()}


def write(path: Path, results: dict[str, dict[str, float]], build_dir: Path) -> None:
    """Write the figures, and beside them the machine they hold for."""
    machine = {
        "cores": os.cpu_count(),
        "verilator": find_verilator(build_dir).version,
        "g++": compiler_version(),
        **{name: version(name) for name in PACKAGES},
    }
    path.write_text(json.dumps({**results, "machine": machine}, indent=2) + "\n")


def table(results: dict[str, dict[str, float]], aims: dict[str, float]) -> Table:
    """Return the figures as a table, those with an aim first."""
    shown = Table(title="Speed", title_justify="left")
    shown.add_column("figure")
    for name in ("median", "min", "max", "aim"):
        shown.add_column(name, justify="right")
    for figure in sorted(results, key=lambda name: (name not in aims, "")):
        spread, aim = results[figure], aims.get(figure)
        cells = [_number(spread[name]) for name in ("median", "min", "max")]
        missed = aim is not None and spread["median"] < aim
        wanted = "" if aim is None else f"{'missed, ' if missed else ''}{_number(aim)}"
        shown.add_row(figure, *cells, wanted, style="yellow" if missed else None)
    return shown


def _spread(values: list[float]) -> dict[str, float]:
    middle = statistics.median(values)
    return {"median": middle, "min": min(values), "max": max(values), "n": len(values)}


def _number(value: float) -> str:
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
