"""The commands `compare traces` and `compare neurosim`."""

import time
from pathlib import Path
from typing import Any

import click

from cosim.build import RUN_LIMIT_S
from cosim.cache import writable
from ohmloop.compare.chip_energy import read_chip_energy
from ohmloop.compare.neurosim_report import neurosim_report
from ohmloop.compare.neurosim_tables import (
    activities_table,
    activity_table,
    cycles_table,
    published_table,
)
from ohmloop.compare.trace_report import layers_table, parts_table, trace_report
from ohmloop.compare.trace_run import trace_run
from ohmloop.network_case import NetworkCase, prepare
from ohmloop.network_modes import Work
from ohmloop.network_options import chip_of, layers_of, network_options, short_name
from ohmloop.network_tables import print_table
from ohmloop.page.schema import NetworkReport, read_report
from ohmloop.progress import shares
from ohmloop.report import write_report
from ohmloop.runs import report_of
from ohmloop.terminal import alone_in, build_dir_option, console


@click.group("compare")
def compare() -> None:
    """Compare results with NeuroSim, and with its ways to save traces."""


@compare.command(
    "traces",
    epilog="Example: ohmloop compare traces examples/networks.py:digits_cnn --images 20",
)
@network_options
@click.option(
    "--images", type=click.IntRange(1), help="Test images, the first ones.  [default: all]"
)
@click.option(
    "--engine",
    default="twin",
    show_default=True,
    help="Engine of the macros; results do not depend on it.",
)
@click.option("--ideal", is_flag=True, help="Ideal cells and lossless ADC.")
@click.option(
    "--read-noise/--no-read-noise", default=True, show_default=True, help="Noise of every read."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Randomness.")
@click.option(
    "--limit-s",
    type=click.IntRange(1),
    default=RUN_LIMIT_S,
    show_default=True,
    help="Longest wall time of the run, in seconds.",
)
@build_dir_option
def traces(
    network: str,
    chip_file: Path | None,
    addresses: tuple[str, ...],
    build_dir: Path,
    **options: Any,
) -> None:
    """Run NETWORK, and estimate its energy from shares of ones as well.

    Real: all that moved. Pseudo-traced: one share of ones per layer for inputs, one for weights.
    Average: one half everywhere. After DNN+NeuroSim, IEDM 2019, Fig. 7. Leaves traces.json.
    """
    chip = chip_of(network, chip_file)
    case = NetworkCase(network=network, chip=chip, layers=layers_of(addresses), **options)
    with shares(console) as progress:
        progress("compiling", None)
        prepared = prepare(case)
        kind = "ideal" if case.ideal else "device"
        run_dir = writable(
            build_dir / "runs" / f"{short_name(network)}-{prepared.chip.name}-{kind}"
        )
        with alone_in(run_dir):
            work = Work(
                prepared=prepared,
                build_dir=build_dir,
                work_dir=writable(run_dir / "work"),
                threads=1,  # times are those of one core
                deadline_s=time.monotonic() + case.limit_s,
                progress=progress,
            )
            report = trace_report(trace_run(work))
            write_report(run_dir / "traces.json", report)
    print_table(parts_table(report), console)
    print_table(layers_table(report), console)
    console.print(f"Left out: {', '.join(report['left_out'])}", soft_wrap=True)
    console.print(f"Figures: {run_dir / 'traces.json'}", soft_wrap=True)


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
    match read_report(path):
        case NetworkReport() as report:
            energy = read_chip_energy(path)
        case _:
            raise ValueError(
                f"Run '{run}' must be that of a network, not of a bench or split layer"
            )
    found = neurosim_report(report, energy, build_dir=build_dir)
    write_report(path.with_name("compare.json"), found)
    for table in (activity_table, activities_table, cycles_table):
        print_table(table(found), console)
    if found["published"] is None:
        console.print(f"Published figures: none of this network on '{found['chip']}'")
    else:
        print_table(published_table(found), console)
        for reason in found["published"]["reasons"]:
            console.print(f"- {reason}", soft_wrap=True)
    if energy is None:
        console.print(f"Energy and area: not counted; run: ohmloop energy {run}", soft_wrap=True)
    console.print(f"Left out: {', '.join(found['left_out'])}", soft_wrap=True)
    console.print(f"Figures: {path.with_name('compare.json')}", soft_wrap=True)
