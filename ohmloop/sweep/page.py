"""A sweep as one page of HTML that refers to nothing outside of it."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure as Plot

from ohmloop.page.blocks import Block, Cell, Column, Note, Picture, Section, Table, amount, words
from ohmloop.page.charts import as_svg, stacked_bars
from ohmloop.sweep.charts import panels
from ohmloop.sweep.figures import FIGURES, OPERATIONS_PER_MAC, PLOTTED, Figure

ENERGY = {
    "array": ("array",),
    "converters": ("converters",),
    "lines": ("row_inputs", "word_lines", "multiplexers"),
    "macro gates": ("macro_gates",),
    "PE and core gates": ("pe_gates", "core_gates"),
    "memories": ("memories",),
    "wires": ("wires",),
    "leakage": ("leakage",),
}
AREA = {
    "arrays": ("array",),
    "converters": ("adcs",),
    "drivers": ("row_drivers", "multiplexers", "level_shifters"),
    "macro gates": ("macro_gates",),
    "PE and core gates": ("pe_gates", "core_gates"),
    "memories": ("memories",),
    "repeaters": ("repeaters",),
    "empty": ("empty",),
}
"""What is shown of energy and area, and what it stands for in a result; no more than there are
colours."""

SETTINGS = ("network", "chip", "data", "images", "energy_images", "calibration_images", "seed")

Report = dict[str, Any]


def sweep_page(report: Report) -> str:
    """Return the page of a sweep; the same report gives the same bytes.

    Parameters
    ----------
    report : dict
        As :func:`ohmloop.sweep.report.sweep_report` returns it, with one result or more.
    """
    environment = Environment(
        loader=PackageLoader("ohmloop.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        name=report["title"],
        sections=[_figures(report), _energy(report), _area(report), _setup(report)],
        version=report["tools"]["ohmloop"],
        source="sweep.json",
    )


def _figures(report: Report) -> Section:
    """Return all figures of all points, and those points that cannot be run."""
    columns = (
        *(Column(axis["name"], number=False) for axis in report["axes"]),
        *(Column(figure.name, figure.unit) for figure in FIGURES),
    )
    rows = tuple(
        (
            *map(words, point["place"].values()),
            *(Cell(text=figure.text(point["result"])) for figure in FIGURES),
        )
        for point in _done(report)
    )
    missing = [
        Note(text=f"{_label(point['place'])} cannot be run: {point['not_run']}")
        for point in report["points"]
        if point["result"] is None
    ]
    images = _done(report)[0]["result"]["accuracy"]["images"]
    note = (
        f"Accuracy on {images:,} test images, all else of one image. A multiply-accumulate counts "
        f"as {OPERATIONS_PER_MAC} operation; those with padding are counted."
    )
    axis = report["axes"][0]["name"]
    picture = Picture(svg=as_svg(_plots(report), "figures"), caption=f"Each figure over {axis}.")
    blocks: tuple[Block, ...] = (
        Table(columns=columns, rows=rows),
        *missing,
        Note(text=note),
        picture,
    )
    return Section(name="figures", title="Figures", blocks=blocks)


def _plots(report: Report) -> Plot:
    """Return the plots of all figures over the first axis, a series for each of the others."""
    first = report["axes"][0]
    found: dict[str, dict[str, Any]] = {}
    for point in report["points"]:
        others = {name: value for name, value in point["place"].items() if name != first["name"]}
        series = found.setdefault(_label(others), {})
        series[point["place"][first["name"]]] = point["result"]

    def heights(figure: Figure) -> dict[str, list[float | None]]:
        return {
            label: [
                None if results[value] is None else figure.find(results[value])
                for value in first["values"]
            ]
            for label, results in found.items()
        }

    shown = {", ".join(filter(None, (one.name, one.unit))): heights(one) for one in PLOTTED}
    return panels(first["values"], shown, axis=first["name"])


def _energy(report: Report) -> Section:
    """Return the energy of one image on every chip, by what takes it."""
    found = [point["result"]["energy"] for point in _done(report)]
    joules = {
        name: [sum(one["joules"][key] for key in keys) / one["images"] for one in found]
        for name, keys in ENERGY.items()
    }
    figure = stacked_bars(_names(report), joules, label="energy of an image", each="chip", unit="J")
    return _parts(report, "Energy", figure, joules, scale=1e-9, unit="nJ")


def _area(report: Report) -> Section:
    """Return the area of every chip, by what takes it."""
    found = [point["result"]["energy"]["area"] for point in _done(report)]
    # Square micrometres, because the axis counts in thousands: there are no thousandths of "mm2".
    area = {
        name: [1e12 * sum(one[key] for key in keys) for one in found] for name, keys in AREA.items()
    }
    figure = stacked_bars(_names(report), area, label="area, um2", each="chip")
    return _parts(report, "Area", figure, area, scale=1e6, unit="mm2")


def _parts(
    report: Report,
    title: str,
    figure: Plot,
    amounts: dict[str, list[float]],
    *,
    scale: float,
    unit: str,
) -> Section:
    """Return a section with a plot, and a table of the same amounts and of their sums."""
    by_chip = zip(*amounts.values(), strict=True)
    rows = tuple(
        (words(name), *(amount(one, scale=scale, digits=4) for one in (*parts, sum(parts))))
        for name, parts in zip(_names(report), by_chip, strict=True)
    )
    columns = (Column("chip", number=False), *(Column(name, unit) for name in (*amounts, "all")))
    picture = Picture(
        svg=as_svg(figure, title.lower()), caption=f"{title} of every chip, by what takes it."
    )
    blocks = (picture, Table(columns=columns, rows=rows))
    return Section(name=title.lower(), title=title, blocks=blocks)


def _setup(report: Report) -> Section:
    """Return what was run, and what energy and area do not have."""
    rows = [(words(name.replace("_", " ")), _setting(report, name)) for name in SETTINGS]
    rows += [(words(tool), words(version)) for tool, version in report["tools"].items()]
    columns = (Column("setting", number=False), Column("value", number=False))
    left_out = _done(report)[0]["result"]["energy"]["left_out"]
    blocks = (
        Table(columns=columns, rows=tuple(rows)),
        Note(text=f"Left out of energy and area: {'; '.join(left_out)}."),
    )
    return Section(name="sweep", title="Setup", blocks=blocks)


def _setting(report: Report, name: str) -> Cell:
    value = report[name]
    return Cell(text="all" if value is None else str(value), path=f"/{name}", value=value)


def _done(report: Report) -> list[dict[str, Any]]:
    """Return the points that were run."""
    return [point for point in report["points"] if point["result"] is not None]


def _names(report: Report) -> list[str]:
    """Return the names of the points that were run."""
    return [_label(point["place"]) for point in _done(report)]


def _label(place: dict[str, str]) -> str:
    """Return values as they are read, numbers with the name of their axis."""
    return ", ".join(
        f"{value} {axis}" if value[0].isdigit() else value for axis, value in place.items()
    )
