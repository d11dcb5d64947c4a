"""Finds a network by what a user calls it, and compiles it unless that was done before."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw_spec.chip import ChipSpec, read_chip
from network.compile import Schedule, compile_network
from network.compiled import Compiled
from network.compiled_store import Stored, load_stored
from network.graph import FloatGraph
from network.integer import IntegerNetwork
from network.pieces import Mapping


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """A network and what it was compiled to."""

    chip: ChipSpec
    """Chip it was compiled for."""

    network: IntegerNetwork
    compiled: Compiled
    engines: dict[str, str]
    """Engine of each step; empty if it was compiled just now."""

    graph: FloatGraph | None
    """The network in floats; None if only its integers are known."""

    def classify(self, images: np.ndarray) -> np.ndarray | None:
        """Return the labels that the network gives in floats to 8-bit images, if they are known."""
        if self.graph is None:
            return None
        from ohmloop import network_module  # here, because it imports torch

        return network_module.classify_floats(self.graph, images)


def read_source(
    name: str,
    *,
    chip_file: Path | None,
    training_images: np.ndarray,
    mapping: Mapping | None,
    schedule: Schedule | None,
) -> Source:
    """Return the network of a name, compiled for a chip.

    Parameters
    ----------
    name : str
        ``FILE.py:NAME`` or ``FILE.npz``.
    chip_file : Path or None
        Chip description; None: the chip that the file of a compiled network holds.
    training_images : ndarray of uint8, shape (images, height, width, channels)
        Pixels to calibrate a torch module on.
    mapping, schedule : str or None
        See :func:`network.compile.compile_network`; None: its default. Only None suits a network
        that is compiled already.

    Raises
    ------
    ValueError, TypeError, OSError
        If something is missing, damaged, or does not fit. One line.
    """
    file, colon, attribute = name.rpartition(":")
    graph = None
    if name.endswith(".npz"):
        stored = load_stored(Path(name))
        chip = _chip(name, chip_file, stored.chip)
    elif colon and file.endswith(".py"):
        from ohmloop import network_module  # here, because it imports torch

        chip = _chip(name, chip_file, None)
        graph, network = network_module.import_quantised(
            network_module.load_module(Path(file), attribute),
            training_images,
            activation_bits=chip.macro.input_bits,
            weight_bits=chip.macro.weight_bits,
        )
        stored = Stored(network=network, chip=None, compiled=None, engines={})
    else:
        raise ValueError(f"Network must be FILE.py:NAME or FILE.npz, not {name!r}")
    return Source(
        chip=chip,
        network=stored.network,
        compiled=_compiled(name, chip, stored, mapping, schedule),
        engines=stored.engines,
        graph=graph,
    )


def _chip(name: str, file: Path | None, own: ChipSpec | None) -> ChipSpec:
    """Return the chip that was given, else that of the network."""
    if file is not None:
        return read_chip(file)
    if own is None:
        raise ValueError(f"Chip must be given with {name!r}, which is not compiled for any")
    return own


def _compiled(
    name: str, chip: ChipSpec, stored: Stored, mapping: Mapping | None, schedule: Schedule | None
) -> Compiled:
    """Return the network compiled for a chip."""
    tile = chip.tile_spec()
    if stored.compiled is None or stored.chip is None:
        return compile_network(
            stored.network,
            tile,
            mapping=mapping or "conventional",
            schedule=schedule or "layer",
        )
    if mapping or schedule:
        raise ValueError(f"Mapping and schedule must be left out with {name!r}, which is compiled")
    if tile != stored.compiled.tile:
        raise ValueError(
            f"Chip '{chip.name}' must have macro and tile of '{stored.chip.name}', for which "
            f"{name!r} was compiled"
        )
    return stored.compiled
