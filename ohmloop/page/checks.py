"""The section `checks`: what had to hold."""

from ohmloop.page.blocks import Cell, Column, Note, Section, Table, words
from ohmloop.page.schema import BenchReport, NetworkReport

COLUMNS = (
    Column("chip", number=False),
    Column("case", number=False),
    Column("check", number=False),
    Column("result", number=False),
    Column("detail", number=False),
)
NONE = "No engine of this run has a clock, so there was nothing to hold against the prediction."


def checks(report: BenchReport | NetworkReport) -> Section:
    """Return every check of every run, with its result."""
    rows = tuple(
        (
            words(run.chip),
            words(run.case),
            words(check.name, f"/runs/{at}/checks/{number}/name"),
            _result(passed=check.passed, path=f"/runs/{at}/checks/{number}/passed"),
            words(check.detail, f"/runs/{at}/checks/{number}/detail"),
        )
        for at, run in enumerate(report.runs)
        for number, check in enumerate(run.checks)
    )
    block = Table(columns=COLUMNS, rows=rows) if rows else Note(text=NONE)
    return Section(name="checks", title="Checks", blocks=(block,))


def _result(*, passed: bool, path: str) -> Cell:
    text, style = ("passed", "good") if passed else ("FAILED", "bad")
    return Cell(text=text, path=path, value=passed, style=style)
