"""The command line."""

import sys
import time
from pathlib import Path

import click
from rich.table import Table

from cosim.build import RUN_LIMIT_S
from cosim.cache import writable
from cosim.engines import ENGINES
from cosim.window import parse_window, refuse_window
from hw_spec.check import one_of
from hw_spec.chip import ChipSpec, read_chip
from ohmloop.bench import run_benchmarks
from ohmloop.benches import BENCHES, find_bench
from ohmloop.compare.command import compare
from ohmloop.compile_command import compile_command
from ohmloop.doctor import doctor as run_doctor
from ohmloop.energy_command import energy_command
from ohmloop.fuzz import fuzz_command
from ohmloop.layer import layer
from ohmloop.netlist_command import netlist_command
from ohmloop.regress.command import regress
from ohmloop.replay import replay_command
from ohmloop.report import build_report
from ohmloop.report_command import report_command
from ohmloop.rtl import write_rtl
from ohmloop.run_command import run_command
from ohmloop.runs import write_run
from ohmloop.show import show_report
from ohmloop.show_command import show_command
from ohmloop.sim import run_bench
from ohmloop.sweep.command import sweep_command
from ohmloop.terminal import DEFAULT_CHIPS, alone_in, build_dir_option, console


@click.group()
def app() -> None:
    """RTL co-simulation of RRAM compute-in-memory accelerators."""


app.add_command(run_command)
app.add_command(compile_command)
app.add_command(show_command)
app.add_command(netlist_command)
app.add_command(energy_command)
app.add_command(fuzz_command)
app.add_command(replay_command)
app.add_command(regress)
app.add_command(report_command)
app.add_command(compare)
app.add_command(sweep_command)


@app.command(epilog="Example: ohmloop sim fc_layer --engine pysim")
@click.argument("test", required=False)
@click.option("--engine", default="cocotb", show_default=True, help=f"One of {', '.join(ENGINES)}.")
@click.option(
    "--chip",
    "chip_files",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Chip description, instead of the shipped ones. May be repeated.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Randomness.")
@click.option("--waves", is_flag=True, help="Leave a waveform of each run.")
@click.option(
    "--activity", is_flag=True, help="Leave what every register bit did: SAIF and JSON; native."
)
@click.option(
    "--window", metavar="A:B", help="Cycles to which waveform and activity are confined; native."
)
@click.option(
    "--limit-s",
    type=click.IntRange(1),
    default=RUN_LIMIT_S,
    show_default=True,
    help="Longest wall time of a simulation, in seconds.",
)
@build_dir_option
def sim(
    test: str | None,
    engine: str,
    chip_files: tuple[Path, ...],
    seed: int,
    waves: bool,
    activity: bool,
    window: str | None,
    limit_s: int,
    build_dir: Path,
) -> None:
    """Run bench TEST: generated RTL with the analog array in the loop. Without TEST, list them."""
    if test is None:
        _list_benches()
        return
    bench = find_bench(test)
    one_of("Engine", engine, ENGINES)
    if window is not None and not waves and not activity:
        raise ValueError("'--waves' or '--activity' must be given when '--window' is")
    if activity and engine != "native":
        raise ValueError(f"Engine must be 'native' with '--activity', not {engine!r}")
    cycles = None if window is None else parse_window(window)
    if engine != "native":
        refuse_window(engine, cycles)
    chips = _read_chips(chip_files or DEFAULT_CHIPS)
    run_dir = writable(build_dir / "runs" / bench.name)

    start = time.perf_counter()
    with alone_in(run_dir), console.status("starting") as status:
        cases = run_bench(
            bench,
            chips,
            engine=ENGINES[engine],
            seed=seed,
            run_dir=run_dir,
            build_dir=build_dir,
            waves=waves,
            activity=activity,
            window=cycles,
            limit_s=limit_s,
            progress=status.update if console.is_terminal else console.print,
        )
    wall_s = time.perf_counter() - start
    report = build_report(
        bench.name, cases, engine=engine, seed=seed, build_dir=build_dir, wall_s=wall_s
    )
    write_run(run_dir, report)
    show_report(report, console)
    console.print(f"Report: {run_dir / 'report.json'} ({wall_s:.1f} s)", soft_wrap=True)
    if not report["passed"]:
        sys.exit(1)


@app.command(epilog="Example: ohmloop rtl --chip chips/rram_intel_32nm.toml --out out")
@click.option(
    "--chip",
    "chip_file",
    type=click.Path(path_type=Path),
    default=DEFAULT_CHIPS[0],
    help=f"Chip description.  [default: chips/{DEFAULT_CHIPS[0].name}]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("build/rtl"),
    show_default=True,
    help="Folder to write to.",
)
@click.option("--tile", is_flag=True, help="The whole tile, not only one macro.")
def rtl(chip_file: Path, out: Path, *, tile: bool) -> None:
    """Write the Verilog of a chip, its manifest, C header and analog shell."""
    for path in write_rtl(read_chip(chip_file), out, whole=tile):
        console.print(str(path), soft_wrap=True)


@app.command(epilog="Example: ohmloop doctor")
@build_dir_option
def doctor(build_dir: Path) -> None:
    """List the tools Ohmloop needs, with versions, and a remedy for each that is missing."""
    sys.exit(run_doctor(build_dir))


@app.command(epilog="Example: ohmloop bench --repeat 5")
@click.option(
    "--repeat", type=click.IntRange(1), default=5, show_default=True, help="Runs per figure."
)
@click.option("--only", metavar="WORD", help="Only subjects with this word, such as twin.")
@build_dir_option
def bench(repeat: int, only: str | None, build_dir: Path) -> None:
    """Measure the engines against each other and against ceilings; writes bench.json to build/."""
    run_benchmarks(build_dir, repeat=repeat, only=only, console=console)


app.add_command(layer)


def _list_benches() -> None:
    table = Table("bench", "what it runs", title="Benches", title_justify="left")
    for bench in BENCHES:
        table.add_row(bench.name, bench.summary)
    console.print(table)
    console.print(f"Run one with: make sim TEST={BENCHES[0].name}")


def _read_chips(paths: tuple[Path, ...]) -> list[ChipSpec]:
    """Return the chips; their names must differ, because results are filed under them."""
    chips = [read_chip(path) for path in paths]
    names = [chip.name for chip in chips]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Chip names must differ, but {name!r} is given twice")
    return chips
