"""The section `codes`: how often each code of the converters occurred, layer by layer."""

from ohmloop.page.blocks import Cell, Column, Note, Picture, Section, Table, amount, count, words
from ohmloop.page.charts import as_svg, histograms
from ohmloop.page.schema import BenchReport, NetworkReport

COLUMNS = (
    Column("layer", number=False),
    Column("codes"),
    Column("conversions"),
    Column("lowest code", "%"),
    Column("top code", "%"),
    Column("codes that occur"),
    Column("most frequent code"),
    Column("its share", "%"),
)
NOTE = (
    "Every conversion of every lane, those of columns without weights included. The lowest and the "
    "top code, red in the histograms, also stand for all that lies beyond the range of the "
    "converter: where they are frequent, the range may be too narrow."
)


def codes(report: BenchReport | NetworkReport) -> Section | None:
    """Return the codes of every layer with macros, or of every run; None without any."""
    found = [one for one in _found(report) if sum(one[2])]
    if not found:
        return None
    names = [name for name, *_ in found]
    picture = Picture(
        svg=as_svg(histograms(names, [counts for *_, counts in found], of="code"), "codes"),
        caption="How often each code occurs, in conversions, on logarithmic axes.",
    )
    table = Table(columns=COLUMNS, rows=tuple(_row(*one) for one in found))
    return Section(name="codes", title="ADC codes", blocks=(table, Note(text=NOTE), picture))


def _found(report: BenchReport | NetworkReport) -> list[tuple[str, str, tuple[int, ...]]]:
    """Return name, place in the report, and counts."""
    if isinstance(report, BenchReport):
        return [
            (f"{run.chip}, {run.case}", f"/runs/{at}/layers/0/adc_codes", run.layers[0].adc_codes)
            for at, run in enumerate(report.runs)
        ]
    return [
        (layer.name, f"/runs/0/layers/{at}/adc_codes", layer.adc_codes)
        for at, layer in enumerate(report.runs[0].layers)
        if layer.adc_codes is not None
    ]


def _row(name: str, where: str, counts: tuple[int, ...]) -> tuple[Cell, ...]:
    conversions, top = sum(counts), len(counts) - 1
    most = max(range(len(counts)), key=counts.__getitem__)
    return (
        words(name),
        count(len(counts)),
        count(conversions),
        amount(100 * counts[0] / conversions, digits=3),
        amount(100 * counts[top] / conversions, digits=3),
        count(sum(one > 0 for one in counts)),
        count(most),
        amount(100 * counts[most] / conversions, digits=3),
    )
