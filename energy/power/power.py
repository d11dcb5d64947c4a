"""Energy of a mapped design over some cycles, from what every net did in them.

The conventions are those of OpenSTA (Parallax Software, ``power/Power.cc``, version of 2025):

- Switching: half of C V^2 per toggle of an output, C being pins and wires of its net.
- Internal, of an input pin: mean of rising and falling energy at the slews of the pin, per toggle.
- Internal, of an output pin: mean of rising and falling energy at load and slew of a related pin,
  per toggle of the output. Related pins are weighted by their toggles, times how often they decide
  the function if pins are independent; or times one half if there is no function of theirs.
- Leakage: by state, as often as there are ones at the pins, if pins are independent.
- Slews are propagated; clocks are ideal, so that the clock pin of a flop has slew 0.
- Ports drive nets for nothing there. Here what they spend stands beside the cells.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from energy.boolean import pins_of
from energy.library import Cell, Pin, PowerArc
from energy.netlist.netlist import Activity, Group, Netlist
from energy.power.chance import chance, decisive
from energy.power.loads import FALL, RISE, Loads
from energy.power.tables import looked_up
from energy.power.waves import Waves

SWITCHING, INTERNAL, CLOCK_SWITCHING, CLOCK_INTERNAL, LEAKAGE = range(5)
CAUSES = ("switching", "internal", "clock switching", "clock internal", "leakage")
"""What cells spend energy on. Pins on a clock, gated or not, count as clock; so all of a clock gate
but its enable, and the clock pins of flops."""


@dataclass(frozen=True)
class Energy:
    """Energy over some cycles, in joules."""

    cycles: int
    period_s: float
    cells: tuple[str, ...]
    """Instances, in the order of the groups of the netlist."""
    cells_j: np.ndarray
    """float64, shape (cells, causes): see ``CAUSES``."""
    clock_port_j: float
    """Of what drives the clock port, for pins and wires of its net; of a clock tree, no more."""
    input_ports_j: float
    """Of what drives the other input ports, for pins and wires of their nets."""
    known: int
    """Nets with known activity. All others are taken as still."""
    nets: int

    @property
    def causes_j(self) -> dict[str, float]:
        """Energy of all cells by cause."""
        return dict(zip(CAUSES, self.cells_j.sum(axis=0).tolist(), strict=True))

    @property
    def total_j(self) -> float:
        """All of it, with what drives the ports."""
        return float(self.cells_j.sum()) + self.clock_port_j + self.input_ports_j

    @property
    def total_w(self) -> float:
        """Mean power."""
        return self.total_j / (self.cycles * self.period_s)

    @property
    def coverage(self) -> float:
        """Part of the nets whose activity is known."""
        return self.known / self.nets


@dataclass(frozen=True)
class _Seen:
    """What the cells of a group are charged with."""

    group: Group
    toggles: np.ndarray
    """float64, shape (instances, pins)."""
    ones: dict[str, np.ndarray]
    """How often each pin is 1."""
    load_f: np.ndarray
    slew_s: np.ndarray
    """float64, shape (2, instances, pins)."""

    def at(self, pin: str) -> int:
        return self.group.pins.index(pin)


def energy(
    netlist: Netlist,
    activity: Activity,
    loads: Loads,
    waves: Waves,
    *,
    period_s: float,
    known: np.ndarray | None = None,
) -> Energy:
    """Return the energy of a netlist.

    Left out: glitches, unless the activity has them, and outputs that are not connected.

    Parameters
    ----------
    netlist : Netlist
        What was run.
    activity : Activity
        What its nets did.
    loads, waves : Loads, Waves
        Of the same netlist.
    period_s : float
        Clock period.
    known : ndarray of bool, shape (nets,), or None
        Nets whose activity is known; None: all.

    Raises
    ------
    ValueError
        If there is no cycle, the period is not positive, activity and netlist have different nets,
        or a cell in use tells no internal power.
    """
    if activity.cycles < 1:
        raise ValueError(f"Number of cycles must be at least 1, not {activity.cycles}")
    if not 0 < period_s < np.inf:
        raise ValueError(f"Clock period must be above 0 s, not {period_s!r}")
    if len(activity.toggles) != len(netlist.nets):
        raise ValueError(
            f"Activity must be that of the {len(netlist.nets)} nets of the netlist, not of "
            f"{len(activity.toggles)} nets"
        )
    if known is None:
        known = np.ones(len(netlist.nets), bool)
    toggles = np.where(known, activity.toggles, 0).astype(np.float64)
    ones = np.where(known, activity.ones, 0) / activity.cycles
    volt2 = netlist.library.voltage_v**2
    parts = []
    for group in netlist.groups:
        _require_power(group.cell)
        nets, open_ = group.nets, group.nets < 0
        seen = _Seen(
            group=group,
            toggles=np.where(open_, 0, toggles[nets]),
            ones={p: np.where(open_[:, n], 0, ones[nets[:, n]]) for n, p in enumerate(group.pins)},
            load_f=np.where(open_, 0, loads.max_f[nets]),
            slew_s=np.where(open_, 0, waves.slew_s[:, nets]),
        )
        part = np.zeros((len(group.names), len(CAUSES)))
        for column, data, clock, spent_j in _pins(seen, volt2):
            on_clock = nets[:, column] >= netlist.data_nets
            part[:, clock] += np.where(on_clock, spent_j, 0)
            part[:, data] += np.where(on_clock, 0, spent_j)
        part[:, LEAKAGE] = _leakage_w(seen) * activity.cycles * period_s
        parts.append(part)
    ports_j = 0.5 * volt2 * loads.max_f * toggles
    return Energy(
        cycles=activity.cycles,
        period_s=period_s,
        cells=tuple(name for group in netlist.groups for name in group.names),
        cells_j=np.concatenate(parts) if parts else np.zeros((0, len(CAUSES))),
        clock_port_j=float(ports_j[netlist.data_nets]),
        input_ports_j=float(ports_j[: len(netlist.inputs)].sum()),
        known=int(known.sum()),
        nets=len(netlist.nets),
    )


def _require_power(cell: Cell) -> None:
    if cell.inputs and not any(pin.power for pin in cell.pins.values()):
        raise ValueError(f"Cell '{cell.name}' must tell its internal power, but does not")


def _pins(seen: _Seen, volt2: float) -> Iterator[tuple[int, int, int, np.ndarray]]:
    """Yield a pin, two causes, if it is on data or on a clock, and what is spent there."""
    for column, name in enumerate(seen.group.pins):
        pin, toggles = seen.group.cell.pins[name], seen.toggles[:, column]
        if pin.direction == "output":
            switching_j = 0.5 * volt2 * seen.load_f[:, column] * toggles
            yield column, SWITCHING, CLOCK_SWITCHING, switching_j
            yield column, INTERNAL, CLOCK_INTERNAL, _output_j(seen, pin, column) * toggles
        else:
            yield column, INTERNAL, CLOCK_INTERNAL, _input_j(seen, pin, column) * toggles


def _input_j(seen: _Seen, pin: Pin, column: int) -> np.ndarray:
    """Return the energy inside the cells at a toggle of an input pin."""
    total_j = np.zeros(len(seen.group.names))
    for arc in pin.power:
        share = 1.0 if arc.when is None else chance(arc.when, seen.ones)
        total_j += share * _mean_j(arc, seen.slew_s[:, :, column], np.zeros(len(total_j)))
    return total_j


def _output_j(seen: _Seen, pin: Pin, column: int) -> np.ndarray:
    """Return the energy inside the cells at a toggle of an output pin."""
    total_j, weights = np.zeros(len(seen.group.names)), np.zeros(len(seen.group.names))
    for arc in pin.power:
        if arc.related_pin is None:
            continue  # nothing tells how often it applies
        related = seen.at(arc.related_pin)
        weight = seen.toggles[:, related] * _share(seen, pin, arc)
        slew_s = seen.slew_s[:, :, related]
        if _negative(pin, arc.related_pin):
            slew_s = slew_s[::-1]
        total_j += weight * _mean_j(arc, slew_s, seen.load_f[:, column])
        weights += weight
    return np.divide(total_j, weights, out=np.zeros_like(total_j), where=weights > 0)


def _share(seen: _Seen, pin: Pin, arc: PowerArc) -> np.ndarray | float:
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


def _leakage_w(seen: _Seen) -> np.ndarray:
    cell = seen.group.cell
    total_w, rest = np.zeros(len(seen.group.names)), np.ones(len(seen.group.names))
    for state in cell.leakages:
        share = chance(state.when, seen.ones)
        total_w += share * state.power_w
        rest -= share
    return total_w + rest * cell.leakage_w
