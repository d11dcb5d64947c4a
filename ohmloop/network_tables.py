"""Networks on chips as tables on a terminal, none wider than 100 columns."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from cosim.tile.events import Events, total
from hw_spec.program import Setting
from network.compiled import Compiled, Step
from network.integer import Convolution, IntegerNetwork, Operation, Pooling
from ohmloop.network_plan import StepPlan

WIDEST = 100
"""Columns that a table may take."""


def print_table(table: Table, console: Console) -> None:
    """Print a table, not wider than `WIDEST`."""
    console.print(table, width=min(console.width, WIDEST))


def cycles_table(steps: Sequence[StepPlan], measured: Sequence[Events | None], title: str) -> Table:
    """Return where the cycles of each layer go, as measured or else as predicted."""
    # Without lines between its many columns, there is room for the names.
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.padding = (0, 1, 0, 0)
    table.add_column("layer", overflow="fold")
    for name in (
        "macros",
        "vectors",
        "cycles",
        "ADC busy",
        "filling",
        "draining",
        "vector",
        "other",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("NeuroSim", justify="right", no_wrap=True)
    for step, found in zip(steps, measured, strict=True):
        macros = f"{step.macros:,}" if step.macros else "-"
        # Each of so many copies converts so many vectors.
        vectors = f"{step.copies} x {step.vectors:,}" if step.copies > 1 else f"{step.vectors:,}"
        neurosim = "-" if step.neurosim_cycles is None else f"{step.neurosim_cycles:,.0f}"
        table.add_row(step.name, macros, vectors, *_events(step.predicted, found), neurosim)
    table.add_section()
    summed = total([step.predicted for step in steps])
    known = [one for one in measured if one is not None]
    cells = _events(summed, total(known) if len(known) == len(steps) else None)
    table.add_row("all", f"{sum(step.macros for step in steps):,}", "", *cells, "")
    return table


def _events(predicted: Events, measured: Events | None) -> list[str]:
    """Return the cells from cycles to other; ``=`` marks that all was measured as predicted."""
    seen = measured or predicted
    cycles = f"{predicted.cycles:,}"
    if measured is not None:
        cycles += " =" if measured == predicted else f" not {measured.cycles:,}"
    rest = (seen.filling, seen.draining, seen.vector, seen.other)
    return [cycles, f"{seen.converting / seen.cycles:.1%}", *(f"{each:,}" for each in rest)]


def graph_table(network: IntegerNetwork) -> Table:
    """Return the operations of a network and the shapes of their tensors."""
    table = _table("Graph", "operation")
    table.add_column("what", overflow="fold")
    table.add_column("of", overflow="fold")
    table.add_column("height x width x channels", justify="right", no_wrap=True)
    shapes = {name: " x ".join(map(str, shape)) for name, shape in network.shapes.items()}
    table.add_row("input", f"{network.input_bits} bits", "", shapes["input"])
    for operation in network.operations:
        sources = ", ".join(operation.sources)
        table.add_row(operation.name, _what(operation), sources, shapes[operation.name])
    return table


def _what(operation: Operation) -> str:
    """Return in few words what an operation does."""
    match operation:
        case Convolution():
            height, width = operation.weights.shape[:2]
            text = f"convolution {height} x {width}"
            text += f" / {operation.stride}" if operation.stride > 1 else ""
            if operation.pool:
                text += ", max {} x {}".format(*operation.pool.window)
            return text
        case Pooling():
            return f"{operation.kind} " + "{} x {}".format(*operation.window)
        case _:
            return operation.operation


def placement_table(compiled: Compiled, engines: Mapping[str, str]) -> Table:
    """Return where the layers lie: engine, PEs, macros, how their weights are cut."""
    table = _table("Placement", "layer")
    for name in ("engine", "PEs", "macros", "weights", "blocks", "copies", "cells used"):
        table.add_column(name, justify="right", no_wrap=True)
    for step in compiled.steps:
        if step.weights is None:
            table.add_row(step.name, "vector unit", "-", "-", "-", "-", "-", "-")
            continue
        inputs, outputs = step.weights.shape
        pes = [compiled.pes[pe] for pe in step.pes]
        copies = step.settings[Setting.COPIES]
        macros = sum(pe.macros for pe in pes)
        columns = step.settings[Setting.BLOCKS]
        rows = macros // (copies * columns)
        table.add_row(
            step.name,
            engines[step.name],
            f"{step.pes.start}-{step.pes.stop - 1}" if len(pes) > 1 else f"{step.pes.start}",
            f"{macros:,}",
            f"{inputs:,} x {outputs:,}",
            f"{rows} x {columns}",
            f"{copies}",
            f"{_used(compiled, step):.1%}",
        )
    return table


def _used(compiled: Compiled, step: Step) -> float:
    """Return the share of the cells of its PEs that hold weights of a step."""
    assert step.weights is not None  # only MATRIX operations have PEs
    tile = compiled.tile
    cells = len(step.pes) * tile.table.macros_per_pe * tile.word * tile.block
    return step.settings[Setting.COPIES] * step.weights.size / cells


def _table(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first, overflow="fold")
    return table
