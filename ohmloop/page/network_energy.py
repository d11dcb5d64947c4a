"""The section `energy` of a network: the analog side of every layer."""

from ohmloop.page.bench_energy import ANALOG, NANO
from ohmloop.page.blocks import Cell, Column, Note, Picture, Section, Table, amount, words
from ohmloop.page.charts import as_svg, stacked_bars
from ohmloop.page.parts import AnalogEnergy
from ohmloop.page.schema import BenchReport, NetworkReport

COLUMNS = (
    Column("layer", number=False),
    *(Column(name, "nJ") for name in ANALOG),
    Column("analog sum", "nJ"),
)


def network_energy(report: BenchReport | NetworkReport) -> Section | None:
    """Return the analog energy of every layer; None for a bench, or if nothing counted it."""
    if not isinstance(report, NetworkReport):
        return None
    found = [
        (f"/runs/0/layers/{at}", layer.name, layer.energy.analog)
        for at, layer in enumerate(report.runs[0].layers)
        if layer.energy.analog is not None
    ]
    if not found:
        return None
    images = report.accuracy.images
    note = (
        f"Of all {images:,} images together. The digital side of a network is counted in toggles "
        f"only. Left out: {', '.join(found[0][2].left_out)}."
    )
    sizes = {name: [getattr(each, key) for *_, each in found] for name, key in ANALOG.items()}
    figure = stacked_bars(
        [name for _, name, _ in found], sizes, label="energy", each="layer", unit="J"
    )
    blocks = (
        Table(columns=COLUMNS, rows=tuple(_row(*one) for one in found)),
        Note(text=note),
        Picture(svg=as_svg(figure, "analog"), caption="Analog energy of each layer."),
    )
    return Section(name="energy", title="Energy", blocks=blocks)


def _row(at: str, name: str, energy: AnalogEnergy) -> tuple[Cell, ...]:
    where = f"{at}/energy/analog"
    return (
        words(name, f"{at}/name"),
        *(
            amount(getattr(energy, key), f"{where}/{key}", scale=NANO, digits=3)
            for key in (*ANALOG.values(), "total_j")
        ),
    )
