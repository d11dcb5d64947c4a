"""Options that the commands for networks share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from cosim.tile.engines import ADDRESSES
from hw_spec.check import one_of
from network.compile import Schedule
from network.pieces import MAPPINGS
from ohmloop.terminal import DEFAULT_CHIPS

Command = TypeVar("Command", bound=Callable[..., Any])


def network_options(command: Command) -> Command:
    """Add the network, and all that decides what it is compiled to."""
    parts = (
        click.argument("network"),
        click.option(
            "--chip",
            "chip_file",
            type=click.Path(path_type=Path),
            help=f"Chip description.  [default: that of a compiled network, else "
            f"chips/{DEFAULT_CHIPS[0].name}]",
        ),
        click.option(
            "--data",
            default="digits",
            show_default=True,
            help="Images: digits, digits32 or cifar10:FOLDER. A torch module is calibrated on its "
            "training images.",
        ),
        click.option("--mapping", help=f"How weights are cut: {', '.join(MAPPINGS)}."),
        click.option(
            "--schedule",
            help=f"What layers are copied for: {', '.join(get_args(Schedule))}.  [default: layer]",
        ),
        click.option(
            "--address",
            "addresses",
            multiple=True,
            metavar="LAYER=ENGINE",
            help=f"Engine of one layer: {', '.join(ADDRESSES)}. May be repeated.",
        ),
    )
    return functools.reduce(lambda made, part: part(made), reversed(parts), command)


def chip_of(network: str, chip_file: Path | None) -> Path | None:
    """Return the chip that was given; None for a file of a network, which may hold its own."""
    if chip_file is not None or network.endswith(".npz"):
        return chip_file
    return DEFAULT_CHIPS[0]


def layers_of(addresses: tuple[str, ...]) -> dict[str, str]:
    """Return the engine of each layer that has an address of its own.

    Raises
    ------
    ValueError
        If an address has another form, or an unknown engine.
    """
    layers = {}
    for address in addresses:
        layer, equals, engine = address.rpartition("=")
        if not equals or not layer:
            raise ValueError(f"Address must be LAYER=ENGINE, not {address!r}")
        layers[layer] = one_of(f"Engine of layer '{layer}'", engine, ADDRESSES)
    return layers


def short_name(network: str) -> str:
    """Return the name of a network for files: that of its function or of its file."""
    file, _, attribute = network.rpartition(":")
    return attribute if file.endswith(".py") else Path(network).stem
