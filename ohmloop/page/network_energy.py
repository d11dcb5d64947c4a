"""The section `energy` of a network: what each layer spent, on the whole chip if it was counted."""

from ohmloop.page.bench_energy import ANALOG, NANO
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
from ohmloop.page.chip_schema import ChipEnergy, Spent
from ohmloop.page.parts import AnalogEnergy
from ohmloop.page.schema import BenchReport, NetworkReport

CAUSES = {
    "array": "array",
    "ADC": "converters",
    "row inputs": "row_inputs",
    "word lines": "word_lines",
    "multiplexers": "multiplexers",
    "macro gates": "macro_gates",
    "PE gates": "pe_gates",
    "core gates": "core_gates",
    "memories": "memories",
    "wires": "wires",
    "leakage": "leakage",
}
"""What energy is spent on: the analog side, then the digital one, then leakage of all."""

CHIP = "/runs/0/energy"
SHARED = "shared"


def network_energy(report: BenchReport | NetworkReport) -> Section | None:
    """Return the energy of every layer; None for a bench, or if nothing counted it."""
    if not isinstance(report, NetworkReport):
        return None
    energy = report.runs[0].energy
    blocks = _analog(report) if energy is None else _whole(energy)
    return Section(name="energy", title="Energy", blocks=blocks) if blocks else None


def _whole(energy: ChipEnergy) -> tuple[Table | Note | Picture, ...]:
    scale, unit = prefixed(energy.total_j, "J")
    columns = (
        Column("layer", number=False),
        *(Column(name, unit) for name in CAUSES),
        Column("sum", unit),
        Column("share", "%"),
    )
    parts: list[tuple[str, str, Spent]] = [
        *((one.name, f"{CHIP}/layers/{at}", one) for at, one in enumerate(energy.layers)),
        (SHARED, f"{CHIP}/shared", energy.shared),
    ]

    def row(name: str, where: str, spent: Spent | ChipEnergy) -> tuple[Cell, ...]:
        return (
            words(name, f"{where}/name" if name != SHARED and where != CHIP else ""),
            *(_joules(spent, where, cause, scale) for cause in CAUSES.values()),
            amount(spent.total_j, f"{where}/total_j", scale=scale, digits=3),
            percent(spent.total_j / energy.total_j if energy.total_j else None),
        )

    sizes = {
        name: [spent.joules.get(cause, 0.0) for *_, spent in parts]
        for name, cause in CAUSES.items()
    }
    figure = stacked_bars([one[0] for one in parts], sizes, label="energy", each="bar", unit="J")
    note = (
        f"Of {_together(energy.images)}, {energy.cycles:,} cycles of "
        f"{energy.clock_period_s * 1e9:g} ns at {energy.node_nm} nm and {energy.supply_v:g} V. A "
        "layer has what its macros and PEs spent at work. Shared is what belongs to no layer: the "
        "core and its memories, parts that rest, and leakage of all. Not in it: "
        f"{energy.host_j / scale:.3f} {unit} while the host loaded program, settings and images."
    )
    left_out = Note(text=f"Left out: {'; '.join(energy.left_out)}.")
    table = Table(
        columns=columns, rows=tuple(row(*one) for one in parts), total=row("all", CHIP, energy)
    )
    picture = Picture(
        svg=as_svg(figure, "energies"), caption="Energy of each layer by what took it."
    )
    return table, Note(text=note), picture, left_out


def _together(images: int) -> str:
    return f"all {images:,} images together" if images > 1 else "one image"


def _joules(spent: Spent | ChipEnergy, where: str, cause: str, scale: float) -> Cell:
    """Return what went into a cause; a dash where the report has no such entry."""
    found = spent.joules.get(cause)
    path = "" if found is None else f"{where}/joules/{cause}"
    return amount(found, path, scale=scale, digits=3)


def _analog(report: NetworkReport) -> tuple[Table | Note | Picture, ...]:
    found = [
        (f"/runs/0/layers/{at}", layer.name, layer.energy.analog)
        for at, layer in enumerate(report.runs[0].layers)
        if layer.energy.analog is not None
    ]
    if not found:
        return ()
    columns = (
        Column("layer", number=False),
        *(Column(name, "nJ") for name in ANALOG),
        Column("analog sum", "nJ"),
    )
    note = (
        f"Of {_together(report.accuracy.images)}; the analog side alone, as nobody "
        "asked for the energy of the gates, which the command `energy` counts. Left out: "
        f"{'; '.join(found[0][2].left_out)}."
    )
    sizes = {name: [getattr(each, key) for *_, each in found] for name, key in ANALOG.items()}
    figure = stacked_bars(
        [name for _, name, _ in found], sizes, label="energy", each="layer", unit="J"
    )
    return (
        Table(columns=columns, rows=tuple(_analog_row(*one) for one in found)),
        Note(text=note),
        Picture(svg=as_svg(figure, "analog"), caption="Analog energy of each layer."),
    )


def _analog_row(at: str, name: str, energy: AnalogEnergy) -> tuple[Cell, ...]:
    where = f"{at}/energy/analog"
    return (
        words(name, f"{at}/name"),
        *(
            amount(getattr(energy, key), f"{where}/{key}", scale=NANO, digits=3)
            for key in (*ANALOG.values(), "total_j")
        ),
    )
