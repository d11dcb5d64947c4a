"""What the pins and states of cells are charged with, all cells of a kind at once.

See ``power.py`` for the conventions.
"""

from dataclasses import dataclass

import numpy as np

from energy.boolean import pins_of
from energy.library import Pin, PowerArc
from energy.netlist.netlist import Group
from energy.power.chance import chance, decisive
from energy.power.loads import FALL, RISE
from energy.power.tables import looked_up


@dataclass(frozen=True)
class Seen:
    """What the cells of a group are charged by."""

    group: Group
    toggles: np.ndarray
    """float64, shape (instances, pins)."""
    ones: dict[str, np.ndarray]
    """How often each pin is 1, from 0 to 1: float64, shape (instances,)."""
    load_f: np.ndarray
    """float64, shape (instances, pins): of the nets at the pins."""
    slew_s: np.ndarray
    """float64, shape (2, instances, pins): of rising and falling edges at the pins."""


def input_j(seen: Seen, pin: Pin, column: int) -> np.ndarray:
    """Return the energy inside the cells at a toggle of an input pin: float64, (instances,).

    Parameters
    ----------
    seen : Seen
        What the cells see.
    pin : Pin
        The pin.
    column : int
        Its place among the pins.
    """
    total_j = np.zeros(len(seen.group.names))
    for arc in pin.power:
        share = 1.0 if arc.when is None else chance(arc.when, seen.ones)
        total_j += share * _mean_j(arc, seen.slew_s[:, :, column], np.zeros(len(total_j)))
    return total_j


def output_j(seen: Seen, pin: Pin, column: int) -> np.ndarray:
    """Return the energy inside the cells at a toggle of an output pin, as :func:`input_j` does."""
    shape = len(seen.group.names)
    always_j, total_j, weights = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for arc in pin.power:
        if arc.related_pin is None:  # OpenSTA leaves it out
            share = 1.0 if arc.when is None else chance(arc.when, seen.ones)
            always_j += share * _mean_j(arc, np.zeros((2, shape)), seen.load_f[:, column])
            continue
        related = seen.group.pins.index(arc.related_pin)
        weight = seen.toggles[:, related] * _share(seen, pin, arc)
        slew_s = seen.slew_s[:, :, related]
        if _negative(pin, arc.related_pin):
            slew_s = slew_s[::-1]
        total_j += weight * _mean_j(arc, slew_s, seen.load_f[:, column])
        weights += weight
    return always_j + np.divide(total_j, weights, out=np.zeros(shape), where=weights > 0)


def _share(seen: Seen, pin: Pin, arc: PowerArc) -> np.ndarray | float:
    """Return how much a toggle of the related pin tells of one of the output."""
    related = arc.related_pin
    assert related is not None
    if pin.function is not None and related in pins_of(pin.function):
        return decisive(pin.function, related, seen.ones)
    return 0.5 if arc.when is None else chance(arc.when, seen.ones)


def _negative(pin: Pin, related: str) -> bool:
    """Tell whether an output falls when a related pin rises, by its first timing arc."""
    senses = [arc.sense for arc in pin.timing if arc.related_pin == related]
    return senses[:1] == ["negative_unate"]


def _mean_j(arc: PowerArc, slew_s: np.ndarray, load_f: np.ndarray) -> np.ndarray:
    """Return the mean of the energy of both edges, given their slews: (2, instances)."""
    rise_j = looked_up(arc.rise_j, slew_s[RISE], load_f)
    return (rise_j + looked_up(arc.fall_j, slew_s[FALL], load_f)) / 2


def leakage_w(seen: Seen) -> np.ndarray:
    """Return what the cells leak, in watts: float64, shape (instances,)."""
    cell = seen.group.cell
    total_w, rest = np.zeros(len(seen.group.names)), np.ones(len(seen.group.names))
    for state in cell.leakages:
        share = chance(state.when, seen.ones)
        total_w += share * state.power_w
        rest -= share
    return total_w + rest * cell.leakage_w
