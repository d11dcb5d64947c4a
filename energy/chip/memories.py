"""Joules and watts of the memories of a block, from how often they were read and written."""

from collections.abc import Iterable

from cosim.memories import Memory
from energy import memory
from energy.replay.accesses import Accesses
from energy.technology import supply


def accesses_j(accesses: Iterable[Accesses], node_nm: int) -> float:
    """Return what accesses took, in joules.

    Parameters
    ----------
    accesses : iterable of Accesses
        Of several memories.
    node_nm : int
        Technology node.
    """
    supply_v, total_j = supply(node_nm).value, 0.0
    for one in accesses:
        place = {"words": one.words, "width": one.width, "node_nm": node_nm}
        if one.reads:
            total_j += one.reads * memory.read_energy(**place, supply_v=supply_v).value
        if one.writes:
            written = one.written_bits / one.writes
            write = memory.write_energy(**place, supply_v=supply_v, written=written)
            total_j += one.writes * write.value
    return total_j


def memories_leakage_w(memories: Iterable[Memory], node_nm: int) -> float:
    """Return the leakage of memories, in watts."""
    bits = sum(one.words * one.width for one in memories)
    return memory.leakage(bits=bits, node_nm=node_nm, supply_v=supply(node_nm).value).value
