"""The command `fuzz`: compares the engines on drawn chips and jobs."""

import shlex
import sys
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cosim.cache import writable
from cosim.engines import ENGINES, Engine
from cosim.exchange import save_job
from cosim.fuzz import ROUND, Finding, Tally, fuzz
from hw_spec.check import one_of
from ohmloop.terminal import alone_in, build_dir_option, console

SLOW_TO_START = ("cocotb", "pyverilator")
"""Engines that start a process per job."""

SHRINK_S = 120
"""Longest time to make a difference small, in seconds, besides the trial under way."""


@click.command("fuzz", epilog="Example: ohmloop fuzz --cases 100 --engine pysim --engine native")
@click.option("--cases", type=click.IntRange(1), default=500, show_default=True, help="How many.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Choice of cases."
)
@click.option(
    "--engine", "names", multiple=True, help="Engine to compare. May be repeated.  [default: all]"
)
@build_dir_option
def fuzz_command(cases: int, seed: int, names: tuple[str, ...], build_dir: Path) -> None:
    """Compare the engines on random chips and jobs.

    A case in which two engines differ is made small, for two minutes at most, and saved in
    fuzz/cases of the build folder. Engines that start a process per job run the first few cases on
    each chip.
    """
    engines = chosen_engines(names)
    if len(engines) < 2:
        raise ValueError(f"Fuzzing must compare at least 2 engines, not {len(engines)}")
    folder = writable(build_dir / "fuzz")
    told: list[str] = []
    with alone_in(folder), _progress() as bar:
        task = bar.add_task("fuzzing", total=cases, cycles=0)

        def progress(tally: Tally) -> None:
            bar.update(task, completed=tally.cases, cycles=tally.cycles)
            if not console.is_terminal and tally.cases % ROUND == 0:
                console.print(f"{tally.cases} of {cases} cases, {tally.cycles:,} cycles")

        def found(finding: Finding) -> None:
            path = writable(folder / "cases") / f"seed-{seed}-case-{finding.number}.npz"
            save_job(path, finding.job)
            told.append(_told(finding, path))
            bar.console.print(told[-1], style="bold red", soft_wrap=True)

        tally = fuzz(
            engines,
            cases=cases,
            seed=seed,
            scratch=folder / "rounds",
            sparse=SLOW_TO_START,
            shrink_s=SHRINK_S,
            progress=progress,
            found=found,
        )
    console.print(_summary(tally, cases=cases, seed=seed), soft_wrap=True)
    if told:
        sys.exit(1)


def chosen_engines(names: tuple[str, ...]) -> dict[str, Engine]:
    """Return the engines of these names, or all; those that are quick to start come first.

    Raises
    ------
    ValueError
        If a name is unknown; the message names the nearest.
    """
    for name in names:
        one_of("Engine", name, ENGINES)
    chosen = sorted(dict.fromkeys(names or ENGINES), key=lambda name: name in SLOW_TO_START)
    return {name: ENGINES[name] for name in chosen}


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("cases, {task.fields[cycles]:,} cycles, left:"),
        TimeRemainingColumn(),
    )
    # The estimate covers several rounds, because the first case of each waits for builds.
    return Progress(
        *columns, console=console, speed_estimate_period=600, disable=not console.is_terminal
    )


def _told(finding: Finding, path: Path) -> str:
    """Return a difference in one line, with what replays it."""
    engines = " ".join(f"--engine {name}" for name in finding.difference.engines)
    return (
        f"Case {finding.number}: {finding.difference}; "
        f"replay it with: ohmloop replay {shlex.quote(str(path))} {engines}"
    )


def _summary(tally: Tally, *, cases: int, seed: int) -> str:
    runs = ", ".join(f"{name} {count}" for name, count in tally.runs.items())
    differences = "no difference" if not tally.findings else f"differences: {tally.findings}"
    return (
        f"{tally.cases} of {cases} cases of seed {seed} were run, {differences} "
        f"({runs}; {tally.cycles:,} cycles)"
    )
