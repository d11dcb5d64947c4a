"""Names of cells, nets and ports for other tools: letters, digits and underscores."""

import re
from dataclasses import dataclass

from energy.netlist.netlist import Bit, Netlist


@dataclass(frozen=True)
class Names:
    """What everything is called where only plain names can be told."""

    cells: tuple[tuple[str, ...], ...]
    """Instances of every group."""
    nets: tuple[str, ...]
    """Those of input ports and of the clock are called as their ports."""
    outputs: tuple[str, ...]
    """Bits of output ports."""


def plain_names(netlist: Netlist) -> Names:
    """Return plain names, each once: a letter, a number and as much of the name as can be kept.

    Flops are called by their register bits.

    Parameters
    ----------
    netlist : Netlist
        What is to be named.
    """
    held = dict(zip(netlist.flops.names, map(str, netlist.flops.bits), strict=True))
    names = [held.get(name, group.cell.name) for group in netlist.groups for name in group.names]
    cells = iter([_plain("u", number, name) for number, name in enumerate(names)])
    inputs, clock = len(netlist.inputs), netlist.data_nets
    nets = [_plain("n", number, name) for number, name in enumerate(netlist.nets)]
    nets[:inputs] = _bits("i", netlist.inputs)
    nets[clock] = "clk"
    return Names(
        cells=tuple(tuple(next(cells) for _ in group.names) for group in netlist.groups),
        nets=tuple(nets),
        outputs=tuple(_bits("o", tuple(netlist.outputs))),
    )


def _bits(letter: str, bits: tuple[Bit, ...]) -> list[str]:
    return [_plain(letter, number, str(bit)) for number, bit in enumerate(bits)]


def _plain(letter: str, number: int, name: str) -> str:
    return f"{letter}{number}_" + re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
