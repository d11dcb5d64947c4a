"""What is to be run: a network on a chip, with all that decides the result."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cosim.build import RUN_LIMIT_S
from cosim.tile.engines import ADDRESSES
from hw_spec import check
from hw_spec.chip import ChipSpec, read_chip
from network import images, integer
from network.compile import Schedule, compile_network
from network.compiled import Compiled
from network.integer import IntegerNetwork
from network.pieces import Mapping
from network.store import load

ENGINES = ("twin", "native")
"""Engines that a whole network runs on."""

FLAT_MACROS = 32
"""Most macros of a tile that is made one model if nothing else is asked for."""


@dataclass(frozen=True, kw_only=True)
class NetworkCase:
    """A network on a chip."""

    network: str
    """``FILE.py:NAME``: a torch module, or a function without arguments that returns one.
    ``FILE.npz``: a compiled network or an integer network."""

    chip: Path
    """Chip description."""

    data: str = "digits"
    """Image set, by a name that :func:`network.images.load` knows."""

    images: int | None = None
    """Test images, the first ones; None: all."""

    engine: str = "native"
    """``twin`` or ``native``."""

    flat: bool | None = None
    """Whether `native` makes the tile one model. None: if it has at most `FLAT_MACROS` macros."""

    ideal: bool = False
    """Whether cells are ideal and converters lossless."""

    read_noise: bool = True
    """Whether reads are noisy; never where cells are ideal."""

    seed: int = 1
    """Seed of all randomness of the chip."""

    mapping: Mapping = "conventional"
    schedule: Schedule = "layer"

    layers: dict[str, str] = field(default_factory=dict)
    """Engines of single layers, by their names."""

    limit_s: float = RUN_LIMIT_S
    """Longest wall time of the simulation of a tile, in seconds."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A case, checked, with all that it names at hand."""

    case: NetworkCase
    chip: ChipSpec
    """The chip as simulated: with lossless converters in the ideal case."""

    network: IntegerNetwork
    compiled: Compiled
    """Compiled for the chip as described, with the tile of the chip as simulated."""

    images: np.ndarray
    """uint8, shape (images, height, width, channels): inputs of the integer network."""

    labels: np.ndarray
    """int64, shape (images,): what the images show."""

    float_labels: np.ndarray | None
    """What the network sees in floats; None if only its integers are known."""

    addresses: dict[str, str]
    """Engine of each step."""

    flat: bool
    """Whether the tile is one model."""


def prepare(case: NetworkCase) -> Prepared:
    """Return what a case names, read, quantised and compiled.

    Raises
    ------
    ValueError, TypeError, OSError
        If something is missing, damaged, or does not fit. One line.
    """
    check.one_of("Engine", case.engine, ENGINES)
    chip = read_chip(case.chip)
    data = images.load(case.data)
    count = len(data.test_labels)
    if case.images is not None:
        count = check.integer("Number of images", case.images, 1, count)
    test_images = data.test_inputs[:count]
    network, float_labels = _network(case, chip, data, test_images)
    if test_images.shape[1:] != network.input_shape:
        shapes = (network.input_shape, test_images.shape[1:])
        want, have = (" x ".join(map(str, shape)) for shape in shapes)
        raise ValueError(f"Images of {case.data!r} must be {want}, as the network, not {have}")
    compiled = compile_network(
        network, chip.tile_spec(), mapping=case.mapping, schedule=case.schedule
    )
    chip = chip.lossless() if case.ideal else chip
    compiled = dataclasses.replace(compiled, tile=chip.tile_spec())
    addresses = _addresses(case, compiled)
    return Prepared(
        case=case,
        chip=chip,
        network=network,
        compiled=compiled,
        images=integer.pixels(test_images, network.input_bits),
        labels=data.test_labels[:count],
        float_labels=float_labels,
        addresses=addresses,
        flat=_flat(case, compiled, addresses),
    )


def _network(
    case: NetworkCase, chip: ChipSpec, data: images.Images, test_images: np.ndarray
) -> tuple[IntegerNetwork, np.ndarray | None]:
    """Return the network in integers, and the labels that it gives in floats."""
    file, colon, attribute = case.network.rpartition(":")
    if case.network.endswith(".npz"):
        return load(Path(case.network)), None
    if not colon or not file.endswith(".py"):
        raise ValueError(f"Network must be FILE.py:NAME or FILE.npz, not {case.network!r}")
    from ohmloop import network_module  # here, because it imports torch

    graph, network = network_module.import_quantised(
        network_module.load_module(Path(file), attribute),
        data.train_inputs,
        activation_bits=chip.macro.input_bits,
        weight_bits=chip.macro.weight_bits,
    )
    return network, network_module.classify_floats(graph, test_images)


def _addresses(case: NetworkCase, compiled: Compiled) -> dict[str, str]:
    """Return the engine of each step."""
    names = [step.name for step in compiled.steps]
    for layer, engine in case.layers.items():
        check.one_of("Layer", layer, names)
        check.one_of(f"Engine of layer '{layer}'", engine, ADDRESSES)
    return {name: case.layers.get(name, case.engine) for name in names}


def _flat(case: NetworkCase, compiled: Compiled, addresses: dict[str, str]) -> bool:
    """Return whether the tile is one model, which only the engine `native` can make."""
    elsewhere = next((name for name, engine in addresses.items() if engine != "native"), None)
    if case.flat and elsewhere is not None:
        raise ValueError(
            f"Layer '{elsewhere}' must run on 'native' with the tile as one model, "
            f"not on {addresses[elsewhere]!r}"
        )
    table = compiled.tile.table
    few = table.pes * table.macros_per_pe <= FLAT_MACROS
    return elsewhere is None and (few if case.flat is None else case.flat)
