"""The command `run`: a network on a chip."""

import os
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from cosim.build import RUN_LIMIT_S
from cosim.cache import writable
from cosim.tile.engines import ADDRESSES
from ohmloop.network_case import FLAT_MACROS, NetworkCase, prepare
from ohmloop.network_options import chip_of, layers_of, network_options, short_name
from ohmloop.network_report import network_report
from ohmloop.network_result import NetworkResult
from ohmloop.network_run import run_prepared
from ohmloop.network_tables import cycles_table, print_table
from ohmloop.progress import shares
from ohmloop.runs import run_name, write_run
from ohmloop.show import show_assumed, show_failures
from ohmloop.terminal import alone_in, build_dir_option, console


@click.command(
    "run",
    epilog="Example: ohmloop run examples/networks.py:digits_cnn --images 20 --engine twin",
)
@network_options
@click.option(
    "--images", type=click.IntRange(1), help="Test images, the first ones.  [default: all]"
)
@click.option(
    "--engine",
    help=f"One of {', '.join(ADDRESSES)}.  [default: as a compiled network says, else native]",
)
@click.option(
    "--flat/--partitioned",
    default=None,
    help="Whether the tile is one model, or native runs macros, PEs and core one by one.  "
    f"[default: flat with at most {FLAT_MACROS} macros]",
)
@click.option("--ideal", is_flag=True, help="Ideal cells and lossless ADC; must be exact.")
@click.option(
    "--read-noise/--no-read-noise", default=True, show_default=True, help="Noise of every read."
)
@click.option(
    "--toggles/--no-toggles",
    default=True,
    show_default=True,
    help="Count register toggles. Without, twin is faster and takes any number of images.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Randomness.")
@click.option(
    "--threads",
    type=click.IntRange(1, 1024),
    default=os.cpu_count() or 1,
    help="Macros that run at the same time.  [default: one per core]",
)
@click.option(
    "--limit-s",
    type=click.IntRange(1),
    default=RUN_LIMIT_S,
    show_default=True,
    help="Longest wall time of the run after all is built, in seconds.",
)
@click.option("--name", help="Name of the run.  [default: NETWORK-CHIP-device or -ideal]")
@build_dir_option
def run_command(
    network: str,
    chip_file: Path | None,
    addresses: tuple[str, ...],
    threads: int,
    name: str | None,
    build_dir: Path,
    **options: Any,
) -> None:
    """Run NETWORK on a chip, and account for every cycle of every layer.

    NETWORK is FILE.py:NAME, a torch module or a function that makes one, or FILE.npz.
    """
    chip = chip_of(network, chip_file)
    case = NetworkCase(network=network, chip=chip, layers=layers_of(addresses), **options)
    with shares(console) as progress:
        progress("compiling", None)
        prepared = prepare(case)
        kind = "ideal" if case.ideal else "device"
        name = name or f"{short_name(network)}-{prepared.chip.name}-{kind}"
        run_dir = writable(build_dir / "runs" / run_name(name))
        with alone_in(run_dir):
            result = run_prepared(
                prepared,
                build_dir=build_dir,
                work_dir=run_dir / "work",
                threads=threads,
                progress=progress,
            )
            report = network_report(result, build_dir=build_dir)
            write_run(run_dir, report)
    _show(result, console)
    show_failures(report, console)
    show_assumed(report, console)
    console.print(f"Report: {run_dir / 'report.json'} ({report['wall_s']:.1f} s)", soft_wrap=True)
    if not report["passed"]:
        sys.exit(1)


def _show(result: NetworkResult, console: Console) -> None:
    """Print where the cycles went, and how well the chip reads."""
    measured = [step.measured for step in result.steps]
    engines = ", ".join(sorted(set(result.prepared.addresses.values())))
    title = f"Cycles per image on '{result.prepared.chip.name}', engine {engines}"
    print_table(cycles_table(result.steps, measured, title), console)
    before = "unknown" if result.float_accuracy is None else f"{result.float_accuracy:.1%}"
    console.print(
        f"Accuracy on {len(result.labels)} images: float {before}, "
        f"integer {result.integer_accuracy:.1%}, chip {result.accuracy:.1%}"
    )
    console.print(
        f"Outputs: {result.outputs_hash[:16]}, {result.wrong_outputs:,} activations other than "
        f"those of the integer network"
    )
    toggles = "" if result.toggles is None else f"; {result.toggles:,} register toggles"
    console.print(
        f"{result.simulated_cycles:,} cycles of the tile, {result.cycles_per_s:,.0f} per second"
        + toggles
    )
