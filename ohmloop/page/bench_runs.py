"""The section `runs`: a bench on each chip, ideal and with its device."""

from ohmloop.page.blocks import Cell, Column, Note, Picture, Section, Table, count, percent, words
from ohmloop.page.charts import as_svg, stacked_bars
from ohmloop.page.schema import BenchReport, BenchRun, NetworkReport

COLUMNS = (
    Column("chip", number=False),
    Column("case", number=False),
    Column("layer", number=False),
    Column("vectors"),
    Column("predicted", "cycles"),
    Column("measured", "cycles"),
    Column("predicted", "cycles/vector"),
    Column("measured", "cycles/vector"),
    Column("conversions"),
    Column("wrong psums"),
    Column("psum error", "% rms"),
    Column("accuracy", "%"),
)
NOTE = (
    "A psum is wrong if it is not the integer product; the error is relative to the root mean "
    "square of the exact ones."
)


def bench_runs(report: BenchReport | NetworkReport) -> Section | None:
    """Return results and cycles of every run; None for a network."""
    if isinstance(report, NetworkReport):
        return None
    rows = tuple(_row(run, f"/runs/{number}") for number, run in enumerate(report.runs))
    table = Table(columns=COLUMNS, rows=rows)
    blocks = (table, Note(text=NOTE), _picture(report))
    return Section(name="runs", title="Runs", blocks=blocks)


def _picture(report: BenchReport) -> Picture:
    layers = [run.layers[0] for run in report.runs]
    found = [one.cycles.measured or one.cycles.predicted or 0 for one in layers]
    converting = [one.vectors * one.cycles_per_vector.predicted for one in layers]
    parts = {
        "converting": converting,
        "filling and draining": [
            max(0, cycles - own) for cycles, own in zip(found, converting, strict=True)
        ],
    }
    names = [f"{run.chip}, {run.case}" for run in report.runs]
    figure = stacked_bars(names, parts, label="cycles", each="run")
    return Picture(svg=as_svg(figure, "cycles"), caption="Cycles of each run.")


def _row(run: BenchRun, at: str) -> tuple[Cell, ...]:
    (layer,) = run.layers
    each = layer.cycles_per_vector
    # Measured ones that differ are told from the lowest to the highest; there may be none.
    spread = " to ".join(f"{one:,}" for one in sorted({*each.measured[:1], *each.measured[-1:]}))
    return (
        words(run.chip, f"{at}/chip"),
        words(run.case, f"{at}/case"),
        words(layer.name, f"{at}/layers/0/name"),
        count(layer.vectors, f"{at}/layers/0/vectors"),
        count(layer.cycles.predicted, f"{at}/layers/0/cycles/predicted"),
        count(layer.cycles.measured, f"{at}/layers/0/cycles/measured"),
        count(each.predicted, f"{at}/layers/0/cycles_per_vector/predicted"),
        Cell(
            text=spread or "-",
            path=f"{at}/layers/0/cycles_per_vector/measured",
            value=list(each.measured),
        ),
        count(layer.conversions, f"{at}/layers/0/conversions"),
        count(run.wrong_psums, f"{at}/wrong_psums"),
        percent(run.psum_error, f"{at}/psum_error"),
        percent(run.accuracy, f"{at}/accuracy"),
    )
