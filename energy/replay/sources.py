"""Which recorded bit every input and flop of a netlist starts from."""

from collections.abc import Mapping

import numpy as np

from energy.netlist.netlist import Netlist


def source_rows(netlist: Netlist, first: Mapping[str, int]) -> np.ndarray:
    """Return the recorded row behind each of the first nets: inputs, then states of flops.

    Parameters
    ----------
    netlist : Netlist
        What is replayed.
    first : mapping of str to int
        Recorded row of the lowest bit of every register, by its path, and of every input.

    Returns
    -------
    ndarray of int64, shape (inputs + flops,)
    """
    bits = (*netlist.inputs, *netlist.flops.bits)
    return np.array([first[one.path] + one.bit for one in bits], np.int64)


def inversions(netlist: Netlist) -> np.ndarray:
    """Return what the first nets are exclusive-or'd with: uint64, shape (inputs + flops,)."""
    inverted = np.concatenate([np.zeros(len(netlist.inputs), bool), netlist.flops.inverted])
    return np.where(inverted, ~np.uint64(0), np.uint64(0))
