"""Writes what OpenSTA needs to answer the same question."""

from collections.abc import Iterator
from pathlib import Path

from energy.liberty_write import LOAD_F, TIME_S, liberty_text
from energy.netlist.netlist import Activity, Netlist
from energy.power.loads import Loads
from energy.power.names import Names, plain_names
from energy.power.saif import saif_text

DIGITS = 9
"""Significant digits of the cell library, more than its figures have."""

VERILOG, ACTIVITY, CELLS = "netlist.v", "activity.saif", "cells.lib"
CONSTRAINTS, SCRIPT = "constraints.sdc", "run.tcl"

# Versions of before 2024 have no read_saif, and other conventions.
TCL = f"""\
# In this folder: sta -exit {SCRIPT}
read_liberty {CELLS}
read_verilog {VERILOG}
link_design {{top}}
read_sdc {CONSTRAINTS}
report_checks -path_delay max -digits 6
if {{{{[info commands read_saif] ne ""}}}} {{{{
  read_saif -scope {{top}} {ACTIVITY}
  report_activity_annotation
  report_power -digits 8
}}}} else {{{{
  puts "No power: this version of OpenSTA cannot read SAIF"
}}}}
"""


def export(
    netlist: Netlist, activity: Activity, loads: Loads, folder: Path, *, period_s: float
) -> None:
    """Write netlist, activity, cells, constraints and a script that OpenSTA runs.

    Parameters
    ----------
    netlist : Netlist
        What was run.
    activity : Activity
        What its nets did.
    loads : Loads
        Its loads: what wires have of them goes into the constraints.
    folder : Path
        Where to write; made if it is not there.
    period_s : float
        Clock period.

    Raises
    ------
    OSError
        If files cannot be written there.
    """
    names = plain_names(netlist)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        (VERILOG, verilog_text(netlist, names)),
        (ACTIVITY, saif_text(netlist, activity, names, period_s=period_s)),
        (CELLS, liberty_text(netlist.library, digits=DIGITS)),
        (CONSTRAINTS, constraints_text(loads, names, period_s=period_s)),
        (SCRIPT, TCL.format(top=netlist.top)),
    ):
        (folder / name).write_text(text)


def verilog_text(netlist: Netlist, names: Names) -> str:
    """Return a netlist as Verilog, every bit of a port a port of its own."""
    inputs = [names.nets[netlist.data_nets], *names.nets[: len(netlist.inputs)]]
    ports = ", ".join([*inputs, *names.outputs])
    wires = {*names.nets} - {*inputs}

    def lines() -> Iterator[str]:
        yield f"module {netlist.top} ({ports});"
        yield from (f"  input {name};" for name in inputs)
        yield from (f"  output {name};" for name in names.outputs)
        yield from (f"  wire {name};" for name in sorted(wires))
        for group, cells in zip(netlist.groups, names.cells, strict=True):
            for cell, nets in zip(cells, group.nets.tolist(), strict=True):
                pins = [
                    f".{pin}({names.nets[net]})"
                    for pin, net in zip(group.pins, nets, strict=True)
                    if net >= 0
                ]
                yield f"  {group.cell.name} {cell} ({', '.join(pins)});"
        for name, net in zip(names.outputs, netlist.outputs.values(), strict=True):
            yield f"  assign {name} = {names.nets[net]};"
        yield "endmodule\n"

    return "\n".join(lines())


def constraints_text(loads: Loads, names: Names, *, period_s: float) -> str:
    """Return the clock and the capacitance of wires in Synopsys Design Constraints."""
    lines = [f"create_clock -name clk -period {period_s / TIME_S:.{DIGITS}g} [get_ports clk]"]
    for name, wire_f in zip(names.nets, loads.wires_f.tolist(), strict=True):
        if wire_f > 0:
            lines.append(f"set_load {wire_f / LOAD_F:.{DIGITS}g} [get_nets {name}]")
    return "\n".join([*lines, ""])
