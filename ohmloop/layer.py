"""The command `layer`: a whole layer, split over many macros, on many processes."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from cosim.build import RUN_LIMIT_S
from cosim.cache import writable
from cosim.cluster import check_cluster
from cosim.engines import ENGINES
from cosim.farm import MOST_WORKERS
from hw_spec.check import one_of
from hw_spec.chip import read_chip
from network.split import Split
from ohmloop.layer_run import Farm, layer_report, random_layer, run_layer
from ohmloop.runs import run_name, write_run
from ohmloop.show import show_assumed, show_failures
from ohmloop.terminal import DEFAULT_CHIPS, alone_in, build_dir_option, console

SIZE = click.IntRange(1, 2**17)
"""Range of inputs, outputs and vectors; more is a slip of the hand."""


@click.command(epilog="Example: ohmloop layer --inputs 1152 --outputs 256 --workers 2")
@click.option("--inputs", type=SIZE, required=True, help="Inputs of the layer.")
@click.option("--outputs", type=SIZE, required=True, help="Outputs of the layer.")
@click.option("--vectors", type=SIZE, default=64, show_default=True, help="Input vectors.")
@click.option(
    "--chip",
    "chip_file",
    type=click.Path(path_type=Path),
    default=DEFAULT_CHIPS[0],
    help=f"Chip description.  [default: chips/{DEFAULT_CHIPS[0].name}]",
)
@click.option("--ideal", is_flag=True, help="Ideal cells and lossless ADC; must be exact.")
@click.option("--engine", default="native", show_default=True, help=f"One of {', '.join(ENGINES)}.")
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    show_default=True,
    help="Processes to run macros on.",
)
@click.option(
    "--cluster",
    help="Run on a Dask cluster: its address, such as tcp://host:8786, or slurm. Its machines must "
    "see the build folder under the same path and have the same Ohmloop.",
)
@click.option(
    "--limit-s",
    type=click.IntRange(1),
    default=RUN_LIMIT_S,
    show_default=True,
    help="Longest wall time of a macro, in seconds.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Randomness.")
@click.option("--name", help="Name of the run folder.  [default: from inputs and outputs]")
@build_dir_option
def layer(
    inputs: int,
    outputs: int,
    vectors: int,
    chip_file: Path,
    ideal: bool,
    engine: str,
    workers: int,
    cluster: str | None,
    limit_s: int,
    seed: int,
    name: str | None,
    build_dir: Path,
) -> None:
    """Run a layer of random numbers, split over macros, on many processes.

    Every macro that is done stays on disk: after a crash, the same command goes on where it was,
    with the same result.
    """
    one_of("Engine", engine, ENGINES)
    check_cluster(cluster)
    name = run_name(name or f"layer-{inputs}x{outputs}{'-ideal' if ideal else ''}")
    chip = read_chip(chip_file)
    try:
        chip = chip.lossless() if ideal else chip
        work = random_layer(Split(chip.macro, inputs, outputs), vectors, seed)
    except ValueError as error:
        raise ValueError(f"Chip '{chip.name}': {error}") from None
    farm = Farm(
        engine_name=engine,
        build_dir=build_dir,
        workers=workers,
        cluster=cluster,
        limit_s=limit_s,
    )
    run_dir = writable(build_dir / "runs" / name)
    with alone_in(run_dir):
        run = run_layer(chip, work, farm, ideal=ideal, seed=seed, run_dir=run_dir, console=console)
        report = layer_report(run, farm, seed=seed)
        write_run(run_dir, report)
    console.print(_table(report))
    show_failures(report, console)
    show_assumed(report, console)
    console.print(f"Report: {run_dir / 'report.json'} ({report['wall_s']:.1f} s)", soft_wrap=True)
    if not report["passed"]:
        sys.exit(1)


def _table(report: dict[str, Any]) -> Table:
    """Return the figures of a layer as a table."""
    (run,) = report["runs"]
    (layer,) = run["layers"]
    macros, cycles, speed = run["macros"], layer["cycles"], run["cycles_per_s"]
    error = "exact" if run["wrong_psums"] == 0 else f"{run['psum_error']:.1%} rms of the product"
    where = report["cluster"] or "on this machine"
    table = Table(title=f"Layer: {layer['name']}", title_justify="left", show_header=False)
    table.add_row("chip", f"{run['chip']}, {run['case']}")
    table.add_row(
        "macros", f"{macros['count']:,} ({macros['row_blocks']} x {macros['column_blocks']} blocks)"
    )
    table.add_row("kept from before", f"{macros['kept']:,}")
    table.add_row("vectors", f"{layer['vectors']:,}")
    table.add_row("cycles of a macro", f"{cycles['measured']:,}, predicted {cycles['predicted']:,}")
    table.add_row("psums", error)
    table.add_row("outputs hash", run["outputs_hash"])
    table.add_row("workers", f"{report['workers'] or 'those of'} {where}")
    table.add_row("cycles/s", "nothing was simulated" if speed is None else f"{speed:,.0f}")
    return table
