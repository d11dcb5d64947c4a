"""The section `gates`: what the cells of a bench spent, and what a chip is made of."""

from dataclasses import replace

from energy.power.power import CAUSES
from ohmloop.page.blocks import (
    Cell,
    Column,
    Fact,
    Facts,
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
from ohmloop.page.chip_schema import ChipEnergy, MappedBlock
from ohmloop.page.parts import GatesEnergy
from ohmloop.page.schema import BenchReport, BenchRun, NetworkReport

NANO, SQUARE_MICRO = 1e-9, 1e-12
CHIP = "/runs/0/energy"

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

BLOCKS = {"macro": "macro", "pe_logic": "logic of a PE", "core": "core"}
"""Kinds of blocks by their names in the report."""

BLOCK_COLUMNS = (
    Column("block", number=False),
    Column("cells"),
    Column("flip-flops"),
    Column("clock gates"),
    Column("area", "um2"),
    Column("least period", "ns"),
    Column("longest path from", number=False),
    Column("to", number=False),
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
        + "; ".join(gates.left_out)
        + "."
    )
    sizes = {cause: [each.causes_j[cause] for *_, each in found] for cause in CAUSES}
    names = [f"{run.chip}, {run.case}" for _, run, _ in found]
    figure = stacked_bars(names, sizes, label="energy of the run", each="run", unit="J")
    picture = Picture(svg=as_svg(figure, "gates"), caption="Energy of the gates of each run.")
    blocks = (Table(columns=COLUMNS, rows=rows), Note(text=note), picture)
    return Section(name="gates", title="Gates", blocks=blocks)


def chip_gates(report: BenchReport | NetworkReport) -> Section | None:
    """Return the clock of a chip and its blocks in cells; None for a bench, or if not asked for."""
    energy = report.runs[0].energy if isinstance(report, NetworkReport) else None
    if energy is None:
        return None
    rows = tuple(
        _block(label, getattr(energy.gates, name), f"{CHIP}/gates/{name}")
        for name, label in BLOCKS.items()
    )
    one = energy.gates.macro
    note = (
        f"One block of each kind, at {one.node_nm} nm and {one.voltage_v:g} V. Wires of a macro "
        f"have {one.wire_f * 1e15:.1f} fF per pin. Cells: {one.library_source}."
    )
    blocks = (_clock(energy), Table(columns=BLOCK_COLUMNS, rows=rows), Note(text=note))
    return Section(name="gates", title="Gates and clock", blocks=blocks)


def _clock(energy: ChipEnergy) -> Facts:
    clock, period_s = energy.clock, energy.clock_period_s
    scaled = amount(clock.scaled_period_s, f"{CHIP}/clock/scaled_period_s", scale=NANO)
    fits = clock.scaled_period_s <= period_s
    longest = f"in the {BLOCKS.get(clock.part, clock.part)}, {' to '.join(clock.critical_path)}"
    return Facts(
        facts=(
            Fact(
                name="Clock period of the chip, ns",
                cell=amount(period_s, f"{CHIP}/clock_period_s", scale=NANO),
                note="of every cycle that was counted",
            ),
            Fact(
                name=f"Shortest clock period at {energy.node_nm} nm, ns",
                cell=replace(scaled, style="good" if fits else "bad"),
                note=("fits the clock of the chip" if fits else "longer than that of the chip")
                + f"; {longest}",
            ),
            Fact(
                name=f"Shortest clock period at {energy.gates.macro.node_nm} nm, ns",
                cell=amount(clock.shortest_period_s, f"{CHIP}/clock/shortest_period_s", scale=NANO),
                note=f"of the cells; at {energy.node_nm} nm by {clock.scaled_source}",
            ),
            Fact(
                name="Conversion, ns",
                cell=amount(clock.conversion_s, f"{CHIP}/clock/conversion_s", scale=NANO),
                note="time of one conversion of an ADC",
            ),
        )
    )


def _block(label: str, block: MappedBlock, where: str) -> tuple[Cell, ...]:
    start, end = block.critical_path
    return (
        words(label),
        count(block.cells, f"{where}/cells"),
        count(block.flip_flops, f"{where}/flip_flops"),
        count(block.clock_gates, f"{where}/clock_gates"),
        amount(block.area_m2, f"{where}/area_m2", scale=SQUARE_MICRO, digits=0),
        amount(block.shortest_period_s, f"{where}/shortest_period_s", scale=NANO),
        words(start, f"{where}/critical_path/0"),
        words(end, f"{where}/critical_path/1"),
    )


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
