"""What a regression says about its cases: as JUnit XML, as JSON and as tables."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite
from rich.console import Console
from rich.table import Table

from ohmloop.regress.cases import Case
from ohmloop.regress.differences import Difference
from ohmloop.regress.record import Record
from ohmloop.report import write_report

SCHEMA_VERSION = 1
MOST_SHOWN = 8
"""Differences of a case that are printed; the report holds all."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is to be said about a case."""

    case: Case
    record: Record | None
    error: str = ""
    """What the case failed with."""

    differences: tuple[Difference, ...] = ()
    """Results that are not as predicted or recorded."""

    recorded: bool = True
    """Whether there is a record of the case."""

    place: str = ""
    """What running the first layer with other data again on two engines told."""

    @property
    def passed(self) -> bool:
        """Whether all is as recorded."""
        return not self.error and not self.differences

    @property
    def said(self) -> list[str]:
        """What is wrong, in lines, the first the most telling one."""
        if self.error:
            return [self.error]
        first = next((one for one in self.differences if one.data), None)
        causes = [str(one) for one in self.differences if one.cause]
        others = [str(one) for one in self.differences if one is not first and not one.cause]
        told = [str(first), self.place] if first else []
        return [*causes, *filter(None, told), *others]


def write_junit(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Write JUnit XML; equal verdicts give equal bytes, because it holds no times."""
    suite = TestSuite("ohmloop regress")
    for verdict in verdicts:
        test = TestCase(verdict.case.name, classname="regress")
        if not verdict.passed:
            kind = Error if verdict.error else Failure
            result = kind(verdict.said[0].partition("\n")[0])
            result.text = "\n".join(verdict.said)
            test.result = [result]
        suite.add_testcase(test)
    xml = JUnitXml()
    xml.add_testsuite(suite)
    fresh = path.with_name(f".{path.name}")
    xml.write(str(fresh), pretty=True)
    fresh.replace(path)


def write_verdicts(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Write ``report.json``; equal verdicts give equal bytes, because it holds no times."""
    cases: list[dict[str, Any]] = [
        {
            "name": one.case.name,
            "passed": one.passed,
            "error": one.error or None,
            "differences": [asdict(difference) for difference in one.differences],
            "place": one.place or None,
            "result": None if one.record is None else one.record.model_dump(mode="json"),
        }
        for one in verdicts
    ]
    passed = all(one.passed for one in verdicts)
    write_report(path, {"schema_version": SCHEMA_VERSION, "passed": passed, "cases": cases})


def results_table(verdicts: Sequence[Verdict]) -> Table:
    """Return all cases as a table, a line each."""
    table = Table("case", title="Regression", title_justify="left")
    for name in ("accuracy", "cycles/image", "toggles"):
        table.add_column(name, justify="right")
    table.add_column("result")
    for one in verdicts:
        result = "FAILED" if not one.passed else "as recorded" if one.recorded else "new"
        table.add_row(one.case.name, *_figures(one.record), result)
    return table


def show_failures(verdicts: Sequence[Verdict], console: Console) -> None:
    """Print what is wrong with each case, the most telling line first."""
    for verdict in verdicts:
        if verdict.passed:
            continue
        console.print(f"FAILED {verdict.case.name}", style="bold red", soft_wrap=True)
        for line in verdict.said[:MOST_SHOWN]:
            console.print(f"  {line}", soft_wrap=True)
        more = len(verdict.said) - MOST_SHOWN
        if more > 0:
            console.print(f"  and {more} more")


def _figures(record: Record | None) -> tuple[str, str, str]:
    if record is None:
        return "-", "-", "-"
    cycles = sum(layer.predicted_cycles for layer in record.layers)
    toggles = "-" if record.toggles is None else f"{record.toggles:,}"
    return f"{record.accuracy:.1%}", f"{cycles:,}", toggles
