"""The section `toggles`: how often register bits changed, and where."""

from collections.abc import Mapping, Sequence

from ohmloop.page.blocks import Cell, Column, Note, Picture, Section, Table, count, words
from ohmloop.page.charts import as_svg, stacked_bars
from ohmloop.page.schema import BenchReport, NetworkReport

NETWORK_NOTE = (
    "Bits of registers that changed, over all images. Macros are those of the layer, logic is that "
    "of its PEs beside them; the rest is the core, which all layers share, and PEs that wait."
)
BENCH_NOTE = "Bits of registers that changed, over all vectors; lanes are all lanes of the macro."


def toggles(report: BenchReport | NetworkReport) -> Section | None:
    """Return toggles per layer of a network or per module of a bench; None if none were counted."""
    found = _network(report) if isinstance(report, NetworkReport) else _bench(report)
    return None if found is None else Section(name="toggles", title="Toggles", blocks=found)


def _network(report: NetworkReport) -> tuple[Table | Note | Picture, ...] | None:
    (run,) = report.runs
    layers = [(layer.name, layer.toggles.macros, layer.toggles.logic) for layer in run.layers]
    known = [
        (name, macros, logic)
        for name, macros, logic in layers
        if macros is not None and logic is not None
    ]
    if run.toggles is None or len(known) < len(layers):
        return None
    rows = tuple(
        (
            words(name, f"/runs/0/layers/{at}/name"),
            count(macros, f"/runs/0/layers/{at}/toggles/macros"),
            count(logic, f"/runs/0/layers/{at}/toggles/logic"),
            count(macros + logic),
        )
        for at, (name, macros, logic) in enumerate(known)
    )
    all_macros, all_logic = sum(one[1] for one in known), sum(one[2] for one in known)
    rest = count(run.toggles - all_macros - all_logic)
    core = (words("rest of the tile"), words(""), words(""), rest)
    whole = count(run.toggles, "/runs/0/toggles")
    total = (words("all"), count(all_macros), count(all_logic), whole)
    columns = (Column("layer", number=False), Column("macros"), Column("logic"), Column("sum"))
    parts = {"macros": [one[1] for one in known], "logic": [one[2] for one in known]}
    names = [one[0] for one in known]
    picture = _picture(names, parts, each="layer", caption="Register toggles of each layer.")
    table = Table(columns=columns, rows=(*rows, core), total=total)
    return table, Note(text=NETWORK_NOTE), picture


def _bench(report: BenchReport) -> tuple[Table | Note | Picture, ...]:
    modules = list(dict.fromkeys(module for run in report.runs for module in run.toggles))
    names = [f"{run.chip}, {run.case}" for run in report.runs]
    rows = tuple(
        (words(module), *(_of(report, at, module) for at in range(len(names))))
        for module in modules
    )
    sums = (count(sum(run.toggles.values())) for run in report.runs)
    columns = (Column("module", number=False), *(Column(name) for name in names))
    parts = {module: [run.toggles.get(module, 0) for run in report.runs] for module in modules}
    picture = _picture(names, parts, each="run", caption="Register toggles of each run by module.")
    table = Table(columns=columns, rows=rows, total=(words("all"), *sums))
    return table, Note(text=BENCH_NOTE), picture


def _of(report: BenchReport, at: int, module: str) -> Cell:
    """Return the toggles of a module in a run; a dash if that chip has no such module."""
    found = report.runs[at].toggles.get(module)
    return count(found, "" if found is None else f"/runs/{at}/toggles/{module}")


def _picture(
    names: Sequence[str], parts: Mapping[str, Sequence[int]], *, each: str, caption: str
) -> Picture:
    svg = as_svg(stacked_bars(names, parts, label="register toggles", each=each), "toggles")
    return Picture(svg=svg, caption=caption)
