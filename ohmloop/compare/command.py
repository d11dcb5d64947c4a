"""The commands `compare traces` and `compare neurosim`."""

import time
from dataclasses import replace
from pathlib import Path

import click

from ohmloop.compare.neurosim_report import neurosim_report
from ohmloop.compare.neurosim_tables import (
    activities_table,
    activity_table,
    cycles_table,
    published_table,
)
from ohmloop.compare.trace_report import layers_table, parts_table, trace_report
from ohmloop.compare.trace_run import TraceRun, trace_run
from ohmloop.network_modes import Progress, Work
from ohmloop.network_tables import print_table
from ohmloop.page.schema import NetworkReport, read_report
from ohmloop.progress import shares
from ohmloop.report import write_report
from ohmloop.runs import prepare_again, report_of, require_outputs
from ohmloop.terminal import alone_in, build_dir_option, console


@click.group("compare")
def compare() -> None:
    """Compare results with NeuroSim, and with its ways to save traces."""


@compare.command(
    "traces", epilog="Example: ohmloop compare traces digits_cnn-rram_taox_32nm-device"
)
@click.argument("run")
@build_dir_option
def traces(run: str, build_dir: Path) -> None:
    """Repeat RUN, and estimate its energy from shares of ones as well.

    Real: all that moved. Pseudo-traced: one share of ones per layer for inputs, one for weights.
    Average: one half everywhere. After DNN+NeuroSim, IEDM 2019, Fig. 7.

    RUN is the name of a run of a network under runs/ of the build folder. Leaves traces.json.
    """
    path = report_of(run, build_dir)
    report = _network_report(path)
    with alone_in(path.parent), shares(console) as progress:
        found = trace_report(_repeat(run, report, path.parent, build_dir, progress))
        write_report(path.with_name("traces.json"), found)
    print_table(parts_table(found), console)
    print_table(layers_table(found), console)
    console.print(f"Left out: {'; '.join(found['left_out'])}", soft_wrap=True)
    console.print(f"Figures: {path.with_name('traces.json')}", soft_wrap=True)


def _repeat(
    run: str, report: NetworkReport, run_dir: Path, build_dir: Path, progress: Progress
) -> TraceRun:
    """Repeat a run on the twin, which gives what every engine gives."""
    progress("compiling", None)
    case = replace(report.case, engine="twin", flat=None, layers={}, toggles=True)
    prepared = prepare_again(run, report, case)
    work = Work(
        prepared=prepared,
        build_dir=build_dir,
        work_dir=run_dir / "work",
        threads=1,  # times are those of one core
        deadline_s=time.monotonic() + prepared.case.limit_s,
        progress=progress,
    )
    found = trace_run(work)
    require_outputs(run, report, found.result.outputs_hash)
    return found


def _network_report(path: Path) -> NetworkReport:
    """Return the report of a network."""
    match read_report(path):
        case NetworkReport() as report:
            return report
        case _:
            run = path.parent.name
            raise ValueError(
                f"Run '{run}' must be that of a network, not of a bench or a split layer"
            )


@compare.command(
    "neurosim", epilog="Example: ohmloop compare neurosim digits_cnn-rram_taox_32nm-device"
)
@click.argument("run")
@build_dir_option
def neurosim(run: str, build_dir: Path) -> None:
    """Put RUN beside NeuroSim: activities, cycles, and the published figures of VGG-8.

    RUN is the name of a run of a network under runs/ of the build folder. Leaves compare.json.
    """
    path = report_of(run, build_dir)
    report = _network_report(path)
    found = neurosim_report(report, build_dir=build_dir)
    write_report(path.with_name("compare.json"), found)
    for table in (activity_table, activities_table, cycles_table):
        print_table(table(found), console)
    if found["published"] is None:
        console.print(f"Published figures: none of this network on '{found['chip']}'")
    else:
        print_table(published_table(found), console)
        for reason in found["published"]["reasons"]:
            console.print(f"- {reason}", soft_wrap=True)
    if not found["adders"]:
        what = "Adders" if found["energy_counted"] else "Adders, energy and area"
        console.print(f"{what}: not counted; run: ohmloop energy {run}", soft_wrap=True)
    console.print(f"Figures: {path.with_name('compare.json')}", soft_wrap=True)
