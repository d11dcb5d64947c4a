"""Runs that are finished, by their names."""

import re
from pathlib import Path
from typing import Any

from hw_spec.check import one_of
from ohmloop.network_case import NetworkCase, Prepared, prepare
from ohmloop.network_result import chip_hash
from ohmloop.page.schema import NetworkReport
from ohmloop.report import write_report


def run_name(name: str) -> str:
    """Return the name of a run if it can be that of a folder.

    Raises
    ------
    ValueError
        Otherwise.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError(f"Name must be letters, digits, '.', '_' or '-', not {name!r}")
    return name


DERIVED = ("report.html", "compare.json", "traces.json")
"""What other commands make of a report, beside it."""


def write_run(run_dir: Path, report: dict[str, Any]) -> None:
    """Write the report of a run, and remove what was made of the one before."""
    for name in DERIVED:
        (run_dir / name).unlink(missing_ok=True)
    write_report(run_dir / "report.json", report)


def report_of(run: str, build_dir: Path) -> Path:
    """Return the ``report.json`` of a run.

    Raises
    ------
    ValueError
        If there is no such run; the message names the nearest.
    """
    folder = build_dir / "runs"
    names = sorted(file.parent.name for file in folder.glob("*/report.json"))
    if not names:
        raise ValueError(
            f"Folder '{folder}' must hold a finished run, but holds none; make one with: "
            "ohmloop sim fc_layer"
        )
    return folder / one_of("Finished run", run, names) / "report.json"


def prepare_again(run: str, report: NetworkReport, case: NetworkCase) -> Prepared:
    """Return a case on the chip of a run that is to be repeated.

    Raises
    ------
    ValueError, TypeError, OSError
        If the chip is no longer what ran, or as :func:`ohmloop.network_case.prepare`.
    """
    prepared = prepare(case)
    if chip_hash(prepared.chip) != report.runs[0].chip_hash:
        raise ValueError(f"Chip of run '{run}' must be as it ran, but was changed; run it again")
    return prepared


def require_outputs(run: str, report: NetworkReport, outputs_hash: str) -> None:
    """Raise ValueError if a run that was repeated gives other outputs than before."""
    if outputs_hash != report.runs[0].outputs_hash:
        raise ValueError(f"Network of run '{run}' must be as it ran, but gives other outputs now")
