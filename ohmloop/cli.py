"""The command line."""

import sys
import time
from pathlib import Path
from typing import Annotated

import click
import typer
from rich.console import Console
from rich.table import Table

from cosim.cache import writable
from cosim.engines import ENGINES
from hw_spec.check import one_of
from hw_spec.chip import ChipSpec, read_chip
from ohmloop.bench import run_benchmarks
from ohmloop.benches import BENCHES, find_bench
from ohmloop.doctor import doctor as run_doctor
from ohmloop.report import build_report, write_report
from ohmloop.rtl import write_rtl
from ohmloop.show import show_report
from ohmloop.sim import run_bench

ROOT = Path(__file__).parents[1]
BUILD_DIR = ROOT / "build"
DEFAULT_CHIPS = ("rram_taox_32nm", "rram_intel_32nm")

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="RTL co-simulation of RRAM compute-in-memory accelerators.",
)
console = Console(width=None if sys.stdout.isatty() else 120)

ChipOption = Annotated[
    list[Path] | None, typer.Option("--chip", help="Chip description; may be given repeatedly.")
]


@app.command(
    epilog="Example: ohmloop sim fc_layer --engine cocotb --chip chips/rram_taox_32nm.toml"
)
def sim(
    test: Annotated[str | None, typer.Argument(help="Bench to run; none lists them.")] = None,
    engine: Annotated[str, typer.Option(help=f"One of: {', '.join(ENGINES)}.")] = "cocotb",
    chip: ChipOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all randomness.")] = 1,
    waves: Annotated[bool, typer.Option("--waves", help="Leave a waveform of each run.")] = False,
) -> None:
    """Run a bench: generated RTL with the analog array in the loop."""
    if test is None:
        table = Table("bench", "what it runs", title="Benches", title_justify="left")
        for known in BENCHES:
            table.add_row(known.name, known.summary)
        console.print(table)
        console.print(f"Run one with: make sim TEST={BENCHES[0].name}")
        return
    bench = find_bench(test)
    one_of("Engine", engine, ENGINES)
    chips = _read_chips(chip)
    run_dir = writable(BUILD_DIR / "runs" / bench.name)
    (run_dir / "report.json").unlink(missing_ok=True)

    start = time.perf_counter()
    with console.status("starting") as status:
        cases = run_bench(
            bench,
            chips,
            engine=ENGINES[engine],
            seed=seed,
            run_dir=run_dir,
            build_dir=BUILD_DIR,
            waves=waves,
            progress=status.update if console.is_terminal else console.print,
        )
    wall_s = time.perf_counter() - start
    report = build_report(
        bench.name, cases, engine=engine, seed=seed, build_dir=BUILD_DIR, wall_s=wall_s
    )
    write_report(run_dir / "report.json", report)
    show_report(report, console)
    console.print(f"Report: {run_dir / 'report.json'} ({wall_s:.1f} s)", soft_wrap=True)
    if not report["passed"]:
        raise typer.Exit(FAILED)


@app.command(epilog="Example: ohmloop rtl --chip chips/rram_taox_32nm.toml --out build/rtl")
def rtl(
    chip: Annotated[Path, typer.Option(help="Chip description.")] = (
        ROOT / "chips" / f"{DEFAULT_CHIPS[0]}.toml"
    ),
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = BUILD_DIR / "rtl",
) -> None:
    """Write the Verilog of a chip's macro, its manifest, its C header and the analog shell."""
    for path in write_rtl(read_chip(chip), out):
        console.print(str(path), soft_wrap=True)


@app.command(epilog="Example: ohmloop doctor")
def doctor() -> None:
    """List the tools Ohmloop needs, with versions, and a remedy for each that is missing."""
    raise typer.Exit(run_doctor(BUILD_DIR))


@app.command(epilog="Example: ohmloop bench --repeat 5")
def bench(
    repeat: Annotated[int, typer.Option(min=1, help="Runs of each measurement.")] = 5,
) -> None:
    """Measure the engines against each other and write build/bench.json."""
    run_benchmarks(BUILD_DIR, repeat=repeat, console=console)


def _read_chips(paths: list[Path] | None) -> list[ChipSpec]:
    """Return the chips that were named, or the shipped ones; refuse one name for two chips."""
    chips = [read_chip(path) for path in paths or _shipped()]
    names = [chip.name for chip in chips]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Chip names must differ, but {name!r} is given twice")
    return chips


def _shipped() -> list[Path]:
    return [ROOT / "chips" / f"{name}.toml" for name in DEFAULT_CHIPS]


def main() -> None:
    """Run the command line; bad input ends with one line and status 2."""
    try:
        status = app(standalone_mode=False)
    except click.ClickException as error:
        _fail(error.format_message(), BAD_INPUT)
    except (ValueError, TypeError, OSError) as error:
        # A run that stops by itself is no bad input, though TimeoutError is an OSError.
        _fail(str(error), FAILED if isinstance(error, TimeoutError) else BAD_INPUT)
    except RuntimeError as error:
        _fail(str(error), FAILED)
    except (KeyboardInterrupt, click.Abort):
        _fail("Interrupted; finished builds are kept", INTERRUPTED)
    else:
        sys.exit(status)


def _fail(message: str, status: int) -> None:
    sys.stderr.write(f"ohmloop: {message}\n")
    sys.exit(status)
