"""The longest path from register to register, and the clock period that it allows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from energy.library import Constraint
from energy.netlist.netlist import Bit, Group, Netlist
from energy.power.loads import FALL, RISE, Loads
from energy.power.tables import looked_up
from energy.power.waves import Arc, Waves, arcs

EDGES = ("rise", "fall")


@dataclass(frozen=True)
class Step:
    """A cell on a path."""

    cell: str
    """Instance."""
    kind: str
    """Cell of the library."""
    from_pin: str
    pin: str
    edge: str
    """``rise`` or ``fall``, of the output."""
    net: str
    """Net behind it."""
    delay_s: float
    arrival_s: float
    """After the clock edge."""


@dataclass(frozen=True)
class Path:
    """The longest way from a register to what samples it at the next clock edge."""

    start: str
    """Register bit, by its path."""
    end: str
    """Register bit; or ``clock gate of`` one that the gate serves."""
    steps: tuple[Step, ...]
    setup_s: float
    """How long before the clock edge the end wants its value."""

    @property
    def period_s(self) -> float:
        """Shortest clock period: the least that any path allows."""
        return self.steps[-1].arrival_s + self.setup_s


class _End(NamedTuple):
    """A pin that a clock edge samples, and the worse of its edges."""

    time_s: float
    group: Group
    member: int
    net: int
    edge: int
    setup_s: float


def critical_path(netlist: Netlist, loads: Loads, waves: Waves) -> Path:
    """Return the longest path between registers.

    Clocks are ideal. Paths from and to ports are left out, for nobody says when those change.

    Parameters
    ----------
    netlist : Netlist
        What to look at.
    loads, waves : Loads, Waves
        Of the same netlist.

    Raises
    ------
    ValueError
        If no register depends on another one, or the cells tell no delay or no setup time.
    """
    end = max(_ends(netlist, waves), key=lambda end: end.time_s, default=None)
    if end is None or end.time_s == -np.inf:
        raise ValueError(f"Netlist '{netlist.top}' must have a path from register to register")
    flops = dict(zip(netlist.flops.names, netlist.flops.bits, strict=True))
    steps = [*_back(netlist, loads, waves, end.net, end.edge)][::-1]
    name = end.group.names[end.member]
    return Path(
        start=str(flops[steps[0].cell]),
        end=str(flops[name]) if name in flops else _gate_name(netlist, end, flops),
        steps=tuple(steps),
        setup_s=end.setup_s,
    )


def _ends(netlist: Netlist, waves: Waves) -> Iterator[_End]:
    """Yield the latest end among the cells of each group, for every pin and edge."""
    for group in netlist.groups:
        for column, name in enumerate(group.pins):
            nets = group.nets[:, column]
            for constraint in group.cell.pins[name].constraints:
                for edge in (RISE, FALL) if constraint.kind == "setup_rising" else ():
                    setup_s = _setup_s(constraint, edge, waves.slew_s[edge, nets])
                    if setup_s is not None:
                        time_s = waves.arrival_s[edge, nets] + setup_s
                        last = int(time_s.argmax())
                        found_s = float(time_s[last]), float(setup_s[last])
                        yield _End(found_s[0], group, last, int(nets[last]), edge, found_s[1])


def _gate_name(netlist: Netlist, end: _End, flops: Mapping[str, Bit]) -> str:
    """Return what a clock gate serves: the name of its own is one that synthesis made up."""
    pins = end.group.cell.pins
    outputs = [n for n, name in enumerate(end.group.pins) if pins[name].direction == "output"]
    clocks = end.group.nets[end.member, outputs]
    for group in netlist.groups:
        for member in np.flatnonzero(np.isin(group.nets, clocks).any(axis=1)):
            if group.names[member] in flops:
                return f"clock gate of {flops[group.names[member]]}"
    return end.group.names[end.member]


def _setup_s(constraint: Constraint, edge: int, slew_s: np.ndarray) -> np.ndarray | None:
    """Return how long before a clock of slew 0 a pin must not change."""
    table = (constraint.rise_s, constraint.fall_s)[edge]
    return None if table is None else looked_up(table, np.zeros(slew_s.shape), slew_s)


def _back(netlist: Netlist, loads: Loads, waves: Waves, net: int, edge: int) -> Iterator[Step]:
    """Yield the steps to an edge of a net, last one first."""
    drivers = _drivers(netlist)
    while net < netlist.data_nets:
        group, member, column = drivers[net]
        found = []
        for arc in arcs(group.cell.pins[group.pins[column]]):
            if arc.to_edge == edge:
                source = int(group.nets[member, group.pins.index(arc.pin)])
                delay_s = _delay_s(arc, waves.slew_s[arc.edge, source], loads.edges_f[edge, net])
                found.append((waves.arrival_s[arc.edge, source] + delay_s, delay_s, arc, source))
        time_s, delay_s, arc, source = max(found, key=lambda one: one[0])
        yield Step(
            cell=group.names[member],
            kind=group.cell.name,
            from_pin=arc.pin,
            pin=group.pins[column],
            edge=EDGES[edge],
            net=netlist.nets[net],
            delay_s=float(delay_s),
            arrival_s=float(time_s),
        )
        net, edge = source, arc.edge


def _delay_s(arc: Arc, slew_s: float, load_f: float) -> float:
    return float(looked_up(arc.delay_s, np.array(slew_s), load_f))


def _drivers(netlist: Netlist) -> dict[int, tuple[Group, int, int]]:
    """Return what drives each net: group, place of the instance, place of the pin."""
    return {
        net: (group, member, column)
        for group in netlist.groups
        for column, name in enumerate(group.pins)
        if group.cell.pins[name].direction == "output"
        for member, net in enumerate(group.nets[:, column].tolist())
        if net >= 0
    }
