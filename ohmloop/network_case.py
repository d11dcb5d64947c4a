"""What is to be run: a network on a chip, with all that decides the result."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from cosim.build import RUN_LIMIT_S
from cosim.tile.engines import ADDRESSES
from energy.analog_macro import action_costs
from hw_spec import check
from hw_spec.chip import ChipSpec
from network import images, integer
from network.compile import Schedule
from network.compiled import Compiled
from network.integer import IntegerNetwork
from network.pieces import Mapping
from ohmloop.network_source import Source, read_source

FLAT_MACROS = 32
"""Most macros of a tile that is made one model if nothing else is asked for."""

Mode: TypeAlias = Literal["flat", "partitioned", "operations"]
"""``flat``: the tile runs in RTL as one model. ``partitioned``: macros, PEs and core run in RTL,
each by itself. ``operations``: the macros run on their engines, all else is computed."""


@dataclass(frozen=True, kw_only=True)
class NetworkCase:
    """A network on a chip."""

    network: str
    """``FILE.py:NAME``: a torch module, or a function without arguments that returns one.
    ``FILE.npz``: a compiled network or an integer network."""

    chip: Path | None
    """Chip description; None: the chip that the file of a compiled network holds."""

    data: str = "digits"
    """Image set, by a name that :func:`network.images.load` knows."""

    images: int | None = None
    """Test images, the first ones; None: all."""

    engine: str | None = None
    """One of `ADDRESSES`; None: what the file of a compiled network says, else ``native``."""

    flat: bool | None = None
    """Whether the tile is one model, or `native` partitions it. None: one model if it has at most
    `FLAT_MACROS` macros."""

    ideal: bool = False
    """Whether cells are ideal and converters lossless."""

    read_noise: bool = True
    """Whether reads are noisy; never where cells are ideal."""

    seed: int = 1
    """Seed of all randomness of the chip."""

    mapping: Mapping | None = None
    """How weights are cut to macros; None: ``conventional``, or as it was compiled."""

    schedule: Schedule | None = None
    """What layers are duplicated for; None: ``layer``, or as it was compiled."""

    layers: dict[str, str] = field(default_factory=dict)
    """Engines of single layers, by their names."""

    toggles: bool = True
    """Whether register toggles are counted. Without, images run some at a time, so that any number
    of them fits the memory; a tile whose core runs in RTL counts always."""

    limit_s: float = RUN_LIMIT_S
    """Longest wall time of the run after all is built, in seconds."""


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

    mode: Mode


def prepare(case: NetworkCase) -> Prepared:
    """Return what a case names, read, quantised and compiled.

    Raises
    ------
    ValueError, TypeError, OSError
        If something is missing, damaged, or does not fit. One line.
    """
    data = images.load(case.data)
    source = find_source(case, data)
    count = len(data.test_labels)
    if case.images is not None:
        count = check.integer("Number of images", case.images, 1, count)
    shown = data.test_inputs[:count]
    shapes = (source.network.input_shape, shown.shape[1:])
    if shapes[0] != shapes[1]:
        want, have = (" x ".join(map(str, shape)) for shape in shapes)
        raise ValueError(f"Images of {case.data!r} must be {want}, as the network, not {have}")
    chip = source.chip.lossless() if case.ideal else source.chip
    action_costs(chip)  # an unknown node is refused before anything runs
    addresses = engines_of(case, source)
    return Prepared(
        case=case,
        chip=chip,
        network=source.network,
        compiled=_for_converters(source.compiled, chip),
        images=integer.pixels(shown, source.network.input_bits),
        labels=data.test_labels[:count],
        float_labels=source.classify(shown),
        addresses=addresses,
        mode=_mode(case, source.compiled, addresses),
    )


def find_source(case: NetworkCase, data: images.Images) -> Source:
    """Return the network that a case names, compiled for its chip; see :func:`prepare`."""
    return read_source(
        case.network,
        chip_file=case.chip,
        training_images=data.train_inputs,
        mapping=case.mapping,
        schedule=case.schedule,
    )


def engines_of(case: NetworkCase, source: Source) -> dict[str, str]:
    """Return the engine of each step."""
    if case.engine is not None:
        check.one_of("Engine", case.engine, ADDRESSES)
    names = [step.name for step in source.compiled.steps]
    for layer, engine in case.layers.items():
        check.one_of("Layer", layer, names)
        check.one_of(f"Engine of layer '{layer}'", engine, ADDRESSES)
    engines = dict.fromkeys(names, case.engine or "native")
    return engines | ({} if case.engine else source.engines) | case.layers


def _for_converters(compiled: Compiled, chip: ChipSpec) -> Compiled:
    """Return a compiled network for the same chip with other converters."""
    tile, before = chip.tile_spec(), compiled.tile.macro.cycles_per_vector
    if tile.macro.cycles_per_vector < before:
        # Lists of pieces are made so long that results are written while vectors are converted.
        raise ValueError(
            f"Lossless converters of '{chip.name}' must take {before} cycles per vector or more, "
            f"as its own, not {tile.macro.cycles_per_vector}"
        )
    return dataclasses.replace(compiled, tile=tile)


def _mode(case: NetworkCase, compiled: Compiled, addresses: dict[str, str]) -> Mode:
    """Return what runs in RTL: all of the tile, unless engines differ or it is too large."""
    engines = sorted(set(addresses.values()))
    table = compiled.tile.table
    flat = table.pes * table.macros_per_pe <= FLAT_MACROS if case.flat is None else case.flat
    if engines == ["native"]:
        return "flat" if flat else "partitioned"
    if engines == ["cocotb"] and flat:
        return "flat"
    if case.flat is not None:
        raise ValueError(
            f"Tile that is {'flat' if flat else 'partitioned'} must run on 'native' as a whole, "
            f"not on {', '.join(engines)}"
        )
    return "operations"
