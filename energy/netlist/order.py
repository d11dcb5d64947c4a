"""Order in which the rows of a netlist can be computed, many of one function at a time."""

from collections.abc import Hashable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import groupby
from typing import NamedTuple

import numpy as np

from energy.boolean import Function, pins_of, substitute
from energy.netlist.netlist import Run

Wire = Hashable


class Gate(NamedTuple):
    """How one wire follows from others: a function of pins ``0``, ``1``, ..., and their wires."""

    function: Function
    arguments: tuple[Wire, ...]


def gate(function: Function, wires: Mapping[str, Wire]) -> Gate:
    """Return a function of pins, given the wires at the pins, as a gate."""
    pins = pins_of(function)
    places: dict[str, Function] = {pin: ("pin", str(n)) for n, pin in enumerate(pins)}
    return Gate(substitute(function, places), tuple(wires[pin] for pin in pins))


def ordered(gates: Mapping[Wire, Gate], given: Sequence[Wire]) -> tuple[list[Wire], list[Run]]:
    """Return wires, given ones first, in an order in which each can be computed, and how.

    Gates are sorted by level, then by function: runs of one function are as long as they can be.

    Raises
    ------
    RuntimeError
        If there is a loop, or a wire comes from nowhere.
    """
    levels = _levels(gates, given)
    order = sorted(gates, key=lambda wire: (levels[wire], str(gates[wire].function)))
    wires = [*given, *order]
    rows = {wire: row for row, wire in enumerate(wires)}
    runs, first = [], len(given)
    for (_, function), run in groupby(order, lambda wire: (levels[wire], gates[wire].function)):
        arguments = [[rows[one] for one in gates[wire].arguments] for wire in run]
        shape = (len(arguments), len(arguments[0]))
        runs.append(Run(function, first, np.array(arguments, np.int32).reshape(shape)))
        first += len(arguments)
    return wires, runs


def _levels(gates: Mapping[Wire, Gate], given: Sequence[Wire]) -> dict[Wire, int]:
    levels = dict.fromkeys(given, 0)
    sorter = TopologicalSorter({wire: one.arguments for wire, one in gates.items()})
    try:
        for wire in sorter.static_order():
            if wire in levels:
                continue
            if wire not in gates:
                raise RuntimeError(f"Wire {wire!r} of the netlist must be driven by a cell or port")
            levels[wire] = 1 + max((levels[one] for one in gates[wire].arguments), default=0)
    except CycleError as error:
        raise RuntimeError(
            f"Netlist must have no loop, but has one of {len(error.args[1]) - 1} cells"
        ) from None
    return levels
