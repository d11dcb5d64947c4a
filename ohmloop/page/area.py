"""The sections `area` and `merit` of a chip: square metres, and what chips are compared by."""

from ohmloop.page.blocks import (
    Cell,
    Column,
    Note,
    Picture,
    Section,
    Table,
    amount,
    percent,
    prefixed,
    words,
)
from ohmloop.page.charts import as_svg, stacked_bars
from ohmloop.page.chip_schema import Merit
from ohmloop.page.schema import BenchReport, NetworkReport

SQUARE_MICRO = 1e-12
TOTAL = "total_m2"

PARTS = {
    "array": "cells of the arrays",
    "row_drivers": "row drivers",
    "multiplexers": "multiplexers",
    "level_shifters": "level shifters",
    "adcs": "ADCs",
    "macro_gates": "gates of the macros",
    "pe_gates": "gates of the PEs",
    "core_gates": "gates of the core",
    "memories": "memories",
    "repeaters": "repeaters between blocks",
    "empty": "empty",
}

MERITS = (
    ("time of an image", "seconds", "s"),
    ("energy of an image", "joules", "J"),
    ("images per second", "frames_per_second", ""),
    ("mean power", "watts", "W"),
    ("energy times time", "energy_delay_js", "J s"),
    ("operations per second", "tops", "TOPS"),
    ("operations per joule", "tops_per_watt", "TOPS/W"),
    ("operations per second and area", "tops_per_mm2", "TOPS/mm2"),
)
"""Figures of merit: what they are called, where they stand, and their unit."""

PREFIXED = ("s", "J", "W", "J s")
"""Units that get a prefix; the others are compared as they are."""


def area(report: BenchReport | NetworkReport) -> Section | None:
    """Return what takes the area of the chip; None for a bench, or if nobody asked for it."""
    energy = report.runs[0].energy if isinstance(report, NetworkReport) else None
    if energy is None:
        return None
    total_m2 = energy.area[TOTAL]
    names = [name for name in PARTS if name in energy.area]

    def row(label: str, name: str) -> tuple[Cell, ...]:
        found = energy.area[name]
        where = f"/runs/0/energy/area/{name}"
        return (
            words(label),
            amount(found, where, scale=SQUARE_MICRO, digits=0),
            percent(found / total_m2 if total_m2 else None),
        )

    columns = (Column("part", number=False), Column("area", "um2"), Column("share", "%"))
    rows = tuple(row(PARTS[name], name) for name in names)
    table = Table(columns=columns, rows=rows, total=row("chip", TOTAL))
    sizes = {PARTS[name]: [energy.area[name] / SQUARE_MICRO] for name in names}
    figure = stacked_bars(["chip"], sizes, label="area in um2", each="chip")
    picture = Picture(svg=as_svg(figure, "areas"), caption="Area of the chip by what takes it.")
    note = f"At {energy.node_nm} nm. Empty is what the floorplan leaves between its rectangles."
    return Section(name="area", title="Area", blocks=(table, Note(text=note), picture))


def merits(report: BenchReport | NetworkReport) -> Section | None:
    """Return the figures of merit of the chip; None for a bench, or if nobody asked for them."""
    energy = report.runs[0].energy if isinstance(report, NetworkReport) else None
    if energy is None:
        return None
    columns = (
        Column("figure of merit", number=False),
        *(Column(_operations(one), "per MAC") for one in energy.merit),
        Column("", number=False),
    )
    rows = tuple(_row(energy.merit, *one) for one in MERITS)
    note = (
        f"Of {energy.macs:,} multiply-accumulates per image, leakage included. Papers count a "
        "multiply-accumulate as one operation or as two, so both stand here."
    )
    blocks = (Table(columns=columns, rows=rows), Note(text=note))
    return Section(name="merit", title="Figures of merit", blocks=blocks)


def _operations(one: Merit) -> str:
    return f"{one.operations_per_mac} operation" + ("s" if one.operations_per_mac > 1 else "")


def _row(found: tuple[Merit, ...], label: str, name: str, unit: str) -> tuple[Cell, ...]:
    values = [getattr(one, name) for one in found]
    scale, said, digits = 1.0, unit, 4
    if unit in PREFIXED:
        (scale, said), digits = prefixed(max(values), unit), 3
    figures = (
        amount(value, f"/runs/0/energy/merit/{at}/{name}", scale=scale, digits=digits)
        for at, value in enumerate(values)
    )
    return (words(label), *figures, words(said))
