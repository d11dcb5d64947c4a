"""Order in which the rows of a netlist can be computed, many of one function at a time."""

from collections.abc import Hashable, Mapping, Sequence
from functools import cache
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
    numbered, pins = _numbered(function)
    return Gate(numbered, tuple([wires[pin] for pin in pins]))


@cache
def _numbered(function: Function) -> tuple[Function, tuple[str, ...]]:
    """Return a function of pins ``0``, ``1``, ..., and the pins these stand for."""
    pins = pins_of(function)
    places: dict[str, Function] = {pin: ("pin", str(n)) for n, pin in enumerate(pins)}
    return substitute(function, places), pins


def ordered(gates: Mapping[Wire, Gate], given: Sequence[Wire]) -> tuple[list[Wire], list[Run]]:
    """Return wires, given ones first, in an order in which each can be computed, and how.

    Gates are sorted by level, then by function: runs of one function are as long as they can be.

    Raises
    ------
    RuntimeError
        If there is a loop, or a wire comes from nowhere.
    """
    arguments = _arguments(gates, given)
    functions = sorted({one.function for one in gates.values()}, key=str)
    numbers = {function: number for number, function in enumerate(functions)}
    kinds = np.array([numbers[one.function] for one in gates.values()], np.int64)
    levels = _levels(arguments, len(given))
    order = np.lexsort((kinds, levels))

    named, first = [*gates], len(given)
    rows = np.arange(first + len(gates))
    rows[first + order] = np.arange(first, len(rows))
    runs = []
    ends = np.flatnonzero(np.diff(levels[order]) | np.diff(kinds[order])) + 1
    for members in np.split(order, ends) if len(order) else ():
        function = functions[kinds[members[0]]]
        places = rows[arguments[members, : len(pins_of(function))]]
        runs.append(Run(function, first, places.astype(np.int32)))
        first += len(members)
    return [*given, *(named[place] for place in order.tolist())], runs


def _arguments(gates: Mapping[Wire, Gate], given: Sequence[Wire]) -> np.ndarray:
    """Return the places of the arguments of all gates, given wires first; the last one fills up."""
    wires = [*given, *gates]
    places = {wire: place for place, wire in enumerate(wires)}
    widest = max((len(one.arguments) for one in gates.values()), default=0)
    filler = (len(wires),) * widest
    try:
        rows = [
            (*[places[wire] for wire in one.arguments], *filler)[:widest] for one in gates.values()
        ]
    except KeyError as error:
        raise RuntimeError(
            f"Wire {error.args[0]!r} of the netlist must be driven by a cell or port"
        ) from None
    return np.array(rows, np.int64).reshape(len(gates), widest)


def _levels(arguments: np.ndarray, given: int) -> np.ndarray:
    """Return how many gates, itself among them, lie at most between each gate and given wires."""
    levels = np.zeros(given + len(arguments) + 1, np.int64)
    levels[given:-1] = -1
    left, level = np.arange(len(arguments)), 0
    while len(left):
        level += 1
        known = (levels[arguments[left]] >= 0).all(axis=1)
        if not known.any():
            size = _loop(arguments, levels, int(left[0]), given)
            raise RuntimeError(f"Netlist must have no loop, but has one of {size} cells")
        levels[given + left[known]] = level
        left = left[~known]
    return levels[given:-1]


def _loop(arguments: np.ndarray, levels: np.ndarray, start: int, given: int) -> int:
    """Return the number of gates in a loop that a gate waits for."""
    visited: dict[int, int] = {}
    while start not in visited:
        visited[start] = len(visited)
        start = next(place for place in arguments[start].tolist() if levels[place] < 0) - given
    return len(visited) - visited[start]
