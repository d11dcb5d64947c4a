"""The command `netlist`: the macro of a chip in cells of a library."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from cosim.build import design
from energy.liberty import SKY130, read_liberty
from energy.netlist.build import netlist
from energy.netlist.mappable import mappable
from energy.netlist.netlist import Bit, Netlist
from hw_spec.chip import read_chip
from ohmloop.terminal import DEFAULT_CHIPS, build_dir_option, console

SHOWN = 12
"""Cells and lost bits that are listed; the rest is summed up."""


@click.command("netlist", epilog="Example: ohmloop netlist --chip chips/rram_intel_32nm.toml")
@click.option(
    "--chip",
    "chip_file",
    type=click.Path(path_type=Path),
    default=DEFAULT_CHIPS[0],
    help=f"Chip description.  [default: chips/{DEFAULT_CHIPS[0].name}]",
)
@click.option(
    "--liberty",
    type=click.Path(path_type=Path),
    default=SKY130,
    help="Cell library, .lib or .lib.gz.  [default: 47 cells of SkyWater's 130 nm]",
)
@click.option(
    "--dont-use", multiple=True, help="Cells to leave out, such as '*lpflow*'. May be repeated."
)
@click.option(
    "--clock-gating/--no-clock-gating",
    default=True,
    show_default=True,
    help="Whether flip-flops that share an enable share a gated clock.",
)
@build_dir_option
def netlist_command(
    chip_file: Path,
    liberty: Path,
    dont_use: tuple[str, ...],
    clock_gating: bool,
    build_dir: Path,
) -> None:
    """Map the digital periphery of a macro to standard cells, and count them.

    Every flip-flop is matched with the register bit that it holds. The netlist is kept.
    """
    chip, library = read_chip(chip_file), read_liberty(liberty)
    with console.status("mapping the macro"):
        gates = netlist(
            design(chip.macro, build_dir),
            library,
            build_dir,
            period_s=chip.clock_period_s.value,
            clock_gating=clock_gating,
            dont_use=dont_use,
        )
    left_out = sorted(library.cells.keys() - mappable(library, dont_use).cells.keys())
    console.print(cells_table(gates, f"Macro of '{chip.name}' in cells of '{library.name}'"))
    if left_out:
        console.print(
            f"{len(left_out):,} of {len(library.cells):,} cells of the library were left out, as "
            "asked for, or with a function or internal power that is unknown or of no use here: "
            f"{_listed(left_out)}",
            soft_wrap=True,
        )
    for title, bits in (
        ("share a flip-flop with another bit", [*gates.lost.merged]),
        ("keep one value", gates.lost.constant),
        ("have no effect", gates.lost.dropped),
    ):
        if bits:
            console.print(f"{len(bits):,} register bits {title}: {_listed(bits)}", soft_wrap=True)


def cells_table(gates: Netlist, title: str) -> Table:
    """Return the cells of a netlist, those that take most area first."""
    table = Table("cell", title=title, title_justify="left")
    for name in ("number", "area, um2", "share"):
        table.add_column(name, justify="right")
    areas = {group.cell.name: len(group.names) * group.cell.area_m2 for group in gates.groups}
    counts = {group.cell.name: len(group.names) for group in gates.groups}
    total_m2 = sum(areas.values())

    def row(name: str, members: Sequence[str]) -> None:
        area_m2 = sum(areas[one] for one in members)
        number = sum(counts[one] for one in members)
        share = f"{area_m2 / total_m2:.1%}"
        table.add_row(name, f"{number:,}", f"{area_m2 * 1e12:,.0f}", share)

    ranked = sorted(areas, key=lambda name: -areas[name])
    for name in ranked[:SHOWN]:
        row(name, [name])
    if ranked[SHOWN:]:
        row(f"{len(ranked) - SHOWN} others", ranked[SHOWN:])
    table.add_section()
    row("flip-flops", [one.cell.name for one in gates.groups if one.cell.flop])
    row("clock gates", [one.cell.name for one in gates.groups if one.cell.clock_gate])
    row("all", ranked)
    return table


def _listed(found: Sequence[Bit | str]) -> str:
    names = ", ".join(str(one) for one in found[:SHOWN])
    return f"{names} and {len(found) - SHOWN:,} more" if len(found) > SHOWN else names
