"""Where the tensors of a network lie in the activation memory, and when.

Tensors that are concatenated share one *buffer*: their channels lie behind each other in each
pixel, so that a concatenation takes no time. A tensor lies in one place only. Where a network wants
it in two, :func:`separate` makes it a copy.
"""

import dataclasses
import math
from collections.abc import Iterable

import numpy as np

from hw_spec.tile import TileSpec
from network.integer import INPUT, Addition, Concatenation, IntegerNetwork, Operation, Scaling
from network.pieces import Layout
from network.room import check_room


def separate(network: IntegerNetwork) -> IntegerNetwork:
    """Return the network with copies of tensors where its buffers need them.

    A source of several concatenations is copied for all but the first. The two sources of an
    addition are read at one position, so if their pixels do not lie equally far apart, those that
    share a buffer are copied. A copy is a scaling by 1, named after the operation and the number of
    its source.
    """
    wanted, taken = set(), set()
    for operation in network.operations:
        if isinstance(operation, Concatenation):
            for number, source in enumerate(operation.sources):
                if source in taken:
                    wanted.add((operation.name, number))
                taken.add(source)
    network = _copied(network, wanted)
    buffers, shapes, wanted = _buffers(network), network.shapes, set()
    for operation in network.operations:
        if isinstance(operation, Addition):
            pitches = [shapes[buffers[source][0]][2] for source in operation.sources]
            for number, source in enumerate(operation.sources):
                if len(set(pitches)) > 1 and pitches[number] > shapes[source][2]:
                    wanted.add((operation.name, number))
    return _copied(network, wanted)


def _copied(network: IntegerNetwork, wanted: Iterable[tuple[str, int]]) -> IntegerNetwork:
    """Return the network with copies of the given sources of its operations."""
    if not wanted:
        return network
    operations: list[Operation] = []
    producers = {operation.name: operation for operation in network.operations}
    for operation in network.operations:
        sources = list(operation.sources)
        for number, source in enumerate(sources):
            if (operation.name, number) in wanted:
                channels, of = network.shapes[source][2], producers.get(source)
                copy = Scaling(
                    name=f"{operation.name}:{number}",
                    source=source,
                    multipliers=np.ones(channels, np.int16),
                    biases=np.zeros(channels, np.int32),
                    shift=0,
                    zero=of.zero if of else 0,
                    scale=of.scale if of else 1 / (2**network.input_bits - 1),
                    bits=of.bits if of else network.input_bits,
                )
                operations.append(copy)
                sources[number] = copy.name
        if isinstance(operation, Addition):
            operation = dataclasses.replace(operation, sources=(sources[0], sources[1]))
        elif isinstance(operation, Concatenation):
            operation = dataclasses.replace(operation, sources=tuple(sources))
        operations.append(operation)
    return dataclasses.replace(network, operations=tuple(operations))


def _buffers(network: IntegerNetwork) -> dict[str, tuple[str, int]]:
    """Return for each tensor the one its buffer is named after, and its first channel in there."""
    buffers = {INPUT: (INPUT, 0)} | {one.name: (one.name, 0) for one in network.operations}
    # Backwards, so that a concatenation knows where it lies before its sources ask.
    for operation in reversed(network.operations):
        if isinstance(operation, Concatenation):
            buffer, channel = buffers[operation.name]
            for source in operation.sources:
                buffers[source] = (buffer, channel)
                channel += network.shapes[source][2]
    return buffers


def _lives(network: IntegerNetwork, buffers: dict[str, tuple[str, int]]) -> dict[str, range]:
    """Return the operations during which each buffer is needed; the input is there at -1.

    An operation needs what it reads and what it writes, so it never overwrites what it reads.
    """
    times: dict[str, list[int]] = {buffers[INPUT][0]: [-1]}
    for time, operation in enumerate(network.operations):
        # Nothing happens at a concatenation: its sources were written where they belong.
        moves = not isinstance(operation, Concatenation)
        for tensor in (*operation.sources, operation.name) if moves else ():
            times.setdefault(buffers[tensor][0], []).append(time)
    times[buffers[network.output][0]].append(len(network.operations))
    return {buffer: range(min(when), max(when) + 1) for buffer, when in times.items()}


def plan(network: IntegerNetwork, tile: TileSpec) -> dict[str, Layout]:
    """Return where each tensor lies.

    Buffers that are needed at the same time do not overlap. The largest is placed first, each at
    the lowest address that is free while it is needed.

    Parameters
    ----------
    network : IntegerNetwork
        Network whose tensors each lie in one buffer; see :func:`separate`.
    tile : TileSpec
        Tile with the memory.

    Raises
    ------
    ValueError
        If the memory is too small. The message names the size that is enough.
    """
    shapes, buffers = network.shapes, _buffers(network)
    lives = _lives(network, buffers)
    sizes = {buffer: math.prod(shapes[buffer]) for buffer in lives}
    places: dict[str, range] = {}
    for buffer in sorted(lives, key=lambda name: -sizes[name]):
        beside = [places[other] for other in places if _meet(lives[buffer], lives[other])]
        address = 0
        for place in sorted(beside, key=lambda place: place.start):
            if _meet(range(address, address + sizes[buffer]), place):
                address = place.stop
        places[buffer] = range(address, address + sizes[buffer])
    whole = 2 * tile.word
    need = math.ceil(max(place.stop for place in places.values()) / whole) * whole
    check_room("activations", need, tile)
    return {
        tensor: Layout(
            height=shapes[tensor][0],
            width=shapes[tensor][1],
            channels=shapes[tensor][2],
            pitch=shapes[buffer][2],
            address=places[buffer].start + channel,
        )
        for tensor, (buffer, channel) in buffers.items()
    }


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop
