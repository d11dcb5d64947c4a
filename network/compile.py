"""Compiles an integer network for a tile: placement, duplication, memory, pieces, program."""

from collections.abc import Mapping as Dictionary
from typing import Literal, TypeAlias, get_args

import numpy as np

from hw_spec import check
from hw_spec.host import LAYER_BITS
from hw_spec.program import Kind, Setting
from hw_spec.tile import TileSpec
from network import duplicate
from network.compiled import Compiled, Pe, Step
from network.integer import INPUT, Concatenation, Convolution, IntegerNetwork
from network.layer import Layer, cut
from network.memory import plan, separate
from network.pieces import MAPPINGS, Layout, Mapping
from network.program import load_pieces, write_program
from network.room import check_pes, check_room
from network.vector_steps import ScaleWords, vector_step

Schedule: TypeAlias = Literal["single", "layer", "pipeline", "fill"]
"""``single``: one copy of each layer. ``layer``: copies that minimise the cycles of all layers
together. ``pipeline``: copies that minimise those of the slowest. ``fill``: copies where PEs would
be left over; see :func:`network.duplicate.fill`. The tile runs layer by layer with each of them."""


def compile_network(
    network: IntegerNetwork,
    tile: TileSpec,
    *,
    mapping: Mapping = "conventional",
    schedule: Schedule = "layer",
    copies: Dictionary[str, int] | None = None,
) -> Compiled:
    """Return a network compiled for a tile.

    Parameters
    ----------
    network : IntegerNetwork
        Network; all its activations have the bits of an input of a macro.
    tile : TileSpec
        Tile it shall run on.
    mapping : Mapping
        How the weights of a convolution are cut to macros.
    schedule : Schedule
        What layers are duplicated for.
    copies : mapping of str to int, optional
        Copies that layers shall have, by name, whatever the schedule says. No schedule duplicates a
        layer so often that its inputs arrive more slowly than they are converted; this may.

    Raises
    ------
    ValueError
        If the network does not fit the tile. The message says what is missing.
    """
    check.one_of("Mapping", mapping, MAPPINGS)
    check.one_of("Schedule", schedule, get_args(Schedule))
    _check_bits(network, tile)
    network = separate(network)
    layouts = plan(network, tile)
    layers = {
        operation.name: cut(
            operation, layouts[operation.source], network.shapes[operation.name], tile, mapping
        )
        for operation in network.operations
        if isinstance(operation, Convolution)
    }
    counts = _duplicate(layers, tile, schedule, copies or {})
    words: ScaleWords = {}
    steps: list[Step] = []
    pes: list[Pe] = []
    for operation in network.operations:
        if isinstance(operation, Convolution):
            layer = layers[operation.name]
            number = sum(step.kind is Kind.MATRIX for step in steps)
            step = _matrix_step(layer, counts[operation.name], layouts, number, len(pes))
            pes += layer.place(number, counts[operation.name])
            steps.append(step)
        elif not isinstance(operation, Concatenation):
            steps.append(vector_step(operation, layouts, tile, words))
    check_room("scales", len(words), tile)
    loaded, pieces = load_pieces(steps, tile)
    program, comments = write_program(loaded, tile)
    lanes = np.array([*words], dtype=np.int64).reshape(-1, 2, tile.word)
    return Compiled(
        tile=tile,
        mapping=mapping,
        steps=loaded,
        pes=tuple(pes),
        pieces=pieces,
        multipliers=lanes[:, 0].astype(np.int16),
        biases=lanes[:, 1].astype(np.int32),
        program=program,
        comments=comments,
        input=layouts[INPUT],
        output=layouts[network.output],
    )


def _check_bits(network: IntegerNetwork, tile: TileSpec) -> None:
    bits = {INPUT: network.input_bits} | {one.name: one.bits for one in network.operations}
    want = tile.macro.input_bits
    for tensor, have in bits.items():
        if have != want:
            raise ValueError(
                f"Tensor '{tensor}' must have input_bits of the macro = {want} bits, not {have}"
            )
    layers = sum(isinstance(operation, Convolution) for operation in network.operations)
    check.integer("Number of layers with weights", layers, 0, 2**LAYER_BITS)


def _duplicate(
    layers: dict[str, Layer], tile: TileSpec, schedule: Schedule, copies: Dictionary[str, int]
) -> dict[str, int]:
    """Return the copies of each layer."""
    for name in copies:
        check.one_of("Layer", name, layers)
    options = [layer.options(copies.get(name)) for name, layer in layers.items()]
    if not options:
        return {}
    fewest = [(layer, each[0].copies) for layer, each in zip(layers.values(), options, strict=True)]
    macros = sum(copies * len(layer.columns) * len(layer.rows) for layer, copies in fewest)
    check_pes(macros, lambda size: sum(layer.pes(copies, size) for layer, copies in fewest), tile)
    match schedule:
        case "single":
            chosen = [each[0] for each in options]
        case "layer":
            chosen = duplicate.least_sum(options, tile.table.pes)
        case "pipeline":
            chosen = duplicate.least_maximum(options, tile.table.pes)
        case "fill":
            chosen = duplicate.fill(options, tile.table.pes)
    return {name: option.copies for name, option in zip(layers, chosen, strict=True)}


def _matrix_step(
    layer: Layer, copies: int, layouts: dict[str, Layout], number: int, first_pe: int
) -> Step:
    operation, walk = layer.operation, layer.walk
    output = layouts[operation.name]
    strip = walk.strip(copies) * walk.columns * output.pitch
    settings = walk.settings(copies) | {
        Setting.LAYER: number,
        Setting.PAD: operation.pad_value,
        Setting.OUT_ADDRESS: output.address,
        Setting.OUT_STEP: output.pitch,
        Setting.OUT_COPY: strip if copies > 1 else 0,
        Setting.BLOCKS: len(layer.columns),
        Setting.LAST_LENGTH: len(layer.columns[-1]),
        Setting.FIRST_END: first_pe + layer.chain - 1,
        Setting.CHAIN: layer.chain,
        Setting.SHIFT: operation.shift,
        Setting.ZERO: operation.zero,
    }
    return Step(
        name=operation.name,
        kind=Kind.MATRIX,
        settings=settings,
        pieces=layer.pieces(copies),
        output=output,
        positions=walk.positions(copies),
        pes=range(first_pe, first_pe + layer.option(copies).pes),
        weights=operation.weights.reshape(-1, operation.weights.shape[3]),
    )
