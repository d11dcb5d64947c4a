"""The command `compile`: a network becomes one file that runs without torch."""

from pathlib import Path
from typing import Any

import click

from cosim.tile.cycles import network_cycles
from network import images
from network.compiled_store import save_compiled
from ohmloop.network_case import NetworkCase, engines_of, find_source
from ohmloop.network_options import chip_of, layers_of, network_options
from ohmloop.terminal import console


@click.command(
    "compile",
    epilog="Example: ohmloop compile examples/networks.py:digits_cnn --out digits_cnn.npz",
)
@network_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write, .npz.")
def compile_command(
    network: str, chip_file: Path | None, addresses: tuple[str, ...], out: Path, **options: Any
) -> None:
    """Compile NETWORK for a chip: FILE.py:NAME, a torch module or a function that makes one.

    A compiled network may be given as well: it is written again with other addresses.
    """
    if out.suffix != ".npz":
        raise ValueError(f"Output file must have a name that ends in .npz, not '{out.name}'")
    case = NetworkCase(
        network=network,
        chip=chip_of(network, chip_file),
        layers=layers_of(addresses),
        **options,
    )
    source = find_source(case, images.load(case.data))
    save_compiled(
        out,
        source.network,
        source.compiled,
        chip=source.chip,
        engines=engines_of(case, source),
    )
    compiled = source.compiled
    console.print(
        f"{out}: {len(compiled.steps)} operations, {compiled.macros:,} macros in "
        f"{len(compiled.pes):,} PEs of '{source.chip.name}', "
        f"{network_cycles(compiled).cycles:,} cycles per image",
        soft_wrap=True,
    )
