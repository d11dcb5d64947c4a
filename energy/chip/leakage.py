"""Leakage of generated logic at the node of a chip."""

from energy.drivers import WIDTH_AREA_FEATURES
from energy.mapped import Mapped
from energy.technology import scale_area, supply
from energy.transistor import transistor


def logic_leakage_w(mapped: Mapped, node_nm: int) -> float:
    """Return the leakage of a block in cells, in watts, near 300 K.

    The area of its cells at the node tells the width of their transistors, of which half are off.
    Libraries of another node, and published factors of dynamic energy, say nothing of leakage.

    Raises
    ------
    ValueError
        If the node is unknown.
    """
    cells = scale_area(mapped.cells, from_nm=mapped.node_nm, to_nm=node_nm)
    width_m = cells.value / (WIDTH_AREA_FEATURES.value * node_nm * 1e-9)
    return transistor(node_nm).leakage_w(width_m, supply(node_nm).value)
