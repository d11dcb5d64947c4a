"""The command `show`: what a network was compiled to."""

from pathlib import Path
from typing import Any

import click

from firmware.disassembler import listing
from hw_spec.check import one_of
from network import images
from network.compiled import Compiled
from ohmloop.network_case import NetworkCase, engines_of, find_source
from ohmloop.network_options import chip_of, layers_of, network_options
from ohmloop.network_plan import plan
from ohmloop.network_tables import cycles_table, graph_table, placement_table, print_table
from ohmloop.terminal import console

PARTS = ("graph", "placement", "cycles", "program")


@click.command("show", epilog="Example: ohmloop show examples/networks.py:digits_cnn --only cycles")
@network_options
@click.option("--only", multiple=True, help=f"One of {', '.join(PARTS)}. May be repeated.")
def show_command(
    network: str,
    chip_file: Path | None,
    addresses: tuple[str, ...],
    only: tuple[str, ...],
    **options: Any,
) -> None:
    """Show what NETWORK is compiled to: FILE.py:NAME or FILE.npz."""
    parts = [one_of("Part", part, PARTS) for part in only] or PARTS
    chip = chip_of(network, chip_file)
    case = NetworkCase(network=network, chip=chip, layers=layers_of(addresses), **options)
    source = find_source(case, images.load(case.data))
    compiled, engines = source.compiled, engines_of(case, source)
    if "graph" in parts:
        print_table(graph_table(source.network), console)
    if "placement" in parts:
        print_table(placement_table(compiled, engines), console)
        console.print(_totals(compiled))
    if "cycles" in parts:
        steps = plan(compiled, source.network, engines)
        title = f"Cycles per image on '{source.chip.name}', predicted"
        print_table(cycles_table(steps, [None] * len(steps), title), console)
    if "program" in parts:
        words = [word.encode() for word in compiled.program]
        comments = {number: text for number, text in enumerate(compiled.comments) if text}
        console.print("Program")
        console.print(listing(words, comments), soft_wrap=True, end="")


def _totals(compiled: Compiled) -> str:
    """Return in two lines how much of the tile is used."""
    table = compiled.tile.table
    uses = {
        "macros": (compiled.macros, table.macros_per_pe * table.pes),
        "PEs": (len(compiled.pes), table.pes),
        "pieces": (len(compiled.pieces), table.pieces),
        "program words": (len(compiled.program), table.program_words),
        "scale words": (len(compiled.multipliers), table.scales),
    }
    parts = ", ".join(f"{used:,} of {of:,} {what}" for what, (used, of) in uses.items())
    return (
        f"Uses {parts}\nMapping {compiled.mapping}, "
        f"{compiled.utilisation:.1%} of the cells of its PEs hold weights"
    )
