"""The section `layers`: where the cycles of each layer go."""

from collections.abc import Sequence

from cosim.tile.events import Events, total
from ohmloop.page.blocks import (
    NOTHING,
    Cell,
    Column,
    Note,
    Picture,
    Section,
    Table,
    amount,
    count,
    percent,
    words,
)
from ohmloop.page.charts import as_svg, stacked_bars
from ohmloop.page.parts import NetworkLayer
from ohmloop.page.schema import BenchReport, NetworkReport

COLUMNS = (
    Column("layer", number=False),
    Column("kind", number=False),
    Column("engine", number=False),
    Column("macros"),
    Column("copies"),
    Column("vectors", "per copy"),
    Column("predicted", "cycles"),
    Column("measured", "cycles"),
    Column("ADC busy", "%"),
    Column("converting", "cycles"),
    Column("filling", "cycles"),
    Column("draining", "cycles"),
    Column("vector unit", "cycles"),
    Column("other", "cycles"),
    Column("NeuroSim", "cycles"),
)
PARTS = {
    "converting": "converting",
    "filling": "filling",
    "draining": "draining",
    "vector": "vector unit",
    "other": "other",
}
"""What the tile does, by the names of :class:`Events`."""

NOTE = (
    "Cycles are those of one image. Filling is the wait for the first words of a layer, draining "
    "what follows its last conversion; other cycles are the instructions around it. They are as "
    "measured, or as predicted where nothing was measured. NeuroSim: as 3D+NeuroSim counts, that "
    "is, only conversions, of one cycle each and without padding. One more cycle halts the program."
)


def network_layers(report: BenchReport | NetworkReport) -> Section | None:
    """Return the cycles of every layer; None for a bench."""
    if not isinstance(report, NetworkReport):
        return None
    (run,) = report.runs
    rows = tuple(_row(layer, f"/runs/0/layers/{at}") for at, layer in enumerate(run.layers))
    table = Table(columns=COLUMNS, rows=rows, total=_total(run.layers))
    seen = [layer.events.measured or layer.events.predicted for layer in run.layers]
    parts = {name: [getattr(each, key) for each in seen] for key, name in PARTS.items()}
    names = [layer.name for layer in run.layers]
    picture = Picture(
        svg=as_svg(stacked_bars(names, parts, label="cycles per image", each="layer"), "layers"),
        caption="Cycles of each layer by what the tile does meanwhile.",
    )
    return Section(name="layers", title="Layers", blocks=(table, Note(text=NOTE), picture))


def _row(layer: NetworkLayer, at: str) -> tuple[Cell, ...]:
    events = layer.events
    seen = events.measured or events.predicted
    where = f"{at}/events/{'predicted' if events.measured is None else 'measured'}"
    return (
        words(layer.name, f"{at}/name"),
        words(layer.kind, f"{at}/kind"),
        words(layer.engine or "-"),
        count(layer.macros, f"{at}/macros"),
        count(layer.copies, f"{at}/copies"),
        count(layer.vectors, f"{at}/vectors"),
        count(layer.cycles.predicted, f"{at}/cycles/predicted"),
        count(layer.cycles.measured, f"{at}/cycles/measured"),
        percent(layer.adc_busy, f"{at}/adc_busy"),
        count(seen.converting, f"{where}/converting"),
        count(seen.filling, f"{where}/filling"),
        count(seen.draining, f"{where}/draining"),
        count(seen.vector, f"{where}/vector"),
        count(seen.other),
        amount(layer.neurosim_cycles, f"{at}/neurosim_cycles", digits=0),
    )


def _total(layers: Sequence[NetworkLayer]) -> tuple[Cell, ...]:
    """Return the sums; the cycle that halts the program belongs to no layer."""
    measured = [one.events.measured for one in layers if one.events.measured is not None]
    predicted = total([one.events.predicted for one in layers])
    all_measured = total(measured) if len(measured) == len(layers) else None
    seen: Events = all_measured or predicted
    return (
        words("all"),
        words(""),
        words(""),
        count(sum(layer.macros for layer in layers)),
        words(""),
        words(""),
        count(predicted.cycles),
        NOTHING if all_measured is None else count(all_measured.cycles),
        percent(seen.converting / seen.cycles if seen.cycles else None),
        *(count(getattr(seen, part)) for part in PARTS),
        words(""),
    )
