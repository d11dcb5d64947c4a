"""The command `energy`: what the gates of a run spent, exactly, beside its analog side."""

import math
from pathlib import Path
from typing import Any

import click

from cosim.cache import writable
from energy.liberty import SKY130, SKY130_NM, read_liberty
from energy.mapped import LAYER
from energy.power.export import SCRIPT
from energy.wires import wire
from hw_spec.sourced import Sourced
from ohmloop.bench_gates import bench_notes, bench_table, count_bench
from ohmloop.chip_energy import Cells
from ohmloop.network_gates import count_network, network_notes, network_table
from ohmloop.network_tables import print_table
from ohmloop.page.schema import NetworkReport, read_report
from ohmloop.progress import shares
from ohmloop.runs import report_of
from ohmloop.terminal import alone_in, build_dir_option, console


@click.command("energy", epilog="Example: ohmloop energy fc_layer --export build/opensta")
@click.argument("run")
@click.option(
    "--liberty",
    type=click.Path(path_type=Path),
    default=SKY130,
    help="Cell library, .lib or .lib.gz.  [default: 47 cells of SkyWater's 130 nm]",
)
@click.option("--dont-use", multiple=True, help="Cells to leave out. May be repeated.")
@click.option(
    "--node-nm",
    type=click.IntRange(1),
    default=SKY130_NM,
    show_default=True,
    help="Technology node of the cell library.",
)
@click.option(
    "--clock-gating/--no-clock-gating",
    default=True,
    show_default=True,
    help="Whether flip-flops that share an enable share a gated clock.",
)
@click.option(
    "--wire-ff",
    type=click.FloatRange(0),
    help="Wire to each pin that a net drives, in fF.  [default: by the area of the block]",
)
@click.option(
    "--export",
    "export_dir",
    type=click.Path(path_type=Path),
    help="Folder for netlist, activity, cells, constraints and a script for OpenSTA; of a network, "
    "for the core, and of each layer for the macro and the PE logic that spend most.",
)
@build_dir_option
def energy_command(
    run: str,
    liberty: Path,
    node_nm: int,
    wire_ff: float | None,
    export_dir: Path | None,
    build_dir: Path,
    **options: Any,
) -> None:
    """Map the chip of RUN to gates, repeat it, and count every toggle of every net.

    RUN is the name of a bench or network that was run, such as fc_layer. Its report.json gets
    energy, area and the shortest clock period.
    """
    path = report_of(run, build_dir)
    report, wire_f = read_report(path), None
    wire(node_nm, LAYER)  # an unknown node is refused before minutes go into a netlist
    if wire_ff is not None:
        if not math.isfinite(wire_ff):
            raise ValueError(f"Wire to each pin must be a number of fF, not {wire_ff}")
        wire_f = Sourced(wire_ff * 1e-15, "F", "assumed: as asked for")
    if export_dir is not None:
        writable(export_dir, "Export folder")
    cells = Cells(library=read_liberty(liberty), node_nm=node_nm, wire_f=wire_f, **options)
    with alone_in(path.parent), shares(console) as told:
        if isinstance(report, NetworkReport):
            entry = count_network(
                path, report, cells, build_dir=build_dir, export_dir=export_dir, told=told
            )
            table, notes = network_table(entry), network_notes(entry)
        else:
            runs = count_bench(
                path, report, cells, build_dir=build_dir, export_dir=export_dir, told=told
            )
            table, notes = bench_table(runs), bench_notes(runs)
    print_table(table, console)
    for note in notes:
        console.print(note, soft_wrap=True)
    if export_dir is not None:
        console.print(
            f"Exported to {export_dir}; in its folders: sta -exit {SCRIPT}", soft_wrap=True
        )
    console.print(f"Report: {path}", soft_wrap=True)
