"""Puts the sections of a report together as one page."""

from collections.abc import Callable

from ohmloop.page.accuracy import accuracy
from ohmloop.page.area import area, merits
from ohmloop.page.bench_energy import bench_energy
from ohmloop.page.bench_runs import bench_runs
from ohmloop.page.blocks import Section
from ohmloop.page.checks import checks
from ohmloop.page.codes import codes
from ohmloop.page.floorplan import floorplan
from ohmloop.page.gates import bench_gates, chip_gates
from ohmloop.page.layers import network_layers
from ohmloop.page.network_energy import network_energy
from ohmloop.page.provenance import constants, tools
from ohmloop.page.schema import BenchReport, NetworkReport
from ohmloop.page.setup import setup
from ohmloop.page.summary import summary
from ohmloop.page.templates import render
from ohmloop.page.toggles import toggles

SECTIONS: tuple[Callable[[BenchReport | NetworkReport], Section | None], ...] = (
    summary,
    accuracy,
    bench_runs,
    network_layers,
    codes,
    toggles,
    bench_energy,
    bench_gates,
    network_energy,
    floorplan,
    area,
    chip_gates,
    merits,
    checks,
    setup,
    constants,
    tools,
)
"""In the order of the page. A section is None where the report has nothing for it."""


def page(report: BenchReport | NetworkReport, name: str) -> str:
    """Return a report as a page of HTML that refers to nothing outside of it.

    The same report gives the same bytes.

    Parameters
    ----------
    report : BenchReport or NetworkReport
        What to show.
    name : str
        Name of the run.
    """
    found = [section for make in SECTIONS if (section := make(report)) is not None]
    version = report.tools.get("ohmloop", "")
    return render("page.html", name=name, report=report, sections=found, version=version)
