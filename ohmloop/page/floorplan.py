"""The section `floorplan` of a chip: where its blocks lie, coloured by their power."""

import math
from collections.abc import Sequence
from typing import Any

from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.ticker import EngFormatter

from ohmloop.page.blocks import (
    Cell,
    Column,
    Picture,
    Section,
    Table,
    amount,
    count,
    prefixed,
    words,
)
from ohmloop.page.chip_schema import ChipEnergy, Floorplan
from ohmloop.page.places import Box, place_units
from ohmloop.page.schema import BenchReport, NetworkReport
from ohmloop.page.templates import render

MOST_WIDTH, MOST_HEIGHT, LEGEND_HEIGHT = 900, 620, 48
"""Room for the picture, in pixels."""

COLOURS = [to_hex(colormaps["viridis"](at / 63)) for at in range(64)]
IDLE = "#dddddd"
"""Of what took no energy."""

DECADES = 4
"""Powers below the highest that are told apart; lower ones look like the lowest of these."""

FEWEST_BETWEEN = 120
"""Pixels between the places of two texts of the legend, of which the outer ones end there."""

WATTS, DENSITY = EngFormatter("W", places=2), EngFormatter("W/m2", places=2)
DECADE = EngFormatter("W/m2", places=0)


def floorplan(report: BenchReport | NetworkReport) -> Section | None:
    """Return the chip seen from above; None for a bench, or if nobody asked for its energy."""
    energy = report.runs[0].energy if isinstance(report, NetworkReport) else None
    if energy is None:
        return None
    boxes = place_units(energy)
    macros = sum(".macro_" in one.path for one in energy.units)
    chip = energy.floorplan.chip
    caption = (
        f"Mean power of each block over its area; its name, its layer and its power show under "
        f"the pointer. {macros:,} macros in PEs of {math.prod(energy.floorplan.macros)}, with the "
        f"logic of each PE at its right, and the core below: {chip[0] * 1e3:.3f} mm x "
        f"{chip[1] * 1e3:.3f} mm. Colours are logarithmic."
    )
    picture = Picture(svg=_draw(energy.floorplan, boxes), caption=caption)
    return Section(name="floorplan", title="Floorplan", blocks=(picture, _layers(energy, boxes)))


def _layers(energy: ChipEnergy, boxes: Sequence[Box]) -> Table:
    """Return the power of the blocks of each layer together, and over their area."""
    scale, unit = prefixed(energy.total_j / energy.seconds if energy.seconds else 0.0, "W")
    kilo = 1e3

    def row(name: str, found: Sequence[Box]) -> tuple[Cell, ...]:
        power_w, area_m2 = sum(box.power_w for box in found), sum(box.area_m2 for box in found)
        return (
            words(name),
            count(len(found)),
            amount(power_w, scale=scale, digits=3),
            amount(power_w / area_m2 if area_m2 else None, scale=kilo, digits=3),
        )

    by_layer: dict[str, list[Box]] = {one.name: [] for one in energy.layers}
    for box in boxes:
        by_layer.setdefault(box.of, []).append(box)
    columns = (
        Column("blocks of", number=False),
        Column("blocks"),
        Column("power", unit),
        Column("per area", "kW/m2"),
    )
    rows = tuple(row(name, found) for name, found in by_layer.items() if found)
    return Table(columns=columns, rows=rows, total=row("all", boxes))


def _draw(plan: Floorplan, boxes: Sequence[Box]) -> str:
    """Return the floorplan as SVG: a rectangle and a title per block, and a legend."""
    width, height = plan.chip
    scale = min(MOST_WIDTH / width, MOST_HEIGHT / height)
    chip = {"width": round(width * scale), "height": round(height * scale)}
    densities = [box.density for box in boxes if box.density] or [0.0]
    highest = max(densities)
    lowest = max(min(densities), highest / 10**DECADES)

    def place(x: float, y: float, width: float, height: float) -> dict[str, float]:
        sides = {"x": x, "y": y, "width": width, "height": height}
        return {name: round(side * scale, 2) for name, side in sides.items()}

    shown = [
        {
            **place(box.x, box.y, box.width, box.height),
            "colour": _colour(box.density, lowest, highest),
            "text": f"{box.unit.path}, {box.of}: {WATTS(box.power_w)}, {DENSITY(box.density)}",
        }
        for box in boxes
    ]
    corners = {(box.x, box.y) for box in boxes if box.unit.path.endswith(".macro_0")}
    return render(
        "floorplan.svg",
        width=max(chip["width"], 2 * FEWEST_BETWEEN),
        height=chip["height"] + LEGEND_HEIGHT,
        chip_width=chip["width"],
        chip_height=chip["height"],
        boxes=shown,
        places=[place(x, y, *plan.pe) for x, y in sorted(corners)],
        gap=0.5 if len(boxes) < 3000 else 0,
        colours=COLOURS,
        band=chip["width"] / len(COLOURS),
        ticks=_ticks(lowest, highest, chip["width"]),
    )


def _colour(density: float, lowest: float, highest: float) -> str:
    if not density:
        return IDLE
    share = _share(max(density, lowest), lowest, highest)
    return COLOURS[min(len(COLOURS) - 1, int(share * len(COLOURS)))]


def _share(density: float, lowest: float, highest: float) -> float:
    """Return where between lowest and highest a density lies, on a logarithmic scale."""
    return math.log(density / lowest) / math.log(highest / lowest) if highest > lowest else 1.0


def _ticks(lowest: float, highest: float, width: int) -> list[dict[str, Any]]:
    """Return the texts below the colours: both ends, and powers of ten where there is room."""
    if not highest:
        return []
    ticks: list[dict[str, Any]] = [{"x": 0, "anchor": "start", "text": DENSITY(lowest)}]
    for power in range(math.ceil(math.log10(lowest)), math.floor(math.log10(highest)) + 1):
        x = round(_share(10.0**power, lowest, highest) * width, 2)
        if ticks[-1]["x"] + FEWEST_BETWEEN < x < width - FEWEST_BETWEEN:
            ticks.append({"x": x, "anchor": "middle", "text": DECADE(10.0**power)})
    return [*ticks, {"x": width, "anchor": "end", "text": DENSITY(highest)}]
