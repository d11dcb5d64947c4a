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

from energy.netlist.netlist import Activity, Group, Netlist
from energy.power.charges import Seen, input_j, leakage_w, output_j
from energy.power.loads import Loads
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
    def dynamic_j(self) -> float:
        """All of it but leakage, which goes with time rather than with what happens."""
        cells_j = float(np.delete(self.cells_j, LEAKAGE, axis=1).sum())
        return cells_j + self.clock_port_j + self.input_ports_j

    @property
    def total_w(self) -> float:
        """Mean power."""
        return self.total_j / (self.cycles * self.period_s)

    @property
    def coverage(self) -> float:
        """Part of the nets whose activity is known."""
        return self.known / self.nets


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
    _require(netlist, activity, period_s)
    if known is None:
        known = np.ones(len(netlist.nets), bool)
    toggles = np.where(known, activity.toggles, 0).astype(np.float64)
    ones = np.where(known, activity.ones, 0) / activity.cycles
    volt2 = netlist.library.voltage_v**2
    parts = [np.zeros((0, len(CAUSES)))]
    for group in netlist.groups:
        seen = _seen(group, toggles, ones, loads, waves)
        part = np.zeros((len(group.names), len(CAUSES)))
        for column, data, clock, spent_j in _pins(seen, volt2):
            on_clock = group.nets[:, column] >= netlist.data_nets
            part[:, clock] += np.where(on_clock, spent_j, 0)
            part[:, data] += np.where(on_clock, 0, spent_j)
        part[:, LEAKAGE] = leakage_w(seen) * activity.cycles * period_s
        parts.append(part)
    ports_j = 0.5 * volt2 * loads.max_f * toggles
    return Energy(
        cycles=activity.cycles,
        period_s=period_s,
        cells=tuple(name for group in netlist.groups for name in group.names),
        cells_j=np.concatenate(parts),
        clock_port_j=float(ports_j[netlist.data_nets]),
        input_ports_j=float(ports_j[: len(netlist.inputs)].sum()),
        known=int(known.sum()),
        nets=len(netlist.nets),
    )


def _require(netlist: Netlist, activity: Activity, period_s: float) -> None:
    if activity.cycles < 1:
        raise ValueError(f"Number of cycles must be at least 1, not {activity.cycles}")
    if not 0 < period_s < np.inf:
        raise ValueError(f"Clock period must be above 0 s, not {period_s!r}")
    if len(activity.toggles) != len(netlist.nets):
        raise ValueError(
            f"Activity must be that of the {len(netlist.nets)} nets of the netlist, not of "
            f"{len(activity.toggles)} nets"
        )
    for group in netlist.groups:
        cell = group.cell
        if cell.inputs and not any(pin.power for pin in cell.pins.values()):
            raise ValueError(f"Cell '{cell.name}' must tell its internal power, but does not")


def _seen(group: Group, toggles: np.ndarray, ones: np.ndarray, loads: Loads, waves: Waves) -> Seen:
    """Return what the cells of a group see. Pins that lead nowhere stand still."""
    nets, joined = group.nets, group.nets >= 0
    share = np.where(joined, ones[nets], 0)
    return Seen(
        group=group,
        toggles=np.where(joined, toggles[nets], 0),
        ones={pin: share[:, column] for column, pin in enumerate(group.pins)},
        load_f=np.where(joined, loads.max_f[nets], 0),
        slew_s=np.where(joined, waves.slew_s[:, nets], 0),
    )


def _pins(seen: Seen, volt2: float) -> Iterator[tuple[int, int, int, np.ndarray]]:
    """Yield a pin, two causes, if it is on data or on a clock, and what is spent there."""
    for column, name in enumerate(seen.group.pins):
        pin, toggles = seen.group.cell.pins[name], seen.toggles[:, column]
        if pin.direction == "output":
            switching_j = 0.5 * volt2 * seen.load_f[:, column] * toggles
            yield column, SWITCHING, CLOCK_SWITCHING, switching_j
            yield column, INTERNAL, CLOCK_INTERNAL, output_j(seen, pin, column) * toggles
        else:
            yield column, INTERNAL, CLOCK_INTERNAL, input_j(seen, pin, column) * toggles
