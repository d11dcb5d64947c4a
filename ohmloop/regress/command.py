"""The command `regress`: all networks on all chips, held against what is recorded of them."""

import contextlib
import os
import shutil
import sys
from collections.abc import Generator, Sequence
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cosim.cache import writable
from ohmloop.regress.cases import Case, choose, read_cases
from ohmloop.regress.differences import differences, unpredicted
from ohmloop.regress.key import case_key
from ohmloop.regress.record import Golden, read_golden
from ohmloop.regress.run import Outcome, Task, run_cases
from ohmloop.regress.simulate import place_of, simulate
from ohmloop.regress.update import update_golden
from ohmloop.regress.verdict import (
    Verdict,
    results_table,
    show_failures,
    write_junit,
    write_verdicts,
)
from ohmloop.terminal import alone_in, build_dir_option, console

LIST = Path(__file__).parents[2] / "regress" / "networks.toml"
GOLDEN = "golden.json"
"""File of the records, beside the list of cases."""

MOST_JOBS = 256


@click.command(epilog="Example: ohmloop regress --filter digits_cnn --jobs 2")
@click.option("--filter", "text", metavar="TEXT", help="Only cases with this text in their names.")
@click.option(
    "--jobs",
    type=click.IntRange(1, MOST_JOBS),
    default=min(os.cpu_count() or 1, MOST_JOBS),
    show_default="as many as cores",
    help="Cases to run at the same time, each in a process of its own.",
)
@click.option("--update", is_flag=True, help="Record the results, after showing what changes.")
@click.option("--yes", is_flag=True, help="With --update: do not ask.")
@click.option("--fresh", is_flag=True, help="Run all cases, also those whose results are there.")
@click.option(
    "--list",
    "list_file",
    type=click.Path(path_type=Path),
    default=LIST,
    help="List of cases; the records lie beside it.  [default: regress/networks.toml]",
)
@build_dir_option
def regress(
    text: str | None,
    jobs: int,
    update: bool,
    yes: bool,
    fresh: bool,
    list_file: Path,
    build_dir: Path,
) -> None:
    """Run networks on chips, and fail on any difference from what is recorded of them.

    A case that is done stays on disk: the next run takes it from there, unless something it depends
    on has changed. Leaves junit.xml and report.json in regress/ of the build folder.
    """
    if yes and not update:
        raise ValueError("'--update' must be given when '--yes' is")
    cases = read_cases(list_file)
    chosen = choose(cases, text)
    golden_file = list_file.with_name(GOLDEN)
    golden = read_golden(golden_file)
    if not update:
        _require_records(chosen, golden, golden_file)
    folder = writable(build_dir / "regress")
    with alone_in(folder):
        tasks = _tasks(chosen, list_file.parent, folder, build_dir)
        if fresh:
            for task in tasks:
                task.file.unlink(missing_ok=True)
        outcomes = _run(tasks, jobs, folder)
        verdicts = [_verdict(task, outcomes[task.case.name], golden) for task in tasks]
        write_junit(folder / "junit.xml", verdicts)
        write_verdicts(folder / "report.json", verdicts)
    console.print(results_table(verdicts))
    console.print(f"Report: {folder / 'report.json'}, {folder / 'junit.xml'}", soft_wrap=True)
    if update:
        update_golden(golden_file, golden, cases, verdicts, ask=not yes)
        return
    show_failures(verdicts, console)
    if not all(one.passed for one in verdicts):
        sys.exit(1)


def _require_records(cases: Sequence[Case], golden: Golden, path: Path) -> None:
    missing = [case.name for case in cases if case.name not in golden.cases]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ValueError(
            f"Case '{missing[0]}'{more} must have a record in '{path}', but has none; "
            "make one: ohmloop regress --update"
        )


def _tasks(cases: Sequence[Case], folder: Path, run_dir: Path, build_dir: Path) -> list[Task]:
    results = writable(run_dir / "cases")
    return [
        Task(
            case=case,
            folder=folder.absolute(),
            key=case_key(case, folder, build_dir=build_dir),
            file=results / f"{case.name}.json",
            build_dir=build_dir,
            runner=simulate,
        )
        for case in cases
    ]


def _run(tasks: Sequence[Task], jobs: int, run_dir: Path) -> dict[str, Outcome]:
    """Return the outcomes by the names of the cases, and show how far they are."""
    outcomes: dict[str, Outcome] = {}
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("cases"), TimeElapsedColumn())
    shown = console.is_terminal
    with (
        Progress(*columns, console=console, transient=True, disable=not shown) as progress,
        contextlib.closing(_outcomes(tasks, jobs, run_dir)) as found,
    ):
        bar = progress.add_task("cases", total=len(tasks))
        for outcome in found:
            outcomes[outcome.case.name] = outcome
            progress.advance(bar)
            how = "failed" if outcome.error else "kept from before" if outcome.kept else "done"
            progress.console.print(f"{len(outcomes)} of {len(tasks)}: {outcome.case.name}, {how}")
    return outcomes


def _outcomes(tasks: Sequence[Task], jobs: int, run_dir: Path) -> Generator[Outcome, None, None]:
    scratch = run_dir / "work"
    shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
    yield from run_cases(tasks, jobs=jobs, scratch=scratch)


def _verdict(task: Task, outcome: Outcome, golden: Golden) -> Verdict:
    """Hold a result against the prediction and the record; a case without a record has changed."""
    case, record = task.case, outcome.record
    if record is None:
        return Verdict(case=case, record=None, error=outcome.error)
    # What was predicted wrongly is no result to be recorded.
    wrong = "\n".join(str(one) for one in unpredicted(record))
    recorded = golden.cases.get(case.name)
    found = differences(recorded, record) if recorded else []
    data = next((one for one in found if one.data), None)
    place = ""
    if data and not wrong and not any(one.cause for one in found):
        with console.status(f"looking for the difference in {case.name}"):
            place = place_of(case, task.folder, data.layer, build_dir=task.build_dir)
    return Verdict(
        case=case,
        record=record,
        error=wrong,
        differences=tuple(found),
        recorded=recorded is not None,
        place=place,
    )
