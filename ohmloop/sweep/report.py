"""What a sweep leaves: ``sweep.json``, and the same as a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from ohmloop.provenance import tools
from ohmloop.sweep.figures import BRIEF
from ohmloop.sweep.plan import Sweep
from ohmloop.sweep.run import Outcome

SCHEMA_VERSION = 1


def sweep_report(sweep: Sweep, outcomes: Sequence[Outcome], *, build_dir: Path) -> dict[str, Any]:
    """Return the report of a sweep; all that stands in it can be written as JSON."""
    settings = sweep.settings
    return {
        "schema_version": SCHEMA_VERSION,
        "sweep": sweep.name,
        **settings.model_dump(mode="json"),
        "axes": [
            {"name": axis.name, "values": [value.name for value in axis.values]}
            for axis in sweep.axes
        ],
        "points": [
            {
                "name": one.point.name,
                "place": one.point.place,
                "not_run": one.reason or None,
                "result": one.result,
            }
            for one in outcomes
        ],
        "tools": tools(build_dir, compiled=True),
    }


def sweep_table(report: dict[str, Any]) -> Table:
    """Return the points of a sweep as a table; of one that cannot be run, why."""
    table = Table(title=report["title"], title_justify="left", box=box.SIMPLE_HEAD)
    table.padding = (0, 1, 0, 0)
    for axis in report["axes"]:
        table.add_column(axis["name"], overflow="fold")
    for figure in BRIEF:
        table.add_column(f"{figure.name}\n{figure.unit}", justify="right", no_wrap=True)
    for point in report["points"]:
        if point["result"] is not None:
            cells = [figure.text(point["result"]) for figure in BRIEF]
            table.add_row(*point["place"].values(), *cells)
    return table
