"""The command `energy`: what the gates of a run spent, exactly, beside its analog side."""

import json
from pathlib import Path
from typing import Any, cast

import click
from rich.table import Table

from cosim.build import design
from cosim.cache import writable
from cosim.job import MacroJob
from energy.liberty import SKY130, read_liberty
from energy.library import Library
from energy.mapped import Mapped, gates_entry, map_design
from energy.netlist.netlist import Activity
from energy.power.export import export
from energy.power.power import energy
from energy.replay.run import run_gates
from hw_spec.chip import ChipSpec
from hw_spec.sourced import Sourced
from ohmloop.benches import BENCHES, find_bench
from ohmloop.page.schema import BenchReport, read_report
from ohmloop.report import write_report
from ohmloop.runs import report_of
from ohmloop.sim import bench_job, label
from ohmloop.terminal import alone_in, build_dir_option, console

NODE_NM = 130
"""Technology node of the built-in cells."""


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
    default=NODE_NM,
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
    help="Folder for netlist, activity, cells, constraints and a script for OpenSTA.",
)
@build_dir_option
def energy_command(
    run: str, liberty: Path, export_dir: Path | None, build_dir: Path, **options: Any
) -> None:
    """Map the macros of RUN to gates, repeat it, and count every toggle of every net.

    RUN is the name of a bench that was run, such as fc_layer. Its report.json gets the energy,
    the area and the shortest clock period of the gates.
    """
    path = report_of(run, build_dir)
    run_dir, report, library = path.parent, _read(path, run), read_liberty(liberty)
    tree = json.loads(path.read_text())
    with alone_in(run_dir), console.status("mapping") as status:
        for one, entry in zip(report.runs, tree["runs"], strict=True):
            chip, ideal = cast(ChipSpec, one.chip_description), one.case == "ideal"
            name = label(chip, ideal=ideal)
            job, _ = bench_job(find_bench(report.bench), chip, ideal=ideal, seed=report.seed)
            status.update(f"mapping {name}")
            mapped = _mapped(chip, library, build_dir, options)
            status.update(f"simulating {name}")
            gates, activity = _spent(job, mapped, writable(run_dir / name), build_dir)
            entry["energy"]["gates"] = gates
            if export_dir is not None:
                export(
                    mapped.netlist,
                    activity,
                    mapped.loads,
                    export_dir / name,
                    period_s=chip.clock_period_s.value,
                )
        write_report(path, tree)
    console.print(energy_table(tree["runs"]))
    for note in _notes(tree["runs"][0]["energy"]["gates"]):
        console.print(note, soft_wrap=True)
    console.print(f"Report: {path}", soft_wrap=True)


def _read(path: Path, run: str) -> BenchReport:
    """Return the report of a run of a bench, with its chips."""
    report = read_report(path)
    if not isinstance(report, BenchReport) or report.bench not in {one.name for one in BENCHES}:
        raise ValueError(f"Run '{run}' must be that of a bench, not of a network or a split layer")
    if any(one.chip_description is None for one in report.runs):
        raise ValueError(f"Run '{run}' must tell its chips, but is older; run it again")
    return report


def _mapped(chip: ChipSpec, library: Library, build_dir: Path, options: dict[str, Any]) -> Mapped:
    wire_ff = options["wire_ff"]
    return map_design(
        design(chip.macro, build_dir),
        library,
        build_dir,
        node_nm=options["node_nm"],
        period_s=chip.clock_period_s.value,
        clock_gating=options["clock_gating"],
        dont_use=options["dont_use"],
        wire_f=None if wire_ff is None else Sourced(wire_ff * 1e-15, "F", "assumed: as asked for"),
    )


def _spent(
    job: MacroJob, mapped: Mapped, work_dir: Path, build_dir: Path
) -> tuple[dict[str, Any], Activity]:
    """Run a job; return what its gates spent, and what their nets did."""
    _, activity = run_gates(job, mapped.netlist, work_dir, build_dir=build_dir)
    spent = energy(
        mapped.netlist,
        activity,
        mapped.loads,
        mapped.waves,
        period_s=job.chip.clock_period_s.value,
    )
    return gates_entry(spent, mapped, node_nm=job.chip.node_nm), activity


def energy_table(runs: list[dict[str, Any]]) -> Table:
    """Return analog and digital energy per vector, side by side."""
    table = Table(title="Energy per vector, pJ", title_justify="left")
    for name in ("chip", "case"):
        table.add_column(name)
    for name in ("array", "ADC", "lines", "data", "clock", "leakage", "gates", "scaled"):
        table.add_column(name, justify="right")
    for run in runs:
        vectors = run["layers"][0]["vectors"]
        analog, gates = run["energy"]["analog"], run["energy"]["gates"]
        causes = gates["causes_j"]
        lines = ("row_inputs_j", "word_lines_j", "multiplexers_j")
        joules = [
            analog["array_j"],
            analog["converters_j"],
            sum(analog[name] for name in lines),
            causes["switching"] + causes["internal"] + gates["input_ports_j"],
            causes["clock switching"] + causes["clock internal"] + gates["clock_port_j"],
            causes["leakage"],
            gates["total_j"],
            gates["scaled"]["total_j"],
        ]
        table.add_row(run["chip"], run["case"], *(f"{1e12 * one / vectors:,.1f}" for one in joules))
    return table


def _notes(gates: dict[str, Any]) -> list[str]:
    scaled, path = gates["scaled"], gates["critical_path"]
    return [
        (
            f"Gates: {gates['cells']:,} cells of {gates['library']} at {gates['voltage_v']:g} V, "
            f"{gates['area_m2'] * 1e12:,.0f} um2 placed; activity of {gates['coverage']:.0%} of "
            f"the nets was counted; wires have {gates['wire_f'] * 1e15:.1f} fF per pin"
        ),
        f"Scaled: to {scaled['node_nm']} nm, by published factors",
        (
            f"Shortest clock period: {gates['shortest_period_s'] * 1e9:.2f} ns, from {path[0]} to "
            f"{path[1]}"
        ),
        f"Left out: {', '.join(gates['left_out'])}",
    ]
