"""What Yosys and ABC are told to do to map a design to the cells of a library."""

import re
from collections import Counter
from collections.abc import Sequence

from energy.library import Library
from energy.netlist import mappable
from energy.netlist.memories import KIND

CELLS, VERILOG, CONSTRAINTS = "cells.lib", "design.v", "abc.constr"
"""Files that the script reads."""

BEFORE, AFTER = "before.json", "after.json"
"""Files that it writes."""

FEWEST_GATED = 3
"""Flops with one enable that are worth a clock gate: its clock pin takes what two of theirs do."""

PORT_LOAD_FF = 10
"""Load that drivers of output ports are sized for, in femtofarads."""

QUICK = "+strash;scorr;dc2,-l;dch,-f;strash;&get,-n;&nf;&put;buffer;upsize,{D};dnsize,{D};stime,-p"
"""Script of ABC for parts of a tile, which have multipliers: Yosys's own but for ``&fraig -x``,
which takes minutes to prove nets of multipliers equal, and with levels preserved (``-l``), as the
adders of multipliers would become ones that ripple."""

# Yosys infers enables from feedback around a register. A reset stays logic before it, so that an
# enable also opens for the reset. What a register holds before its reset is nobody's concern. State
# machines are never recoded, as every register must keep its bits. Modules that occur several times
# stay apart until ABC has mapped each of them once; they hold no registers. The first JSON shows
# registers and flops while inversions at either are still to be seen; ABC takes the names away.
# Neither shows wires without a name of the design, which would be most of it. Tables stay logic, as
# cells hold no memory.
SCRIPT = """\
read_liberty -lib {cells}
read_verilog {verilog}
hierarchy -check -top {top}
proc -norom
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
select {public} {top}/t:$_NOT_ {flops}
write_json -selected {before}
select -clear
abc -liberty {cells} -constr {constraints} -D {period_ps:.0f} {quick}
{join}
flatten -noscopeinfo
setundef -zero
hilomap -singleton -hicell {high} -locell {low}
opt_clean
check -mapped -assert
select {public} {top}/c:*
write_json -selected {after}
"""


def script(top: str, verilog: str, library: Library, period_s: float, *, clock_gating: bool) -> str:
    """Return the script that maps a design.

    Parameters
    ----------
    top : str
        Top module.
    verilog : str
        The design, its memories cut out.
    library : Library
        From :func:`energy.netlist.mappable.mappable`.
    period_s : float
        Clock period that ABC sizes and buffers for.
    clock_gating : bool
        Whether flops that share an enable share a gated clock.

    Raises
    ------
    ValueError
        If clocks are to be gated, and the library has nothing that could.
    """
    apart = _repeated(verilog)
    # Sharing saves parts of a tile, which have memories, nothing, and takes minutes to find out.
    quick = f"module {KIND}" in verilog
    return SCRIPT.format(
        cells=CELLS,
        verilog=VERILOG,
        top=top,
        boxes=KIND,
        public=f"{top}/w:* {top}/w:$* %d",
        keep=_on_modules("-set keep_hierarchy 1", apart),
        join=_on_modules("-unset keep_hierarchy", apart),
        gating=_gating(library) if clock_gating else "",
        before=BEFORE,
        flops=" ".join(f"{top}/t:{one.name}" for one in library.cells.values() if one.flop),
        after=AFTER,
        constraints=CONSTRAINTS,
        share="" if quick else "share",
        quick=f"-script {QUICK}" if quick else "",
        period_ps=period_s * 1e12,
        high=" ".join(mappable.tie(library, "1")),
        low=" ".join(mappable.tie(library, "0")),
    )


def constraints(library: Library) -> str:
    """Return what ABC takes for granted at the ports."""
    # Inputs come from an inverter that is not the weakest one.
    driver = mappable.smallest(library, mappable.inverter, 1)
    return f"set_driving_cell {driver.name}\nset_load {PORT_LOAD_FF}\n"


def _repeated(verilog: str) -> list[str]:
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
