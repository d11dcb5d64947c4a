"""The section `gates` of a bench: what the cells of its netlists spent."""

from energy.power.power import CAUSES
from ohmloop.page.blocks import (
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
from ohmloop.page.parts import GatesEnergy
from ohmloop.page.schema import BenchReport, BenchRun, NetworkReport

NANO, SQUARE_MICRO = 1e-9, 1e-12

COLUMNS = (
    Column("chip", number=False),
    Column("case", number=False),
    Column("cells"),
    Column("area", "um2"),
    Column("least period", "ns"),
    Column("nets counted", "%"),
    *(Column(cause, "nJ") for cause in CAUSES),
    Column("ports", "nJ"),
    Column("sum", "nJ"),
    Column("scaled sum", "nJ"),
)


def bench_gates(report: BenchReport | NetworkReport) -> Section | None:
    """Return the energy of the gates; None for a network, or if nobody asked for it."""
    if isinstance(report, NetworkReport):
        return None
    found = [(at, run, run.energy.gates) for at, run in enumerate(report.runs) if run.energy.gates]
    if not found:
        return None
    rows = tuple(_row(run, gates, f"/runs/{at}") for at, run, gates in found)
    gates = found[0][2]
    note = (
        f"Every toggle of every net, at {gates.node_nm} nm and {gates.voltage_v:g} V, with "
        f"{gates.wire_f * 1e15:.1f} fF of wire per pin. Scaled: to {gates.scaled.node_nm} nm; "
        f"{gates.scaled.source}. Cells: {gates.library_source}. Left out: "
        + ", ".join(gates.left_out)
        + "."
    )
    sizes = {cause: [each.causes_j[cause] for *_, each in found] for cause in CAUSES}
    names = [f"{run.chip}, {run.case}" for _, run, _ in found]
    figure = stacked_bars(names, sizes, label="energy of the run", each="run", unit="J")
    picture = Picture(svg=as_svg(figure, "gates"), caption="Energy of the gates of each run.")
    blocks = (Table(columns=COLUMNS, rows=rows), Note(text=note), picture)
    return Section(name="gates", title="Gates", blocks=blocks)


def _row(run: BenchRun, gates: GatesEnergy, at: str) -> tuple[Cell, ...]:
    where = f"{at}/energy/gates"
    return (
        words(run.chip, f"{at}/chip"),
        words(run.case, f"{at}/case"),
        count(gates.cells, f"{where}/cells"),
        amount(gates.area_m2, f"{where}/area_m2", scale=SQUARE_MICRO, digits=0),
        amount(gates.shortest_period_s, f"{where}/shortest_period_s", scale=NANO, digits=2),
        percent(gates.coverage, f"{where}/coverage"),
        *(
            amount(gates.causes_j[cause], f"{where}/causes_j/{cause}", scale=NANO, digits=2)
            for cause in CAUSES
        ),
        amount(gates.clock_port_j + gates.input_ports_j, scale=NANO, digits=2),
        amount(gates.total_j, f"{where}/total_j", scale=NANO, digits=2),
        amount(gates.scaled.total_j, f"{where}/scaled/total_j", scale=NANO, digits=2),
    )
