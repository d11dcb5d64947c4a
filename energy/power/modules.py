"""Which module of the design every cell of a flat netlist works for."""

from collections.abc import Iterable
from itertools import takewhile

import numpy as np

from energy.netlist.netlist import Netlist
from energy.power.power import Energy

Place = tuple[str, ...]


def modules(netlist: Netlist) -> tuple[str, ...]:
    """Return a module for each cell, in the order of the groups.

    A flop belongs to the module of its register. Mapping takes the modules of all other cells away;
    so a gate belongs to the innermost module that has all the flops which it leads to, or, if it
    leads to none, all those which it depends on.

    Parameters
    ----------
    netlist : Netlist
        A mapped design.

    Returns
    -------
    tuple of str
        Paths such as ``macro.lane_0``, parts joined by points; the top where nothing tells more.
    """
    cells = _cells(netlist)
    flops = dict(zip(netlist.flops.names, netlist.flops.bits, strict=True))
    places = {
        number: tuple(flops[name].path.split(".")[:-1])
        for number, (name, _, _) in enumerate(cells)
        if name in flops
    }
    # A gate comes before all those that it leads to if outputs are ordered, clocks being last.
    order = sorted(
        (number for number in range(len(cells)) if number not in places),
        key=lambda number: max(cells[number][2], default=-1),
    )
    for backwards in (True, False):
        seen = _Seen(len(netlist.nets))
        for number, place in places.items():
            _, sources, targets = cells[number]
            seen.add(sources if backwards else targets, place)
        for number in order[::-1] if backwards else order:
            _, sources, targets = cells[number]
            if number not in places:
                found = seen.at(targets if backwards else sources)
                if found is None:
                    continue
                places[number] = found
            seen.add(sources if backwards else targets, places[number])
    return tuple(".".join(places.get(number) or (netlist.top,)) for number in range(len(cells)))


def by_module(netlist: Netlist, energy: Energy) -> dict[str, np.ndarray]:
    """Return the energy of the cells of each module: float64, shape (causes,)."""
    names, places = np.unique(modules(netlist), return_inverse=True)
    sums = np.zeros((len(names), energy.cells_j.shape[1]))
    np.add.at(sums, places, energy.cells_j)
    return dict(zip(names.tolist(), sums, strict=True))


class _Seen:
    """The innermost module common to all cells seen at a net."""

    def __init__(self, nets: int):
        self._places: list[Place | None] = [None] * nets

    def add(self, nets: Iterable[int], place: Place) -> None:
        for net in nets:
            before = self._places[net]
            self._places[net] = place if before is None else _common([before, place])

    def at(self, nets: Iterable[int]) -> Place | None:
        found = [place for net in nets if (place := self._places[net]) is not None]
        return _common(found) if found else None


def _common(places: list[Place]) -> Place:
    shared = takewhile(lambda parts: len({*parts}) == 1, zip(*places, strict=False))
    return tuple(parts[0] for parts in shared)


def _cells(netlist: Netlist) -> list[tuple[str, list[int], list[int]]]:
    """Return all cells in order: name, nets at inputs, nets at outputs."""
    found = []
    for group in netlist.groups:
        output = [group.cell.pins[pin].direction == "output" for pin in group.pins]
        for name, nets in zip(group.names, group.nets.tolist(), strict=True):
            ends: tuple[list[int], list[int]] = ([], [])
            for net, is_output in zip(nets, output, strict=True):
                if net >= 0:
                    ends[is_output].append(net)
            found.append((name, *ends))
    return found
