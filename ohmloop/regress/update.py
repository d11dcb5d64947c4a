"""Renews the records of cases, after showing what changes."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from ohmloop.regress.cases import Case
from ohmloop.regress.record import Golden, write_golden
from ohmloop.regress.verdict import Verdict, show_failures
from ohmloop.terminal import console


def update_golden(
    path: Path, golden: Golden, cases: Sequence[Case], verdicts: Sequence[Verdict], *, ask: bool
) -> None:
    """Show what changes and record it.

    Records of cases that were not run stay; those of cases that the list no longer has go.

    Parameters
    ----------
    path : Path
        File of the records.
    golden : Golden
        What stands there.
    cases : sequence of Case
        All cases of the list.
    verdicts : sequence of Verdict
        What was run now.
    ask : bool
        Whether to ask before the file is written.

    Raises
    ------
    RuntimeError
        If a case failed; nothing is recorded then.
    """
    failed = [one for one in verdicts if one.error]
    if failed:
        show_failures(failed, console)
        names = ", ".join(one.case.name for one in failed)
        raise RuntimeError(f"Nothing was recorded, because cases failed: {names}")
    now = {one.case.name: one.record for one in verdicts if one.record is not None}
    records = golden.cases | now
    renewed = Golden(cases={one.name: records[one.name] for one in cases if one.name in records})
    if path.is_file() and renewed == golden:
        console.print("All is recorded already.")
        return
    console.print(_changes(golden, renewed, verdicts))
    if ask and not click.confirm("Record this?"):
        console.print("Nothing was recorded.")
        sys.exit(1)
    write_golden(path, renewed)
    console.print(f"Recorded: {path}", soft_wrap=True)


def _changes(golden: Golden, renewed: Golden, verdicts: Sequence[Verdict]) -> Table:
    """Return all that changes as a table."""
    table = Table("case", "layer", "what", title="Changes", title_justify="left")
    table.add_column("recorded", justify="right")
    table.add_column("now", justify="right")
    for name in sorted(golden.cases.keys() - renewed.cases.keys()):
        table.add_row(name, "", "record", "there", "no such case")
    for verdict in verdicts:
        name, record = verdict.case.name, verdict.record
        if name not in golden.cases and record is not None:
            table.add_row(name, "", "record", "none", f"accuracy {record.accuracy:.1%}")
        for one in verdict.differences:
            table.add_row(name, one.layer, one.what, one.recorded, one.now)
    return table
