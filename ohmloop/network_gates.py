"""Counts the gates of a network that was run."""

import json
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from ohmloop.chip_energy import Cells, ChipEnergy, spend
from ohmloop.chip_entry import chip_energy_numbers, chip_entry
from ohmloop.network_export import export_chip
from ohmloop.network_modes import Progress
from ohmloop.network_result import outputs_hash
from ohmloop.page.schema import NetworkReport
from ohmloop.provenance import entries
from ohmloop.runs import prepare_again, require_outputs, write_run

COLUMNS = {
    "array": ("array",),
    "ADC": ("converters",),
    "lines": ("row_inputs", "word_lines", "multiplexers"),
    "macros": ("macro_gates",),
    "PEs": ("pe_gates",),
    "core": ("core_gates",),
    "memory": ("memories",),
    "wires": ("wires",),
    "leakage": ("leakage",),
}
"""Columns of the table, and the causes that each stands for."""

WIDEST_J = 10e-6
"""Energy from which on the table counts in larger units, so that it fits a terminal."""


CHECK = "outputs and cycles of RTL and gates equal those of the run"


def count_network(
    path: Path,
    report: NetworkReport,
    cells: Cells,
    *,
    build_dir: Path,
    export_dir: Path | None,
    told: Progress,
) -> dict[str, Any]:
    """Map the chip of a network, repeat its run, and write the energy into its report.

    Returns
    -------
    dict
        The entry ``energy`` of the report.

    Raises
    ------
    ValueError
        If network or chip are no longer what was run.
    """
    told("compiling", None)
    run = path.parent.name
    prepared = prepare_again(run, report, report.case)
    found = spend(prepared, cells, work_dir=path.parent / "work", build_dir=build_dir, told=told)
    require_outputs(run, report, outputs_hash(found.run.outputs))
    tree = json.loads(path.read_text())
    run_tree = tree["runs"][0]
    run_tree["energy"] = entry = chip_entry(found)
    others = [check for check in run_tree["checks"] if check["name"] != CHECK]
    run_tree["checks"] = [*others, _check(found, report)]
    tree["passed"] = all(check["passed"] for check in run_tree["checks"])
    numbers = entries(chip_energy_numbers(found.mapped).items())
    names = {one["name"] for one in numbers}
    tree["numbers"] = [one for one in tree["numbers"] if one["name"] not in names] + numbers
    tree["assumed"] = [one for one in tree["numbers"] if one["assumed"]]
    write_run(path.parent, tree)
    if export_dir is not None:
        told("exporting", None)
        export_chip(found, export_dir)
    return entry


def _check(found: ChipEnergy, report: NetworkReport) -> dict[str, Any]:
    """Return that the RTL did what was predicted; other outputs have ended the command before."""
    predicted, images = report.runs[0].cycles.predicted, len(found.prepared.images)
    return {
        "name": CHECK,
        "passed": predicted is not None and found.cycles == predicted * images,
        "detail": f"measured {found.cycles}, predicted {predicted} for each of {images} images",
    }


def network_table(entry: dict[str, Any]) -> Table:
    """Return the energy of an image, layer by layer and cause by cause."""
    unit, joules_of_unit = (
        ("uJ", 1e-6) if entry["total_j"] > WIDEST_J * entry["images"] else ("nJ", 1e-9)
    )
    table = Table(title=f"Energy per image, {unit}", title_justify="left", box=box.SIMPLE_HEAD)
    table.padding = 0  # leaves room for the names of layers on 80 columns
    table.add_column("layer", overflow="fold")
    for name in (*COLUMNS, "all"):
        table.add_column(name, justify="right", no_wrap=True)

    def row(name: str, part: dict[str, Any]) -> None:
        joules = part["joules"]
        amounts = [sum(joules[cause] for cause in causes) for causes in COLUMNS.values()]
        per_unit = entry["images"] * joules_of_unit
        cells = (f"{one / per_unit:,.2f}" for one in (*amounts, part["total_j"]))
        table.add_row(name, *cells)

    for layer in entry["layers"]:
        row(layer["name"], layer)
    row("core, and all at rest", entry["shared"])
    table.add_section()
    row("all", entry)
    return table


def network_notes(entry: dict[str, Any]) -> list[str]:
    """Return area, clock and figures of merit, and what must be said beside the table."""
    area, clock, gates = entry["area"], entry["clock"], entry["gates"]
    parts = {
        "arrays": area["array"],
        "converters": area["adcs"],
        "drivers and multiplexers": area["row_drivers"] + area["multiplexers"],
        "level shifters": area["level_shifters"],
        "gates": area["macro_gates"] + area["pe_gates"] + area["core_gates"],
        "memories": area["memories"],
        "repeaters": area["repeaters"],
        "empty": area["empty"],
    }
    shares = ", ".join(f"{name} {one * 1e6:.3f}" for name, one in parts.items())
    cells = ", ".join(f"{name} {one['cells']:,}" for name, one in gates.items())
    one, two = entry["merit"]
    start, end = clock["critical_path"]
    return [
        f"Area: {area['total_m2'] * 1e6:.3f} mm2 at {entry['node_nm']} nm: {shares}",
        f"Cells of {gates['macro']['library']}: {cells}; counted net by net while at work",
        (
            f"Shortest clock period: {clock['shortest_period_s'] * 1e9:.2f} ns at "
            f"{gates['macro']['node_nm']} nm, about {clock['scaled_period_s'] * 1e9:.2f} ns at "
            f"{entry['node_nm']} nm, in {clock['part']}, from {start} to {end}; run at "
            f"{entry['clock_period_s'] * 1e9:g} ns, which is "
            + ("slow enough" if clock["scaled_period_s"] <= entry["clock_period_s"] else "TOO FAST")
        ),
        (
            f"An image: {one['seconds'] * 1e6:,.2f} us, {one['joules'] * 1e9:,.2f} nJ, "
            f"{one['watts'] * 1e3:.3g} mW, {one['frames_per_second']:,.0f} per second"
        ),
        (
            f"With a multiply-accumulate as 1 operation (2): {one['tops']:.3g} ({two['tops']:.3g}) "
            f"TOPS, {one['tops_per_watt']:.3g} ({two['tops_per_watt']:.3g}) TOPS/W, "
            f"{one['tops_per_mm2']:.3g} ({two['tops_per_mm2']:.3g}) TOPS/mm2"
        ),
        f"Beside it, loading by the host: {entry['host_j'] * 1e9:,.2f} nJ",
        f"Left out: {len(entry['left_out'])} things, which the report lists",
    ]
