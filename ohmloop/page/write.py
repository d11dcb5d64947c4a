"""Puts the sections of a report together as one page."""

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined

from ohmloop.page.accuracy import accuracy
from ohmloop.page.bench_energy import bench_energy
from ohmloop.page.bench_runs import bench_runs
from ohmloop.page.blocks import Section
from ohmloop.page.checks import checks
from ohmloop.page.gates import bench_gates
from ohmloop.page.layers import network_layers
from ohmloop.page.network_energy import network_energy
from ohmloop.page.provenance import constants, tools
from ohmloop.page.schema import BenchReport, NetworkReport
from ohmloop.page.setup import setup
from ohmloop.page.summary import summary
from ohmloop.page.toggles import toggles

SECTIONS: tuple[Callable[[BenchReport | NetworkReport], Section | None], ...] = (
    summary,
    accuracy,
    bench_runs,
    network_layers,
    toggles,
    bench_energy,
    bench_gates,
    network_energy,
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
    environment = Environment(
        loader=PackageLoader("ohmloop.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = [section for make in SECTIONS if (section := make(report)) is not None]
    return environment.get_template("page.html").render(
        name=name, report=report, sections=found, version=report.tools.get("ohmloop", "")
    )
