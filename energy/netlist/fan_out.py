"""Trees of buffers in nets that lead to many pins.

ABC buffers within modules, and does not see how many instances of a module a net enters.
"""

from collections import defaultdict
from collections.abc import Sequence

from energy.library import Library
from energy.netlist import mappable
from energy.netlist.instances import Instance
from energy.netlist.order import Wire

MOST = 16
"""Pins that a net of a cell leads to at most; those that ABC buffered stay below."""

BUFFER = 2
"""Place of the buffer among those of the library, the smallest first: the weakest are too slow."""


def buffered(instances: Sequence[Instance], library: Library) -> list[Instance]:
    """Return instances, and buffers where the output of one leads to more than ``MOST`` pins.

    Wires at pins behind a buffer are changed in place. Clocks are left alone, and so are nets that
    ports drive.

    Raises
    ------
    ValueError
        If a buffer is needed, and the library has none.
    """
    inputs = {kind.name: [pin.name for pin in kind.inputs] for kind in library.cells.values()}
    ends: defaultdict[Wire, list[tuple[Instance, str]]] = defaultdict(list)
    for one in instances:
        for pin in inputs[one.cell.name]:
            ends[one.wires[pin]].append((one, pin))
    driven = {
        wire
        for one in instances
        if one.cell.clock_gate is None
        for pin, wire in one.wires.items()
        if pin not in inputs[one.cell.name]
    }
    buffers: list[Instance] = []
    for wire, pins in ends.items():
        if len(pins) > MOST and wire in driven:
            buffers += _tree(wire, pins, library, len(buffers))
    return [*instances, *buffers]


def _tree(
    wire: Wire, ends: list[tuple[Instance, str]], library: Library, first: int
) -> list[Instance]:
    """Return buffers between a wire and pins, these shared among as few as need be."""
    cell = mappable.smallest(library, mappable.buffer, BUFFER)
    (taken,), (given,) = cell.inputs, cell.outputs
    buffers: list[Instance] = []
    while len(ends) > MOST:
        count = -(-len(ends) // MOST)
        shares = [ends[n * len(ends) // count : (n + 1) * len(ends) // count] for n in range(count)]
        ends = []
        for share in shares:
            name = f"fan_out${first + len(buffers)}"
            for one, pin in share:
                one.wires[pin] = name
            buffers.append(Instance(name, cell, {taken.name: wire, given.name: name}))
            ends.append((buffers[-1], taken.name))
    return buffers
