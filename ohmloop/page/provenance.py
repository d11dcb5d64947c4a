"""The sections `constants` and `tools`: what the result rests on."""

from ohmloop.page.blocks import Cell, Column, Note, Section, Table, words
from ohmloop.page.schema import BenchReport, NetworkReport

COLUMNS = (
    Column("constant", number=False),
    Column("value"),
    Column("unit", number=False),
    Column("", number=False),
    Column("source", number=False),
)


def constants(report: BenchReport | NetworkReport) -> Section:
    """Return every physical number with its source; those that were assumed are marked."""
    rows = tuple(
        (
            words(one.name.replace("_", " ")),
            Cell(
                text=f"{one.value:.9g}",
                path=f"/numbers/{at}/value",
                value=one.value,
            ),
            words(one.unit, f"/numbers/{at}/unit"),
            Cell(
                text="assumed" if one.assumed else "sourced",
                path=f"/numbers/{at}/assumed",
                value=one.assumed,
                style="badge warn" if one.assumed else "badge",
            ),
            words(one.source, f"/numbers/{at}/source"),
        )
        for at, one in enumerate(report.numbers)
    )
    assumed = sum(one.assumed for one in report.numbers)
    note = f"{assumed} of {len(rows)} are assumed: no publication gives them for these chips."
    blocks = (Table(columns=COLUMNS, rows=rows), Note(text=note))
    return Section(name="constants", title="Constants", blocks=blocks)


def tools(report: BenchReport | NetworkReport) -> Section:
    """Return the versions of all tools."""
    rows = tuple(
        (words(tool), words(version, f"/tools/{tool}")) for tool, version in report.tools.items()
    )
    columns = (Column("tool", number=False), Column("version", number=False))
    return Section(name="tools", title="Tools", blocks=(Table(columns=columns, rows=rows),))
