"""Writes activity as SAIF, the Switching Activity Interchange Format of IEEE 1801, annex I."""

from collections.abc import Iterator

from energy.netlist.netlist import Activity, Netlist
from energy.power.names import Names

HEAD = """\
(SAIFILE
(SAIFVERSION "2.0")
(DIRECTION "backward")
(DESIGN "{top}")
(DIVIDER / )
(TIMESCALE 1 ps)
(DURATION {duration_ps})
(INSTANCE {top}
(NET
"""


def saif_text(netlist: Netlist, activity: Activity, names: Names, *, period_s: float) -> str:
    """Return what every port and every pin of a cell did, gated clocks included.

    OpenSTA reads pins of cells and ports of the top, and only from ``NET``.

    Parameters
    ----------
    netlist : Netlist
        What was run.
    activity : Activity
        What its nets did.
    names : Names
        What everything is called.
    period_s : float
        Clock period; times are rounded to picoseconds.
    """
    duration_ps = round(activity.cycles * period_s * 1e12)
    high_ps = [round(ones * period_s * 1e12) for ones in activity.ones.tolist()]
    toggles = activity.toggles.tolist()

    def line(name: str, net: int) -> str:
        high = high_ps[net]
        return f"({name} (T0 {duration_ps - high}) (T1 {high}) (TX 0) (TC {toggles[net]}) (IG 0))\n"

    def lines() -> Iterator[str]:
        yield HEAD.format(top=netlist.top, duration_ps=duration_ps)
        for net in (*range(len(netlist.inputs)), netlist.data_nets):
            yield line(names.nets[net], net)
        for name, net in zip(names.outputs, netlist.outputs.values(), strict=True):
            yield line(name, net)
        yield ")\n"
        for group, cells in zip(netlist.groups, names.cells, strict=True):
            for cell, nets in zip(cells, group.nets.tolist(), strict=True):
                pins = zip(group.pins, nets, strict=True)
                text = "".join(line(pin, net) for pin, net in pins if net >= 0)
                yield f"(INSTANCE {cell}\n(NET\n{text})\n)\n"
        yield ")\n)\n"

    return "".join(lines())
