"""The section `accuracy`: what the chip costs, beside the same network without it."""

from collections import Counter

from ohmloop.page.blocks import (
    NOTHING,
    Block,
    Cell,
    Column,
    Picture,
    Section,
    Table,
    amount,
    count,
    percent,
    words,
)
from ohmloop.page.charts import as_svg, histogram
from ohmloop.page.schema import BenchReport, NetworkReport

COLUMNS = (
    Column("network", number=False),
    Column("images"),
    Column("accuracy", "%"),
    Column("against integer", "points"),
)


def accuracy(report: BenchReport | NetworkReport) -> Section | None:
    """Return how many images each form of the network recognises; None without images."""
    if isinstance(report, NetworkReport):
        blocks = _network(report)
    elif report.accuracy is None:
        return None
    else:
        blocks = (_bench(report),)
    return Section(name="accuracy", title="Accuracy", blocks=blocks)


def _network(report: NetworkReport) -> tuple[Block, ...]:
    found = report.accuracy
    images = count(found.images, "/accuracy/images")
    rows = [
        (words(name), images, percent(share, f"/accuracy/{key}"), _points(share, found.integer))
        for name, share, key in (
            ("in floating point", found.float, "float"),
            ("in integers, as on an ideal chip", found.integer, "integer"),
            ("on the chip", found.chip, "chip"),
        )
    ]
    table = Table(columns=COLUMNS, rows=tuple(rows))
    labels = report.runs[0].labels
    if len(labels) == 1:
        return (table,)
    seen = Counter(labels)
    classes = [seen[label] for label in range(max(seen) + 1)]
    picture = Picture(
        svg=as_svg(histogram(classes, of="class", unit="images"), "classes"),
        caption="Images by the class in which the chip puts them.",
    )
    return table, picture


def _bench(report: BenchReport) -> Table:
    found = report.accuracy
    assert found is not None  # the caller has looked
    images = count(found.images, "/accuracy/images")
    whole = [
        (words(name), words("test set"), percent(share, f"/accuracy/{key}"), NOTHING)
        for name, share, key in (
            ("in floating point", found.float_test_set, "float_test_set"),
            ("in integers", found.integer_test_set, "integer_test_set"),
        )
    ]
    integer = percent(found.integer, "/accuracy/integer")
    chips = [
        (
            words(f"layer on {run.chip}, {run.case}"),
            images,
            percent(run.accuracy, f"/runs/{number}/accuracy"),
            _points(run.accuracy, found.integer),
        )
        for number, run in enumerate(report.runs)
    ]
    rows = (*whole, (words("in integers"), images, integer, _points(found.integer, found.integer)))
    return Table(columns=COLUMNS, rows=(*rows, *chips))


def _points(share: float | None, integer: float) -> Cell:
    """Return the difference to the integer network on the same images, in percentage points."""
    return amount(None if share is None else 100 * (share - integer), digits=1)
