"""Counts the gates of a bench that was run."""

import json
from pathlib import Path
from typing import Any, cast

from rich import box
from rich.table import Table

from cosim.build import design
from cosim.cache import writable
from cosim.job import MacroJob
from energy.mapped import Mapped, gates_entry, map_design
from energy.netlist.netlist import Activity
from energy.power.export import export
from energy.power.power import energy
from energy.replay.run import run_gates
from ohmloop.benches import BENCHES, find_bench
from ohmloop.chip_energy import Cells
from ohmloop.network_modes import Progress
from ohmloop.page.schema import BenchReport
from ohmloop.runs import write_run
from ohmloop.sim import bench_job, label


def count_bench(
    path: Path,
    report: BenchReport,
    cells: Cells,
    *,
    build_dir: Path,
    export_dir: Path | None,
    told: Progress,
) -> list[dict[str, Any]]:
    """Map the macros of a bench, repeat it, and write the energy into its report.

    Returns
    -------
    list of dict
        Runs of the report, energy included.

    Raises
    ------
    ValueError
        If the run is that of a split layer.
    """
    run, tree = path.parent.name, json.loads(path.read_text())
    if report.bench not in {one.name for one in BENCHES}:
        raise ValueError(f"Run '{run}' must be that of a bench or a network, not of a split layer")
    for one, entry in zip(report.runs, tree["runs"], strict=True):
        chip, ideal = one.chip_description, one.case == "ideal"
        name = label(chip, ideal=ideal)
        job, _ = bench_job(find_bench(report.bench), chip, ideal=ideal, seed=report.seed)
        told(f"mapping {name}", None)
        mapped = map_design(
            design(chip.macro, build_dir),
            build_dir=build_dir,
            period_s=chip.clock_period_s.value,
            **vars(cells),
        )
        told(f"simulating {name}", None)
        gates, activity = _spent(job, mapped, writable(path.parent / name), build_dir)
        entry["energy"]["gates"] = gates
        if export_dir is not None:
            export(
                mapped.netlist,
                activity,
                mapped.loads,
                export_dir / name,
                period_s=chip.clock_period_s.value,
            )
    write_run(path.parent, tree)
    return cast(list[dict[str, Any]], tree["runs"])


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


def bench_table(runs: list[dict[str, Any]]) -> Table:
    """Return analog and digital energy per vector, side by side."""
    table = Table(title="Energy per vector, pJ", title_justify="left", box=box.SIMPLE_HEAD)
    table.padding = 0  # leaves room for the names of chips
    for name in ("chip", "case"):
        table.add_column(name, overflow="fold")
    for name in ("array", "ADC", "lines", "data", "clock", "leakage", "gates", "scaled"):
        table.add_column(name, justify="right", no_wrap=True)
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


def bench_notes(runs: list[dict[str, Any]]) -> list[str]:
    """Return what must be said beside the table: of every run, then of all."""
    gates: dict[str, Any] = runs[0]["energy"]["gates"]
    return [
        f"Cells of {gates['library']}, {gates['node_nm']} nm, {gates['voltage_v']:g} V:",
        *(_of_run(run) for run in runs),
        "Scaled: to the node of the chip, by published factors",
        f"Left out: {'; '.join(gates['left_out'])}",
    ]


def _of_run(run: dict[str, Any]) -> str:
    gates: dict[str, Any] = run["energy"]["gates"]
    start, end = gates["critical_path"]
    return (
        f"- {run['chip']}, {run['case']}: {gates['cells']:,} cells, "
        f"{gates['area_m2'] * 1e12:,.0f} um2 placed, {gates['wire_f'] * 1e15:.1f} fF of wire per "
        f"pin, {gates['coverage']:.0%} of the nets counted; shortest clock period "
        f"{gates['shortest_period_s'] * 1e9:.2f} ns, from {start} to {end}"
    )
