"""The command `replay`: runs a saved job on the engines again."""

import hashlib
import sys
import time
from functools import partial
from pathlib import Path

import click
from rich.table import Table

from cosim.cache import writable
from cosim.compare import Outcome, attempt, first_difference
from cosim.engines import Engine
from cosim.exchange import load_job
from cosim.job import MacroRun
from cosim.window import parse_window, refuse_window
from ohmloop.fuzz import chosen_engines
from ohmloop.terminal import alone_in, build_dir_option, console


@click.command("replay", epilog="Example: ohmloop replay build/fuzz/cases/seed-1-case-7.npz")
@click.argument("case", type=click.Path(path_type=Path))
@click.option(
    "--engine", "names", multiple=True, help="Engine to run. May be repeated.  [default: all]"
)
@click.option("--waves", type=click.Path(path_type=Path), help="Waveform to write; one engine.")
@click.option("--window", metavar="A:B", help="Cycles to which the waveform is confined; native.")
@build_dir_option
def replay_command(
    case: Path, names: tuple[str, ...], waves: Path | None, window: str | None, build_dir: Path
) -> None:
    """Run the job in the file CASE, as `fuzz` saves it, and compare the engines."""
    job = load_job(case)
    engines = chosen_engines(names)
    if waves is not None and len(engines) != 1:
        raise ValueError(f"Option '--waves' must be given with one '--engine', not {len(engines)}")
    if window is not None and waves is None:
        raise ValueError("'--waves' must be given when '--window' is")
    cycles = None if window is None else parse_window(window)
    for name in engines.keys() - {"native"}:
        refuse_window(name, cycles)
    folder = writable(build_dir / "replay")

    def run(name: str, engine: Engine) -> MacroRun:
        work_dir = writable(folder / name)
        engine.build(job.chip.macro, build_dir, waves=waves is not None)
        return engine.run(job, work_dir, build_dir=build_dir, waves=waves, window=cycles)

    outcomes, seconds = {}, {}
    with alone_in(folder):
        for name, engine in engines.items():
            start = time.perf_counter()
            outcomes[name] = attempt(partial(run, name, engine))
            seconds[name] = time.perf_counter() - start
    console.print(_table(case.name, outcomes, seconds))
    failed = {name: one for name, one in outcomes.items() if isinstance(one, Exception)}
    for name, error in failed.items():
        console.print(f"{type(error).__name__} on {name}: {error}", soft_wrap=True)
    difference = first_difference(outcomes)
    if difference is not None:
        console.print(f"DIFFERENT {difference}", style="bold red", soft_wrap=True)
    if difference is not None or failed:
        sys.exit(1)


def _table(title: str, outcomes: dict[str, Outcome], seconds: dict[str, float]) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left")
    table.caption = "outputs: start of the SHA-256 of the psums; seconds: with the build, if any"
    table.add_column("engine")
    table.add_column("outputs")
    for name in ("cycles", "toggles", "seconds"):
        table.add_column(name, justify="right")
    for name, outcome in outcomes.items():
        cells = ["-"] * 3
        if isinstance(outcome, MacroRun):
            digest = hashlib.sha256(outcome.psums.astype("<i8").tobytes()).hexdigest()
            toggles = sum(outcome.toggles.values())
            cells = [digest[:16], f"{outcome.cycles:,}", f"{toggles:,}"]
        table.add_row(name, *cells, f"{seconds[name]:.2f}")
    return table
