"""Capacitance of every net: of the pins that it leads to, and of its wire."""

from dataclasses import dataclass

import numpy as np

from energy.netlist.netlist import Netlist
from hw_spec.sourced import Sourced

RISE, FALL = 0, 1
"""Edges, as they number the rows of arrays."""

NO_WIRES = Sourced(0.0, "F", "assumed: wires have no capacitance")


@dataclass(frozen=True)
class Loads:
    """What every net loads its driver with."""

    wire_f: Sourced
    """Capacitance of the wire to each pin or output port."""
    fan_out: np.ndarray
    """int64, shape (nets,): input pins and output ports."""
    edges_f: np.ndarray
    """float64, shape (2, nets): pins and wires, while the net rises and while it falls."""

    @property
    def wires_f(self) -> np.ndarray:
        """Capacitance of the wires alone: float64, shape (nets,)."""
        return self.fan_out * self.wire_f.value

    @property
    def max_f(self) -> np.ndarray:
        """Capacitance that energy is computed with, the greater of both: float64, shape (nets,)."""
        return self.edges_f.max(axis=0)


def net_loads(netlist: Netlist, *, wire_f: Sourced) -> Loads:
    """Return the capacitance of every net.

    Output ports have no capacitance of their own.

    Parameters
    ----------
    netlist : Netlist
        What to load.
    wire_f : Sourced
        Capacitance of the wire per pin or output port, in farads; ``NO_WIRES`` for none.

    Raises
    ------
    ValueError
        If the wire is not given in farads, or is negative.
    """
    if wire_f.unit != "F" or not 0 <= wire_f.value < np.inf:
        raise ValueError(
            f"Wire per fan-out must be at least 0 F, not {wire_f.value!r} {wire_f.unit}"
        )
    fan_out = np.zeros(len(netlist.nets), np.int64)
    edges_f = np.zeros((2, len(netlist.nets)))
    for group in netlist.groups:
        for column, name in enumerate(group.pins):
            pin = group.cell.pins[name]
            if pin.direction == "input":
                nets = group.nets[:, column]
                np.add.at(fan_out, nets, 1)
                np.add.at(edges_f[RISE], nets, pin.rise_f)
                np.add.at(edges_f[FALL], nets, pin.fall_f)
    np.add.at(fan_out, list(netlist.outputs.values()), 1)
    return Loads(wire_f, fan_out, edges_f + fan_out * wire_f.value)
