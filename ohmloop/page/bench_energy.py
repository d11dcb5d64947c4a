"""The section `energy` of a bench: registers, arrays and converters."""

from ohmloop.page.blocks import Cell, Column, Note, Picture, Section, Table, amount, words
from ohmloop.page.charts import as_svg, stacked_bars
from ohmloop.page.schema import BenchReport, BenchRun, NetworkReport

NANO = 1e-9

DIGITAL = {"clock pins": "clock_j", "toggles": "toggle_j", "leakage": "leakage_j"}
ANALOG = {
    "array": "array_j",
    "ADC": "converters_j",
    "row inputs": "row_inputs_j",
    "word lines": "word_lines_j",
    "multiplexers": "multiplexers_j",
}


def bench_energy(report: BenchReport | NetworkReport) -> Section | None:
    """Return the energy of every run, digital and analog apart; None for a network."""
    if isinstance(report, NetworkReport):
        return None
    energy = report.runs[0].energy
    blocks = (
        _table(report, "digital", DIGITAL),
        Note(text="Registers only. Left out: " + "; ".join(energy.digital.left_out) + "."),
        _picture(report, "digital", DIGITAL),
        _table(report, "analog", ANALOG),
        Note(text="Left out: " + "; ".join(energy.analog.left_out) + "."),
        _picture(report, "analog", ANALOG),
    )
    return Section(name="energy", title="Energy", blocks=blocks)


def _table(report: BenchReport, side: str, parts: dict[str, str]) -> Table:
    columns = (
        Column("chip", number=False),
        Column("case", number=False),
        *(Column(name, "nJ") for name in parts),
        Column(f"{side} sum", "nJ"),
        Column("per vector", "nJ"),
    )
    rows = tuple(
        _row(run, f"/runs/{at}", side, tuple(parts.values())) for at, run in enumerate(report.runs)
    )
    return Table(columns=columns, rows=rows)


def _row(run: BenchRun, at: str, side: str, parts: tuple[str, ...]) -> tuple[Cell, ...]:
    energy = getattr(run.energy, side)
    (layer,) = run.layers
    each = energy.total_j / layer.vectors if layer.vectors else None
    return (
        words(run.chip, f"{at}/chip"),
        words(run.case, f"{at}/case"),
        *(
            amount(getattr(energy, part), f"{at}/energy/{side}/{part}", scale=NANO, digits=3)
            for part in (*parts, "total_j")
        ),
        amount(each, scale=NANO, digits=3),
    )


def _picture(report: BenchReport, side: str, parts: dict[str, str]) -> Picture:
    names = [f"{run.chip}, {run.case}" for run in report.runs]
    sizes = {
        name: [getattr(getattr(run.energy, side), key) for run in report.runs]
        for name, key in parts.items()
    }
    figure = stacked_bars(names, sizes, label="energy of the run", each="run", unit="J")
    return Picture(svg=as_svg(figure, side), caption=f"{side.capitalize()} energy of each run.")
