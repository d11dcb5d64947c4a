"""The generated blocks of a chip in gates: joules of what happened in them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from energy.mapped import Mapped, scaled_energy
from energy.netlist.netlist import Activity
from energy.power.power import energy
from hw_spec.chip import ChipSpec


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """A macro, the logic of a PE, or the core."""

    mapped: Mapped

    ports: Mapping[str, np.ndarray]
    """Nets at the bits of each port, lowest first."""

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.mapped.netlist.cells

    def toggles(self, activity: Activity, ports: Iterable[str]) -> int:
        """Return the transitions of all bits of some ports."""
        return sum(int(activity.toggles[self.ports[port]].sum()) for port in ports)


@dataclass(frozen=True, kw_only=True, eq=False)
class Blocks:
    """One of each kind."""

    macro: Block
    pe_logic: Block
    core: Block


def block(mapped: Mapped) -> Block:
    """Return a block from its netlist."""
    bits: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for bit, net in mapped.netlist.outputs.items():
        bits[bit.path][bit.bit] = net
    for net, bit in enumerate(mapped.netlist.inputs):
        bits[bit.path][bit.bit] = net
    return Block(
        mapped=mapped,
        ports={
            port: np.array([nets[bit] for bit in sorted(nets)], np.int64)
            for port, nets in bits.items()
        },
    )


def block_j(one: Block, activity: Activity, chip: ChipSpec) -> float:
    """Return what a block spent in some cycles but for leakage, at the node of its chip.

    Leakage depends on time rather than on what happens; see
    :func:`energy.chip.leakage.logic_leakage_w`.

    Raises
    ------
    ValueError
        If there are no factors from the node of the library to that of the chip.
    """
    if not activity.cycles:
        return 0.0
    mapped, period_s = one.mapped, chip.clock_period_s.value
    spent = energy(mapped.netlist, activity, mapped.loads, mapped.waves, period_s=period_s)
    return scaled_energy(spent.dynamic_j, mapped, chip.node_nm).value


def clock_j(one: Block, chip: ChipSpec) -> float:
    """Return what a cycle takes in which no register is enabled, as `block_j`.

    What is left are the clock port, the clock pins of clock gates, and of flops that have no gate.
    """
    gates = one.mapped.netlist
    toggles, ones = _still(one)
    # The first clock is that of the port: up and down in each cycle.
    toggles[gates.data_nets], ones[gates.data_nets] = 2, 0.5
    return block_j(one, Activity(1, toggles, ones), chip)


def inputs_j(one: Block, toggles: Mapping[str, np.ndarray], chip: ChipSpec) -> float:
    """Return what transitions at input ports take in a block that makes nothing of them.

    Counted are the nets of the ports and the pins on them, not what gates behind them do.

    Parameters
    ----------
    one : Block
        The block.
    toggles : mapping of str to ndarray of int, shape (bits,)
        Transitions of each bit, by port.
    chip : ChipSpec
        Its chip.
    """
    moved, ones = _still(one)
    for port, counts in toggles.items():
        moved[one.ports[port]] = counts
    return block_j(one, Activity(1, moved, ones), chip)


def _still(one: Block) -> tuple[np.ndarray, np.ndarray]:
    nets = len(one.mapped.netlist.nets)
    return np.zeros(nets, np.int64), np.zeros(nets)
