"""How fast every net changes, and when: slews and arrival times, from the tables of the cells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from energy.library import Pin, Table
from energy.netlist.netlist import Group, Netlist
from energy.power.loads import FALL, RISE, Loads
from energy.power.tables import looked_up


@dataclass(frozen=True)
class Waves:
    """Slews and arrival times of every net."""

    slew_s: np.ndarray
    """float64, shape (2, nets): of its rising and falling edge, the slowest of any cause."""
    arrival_s: np.ndarray
    """float64, shape (2, nets): when it changes last after a clock edge that changes registers;
    minus infinity where no register has part in it."""


class Arc(NamedTuple):
    """Way from an edge of an input pin to an edge of an output pin."""

    pin: str
    edge: int
    to_edge: int
    delay_s: Table
    slew_s: Table


class Stage(NamedTuple):
    """Cells of one kind that can be computed together, and one of their outputs."""

    level: int
    group: Group
    column: int
    """Place of the output among the pins."""
    members: np.ndarray
    """Places among the instances."""


def waves(netlist: Netlist, loads: Loads) -> Waves:
    """Return slews and arrival times of every net.

    Clocks are ideal: their slew is 0, and they arrive everywhere at 0. Slews of input ports are 0.

    Parameters
    ----------
    netlist : Netlist
        What to look at.
    loads : Loads
        Its loads.
    """
    nets = len(netlist.nets)
    slew_s = np.zeros((2, nets))
    arrival_s = np.full((2, nets), -np.inf)
    arrival_s[:, netlist.data_nets :] = 0.0
    for _, group, column, members in sorted(_stages(netlist), key=lambda stage: stage.level):
        out = group.nets[members, column]
        for arc in arcs(group.cell.pins[group.pins[column]]):
            source = group.nets[members, group.pins.index(arc.pin)]
            before_s, load_f = slew_s[arc.edge, source], loads.edges_f[arc.to_edge, out]
            after_s = looked_up(arc.slew_s, before_s, load_f)
            slew_s[arc.to_edge, out] = np.maximum(slew_s[arc.to_edge, out], after_s)
            time_s = arrival_s[arc.edge, source] + looked_up(arc.delay_s, before_s, load_f)
            arrival_s[arc.to_edge, out] = np.maximum(arrival_s[arc.to_edge, out], time_s)
    return Waves(slew_s, arrival_s)


def arcs(pin: Pin) -> Iterator[Arc]:
    """Yield the ways to an output pin. Conditions of Liberty's ``when`` are not looked at."""
    for arc in pin.timing:
        for to_edge, delay_s, slew_s in (
            (RISE, arc.delay_rise_s, arc.slew_rise_s),
            (FALL, arc.delay_fall_s, arc.slew_fall_s),
        ):
            if delay_s is None or slew_s is None:
                continue
            edges = _CAUSES.get(arc.kind) or _SENSES[arc.sense][to_edge]
            for edge in edges:
                yield Arc(arc.related_pin, edge, to_edge, delay_s, slew_s)


_CAUSES = {"rising_edge": (RISE,), "falling_edge": (FALL,)}
"""By ``timing_type``: the edge of a clock that an output follows."""

_SENSES = {
    "positive_unate": ((RISE,), (FALL,)),
    "negative_unate": ((FALL,), (RISE,)),
    "non_unate": ((RISE, FALL), (RISE, FALL)),
}
"""By ``timing_sense`` and edge of the output: edges of the input that cause it."""


def _stages(netlist: Netlist) -> Iterator[Stage]:
    levels = _levels(netlist)
    for group in netlist.groups:
        for column, name in enumerate(group.pins):
            nets = group.nets[:, column]
            data = np.flatnonzero((nets >= 0) & (nets < netlist.data_nets))
            if group.cell.pins[name].direction == "output":
                for level in np.unique(levels[nets[data]]).tolist():
                    yield Stage(level, group, column, data[levels[nets[data]] == level])


def _levels(netlist: Netlist) -> np.ndarray:
    """Return how many cells lie between every data net and inputs or flops: int64, (data nets,)."""
    levels = np.zeros(netlist.data_nets, np.int64)
    for run in netlist.runs:
        if run.first < netlist.data_nets:  # the others are next states, which are no nets
            below = levels[run.arguments].max(axis=1, initial=0)
            levels[run.first : run.first + len(run.arguments)] = 1 + below
    return levels
