"""What a netlist that does otherwise than its design is told with."""

from energy.netlist.netlist import Netlist


def raise_difference(netlist: Netlist, flop: int, cycle: int) -> None:
    """Raise that a flop goes another way than its register bit.

    Parameters
    ----------
    netlist : Netlist
        Netlist at fault.
    flop : int
        Number of the flop.
    cycle : int
        First cycle in which register and next state before it differ.

    Raises
    ------
    RuntimeError
        Always.
    """
    name, bit = netlist.flops.names[flop], netlist.flops.bits[flop]
    raise RuntimeError(
        f"Flip-flop {name!r} of the netlist must follow register bit '{bit}', but differs from it "
        f"in cycle {cycle}"
    )
