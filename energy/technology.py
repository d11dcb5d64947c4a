"""Energy and area of digital circuits from one technology node to another, by published factors."""

from collections.abc import Iterable
from dataclasses import dataclass

from hw_spec.sourced import Sourced

SOURCE = "Stillmaker and Baas, Integration 58 (2017) 74-81"

SUPPLY_RANGE_V = (0.6, 1.3)
"""Supplies at which the fits are used. Below, some of them rise again; above, none is known to be
checked: the authors' own example ends at 1.3 V. Elsewhere, go by the square of the supply first."""


@dataclass(frozen=True)
class _Node:
    """What is published of one node."""

    energy: tuple[float, float, float]
    """Coefficients of V**2, V and 1 in the energy of an operation; the unit is arbitrary."""

    area: float
    """Area of the same circuit, as a share of that at 130 nm."""


_NODES = {
    130: _Node((7.171, -6.709, 2.904), 1.0),
    90: _Node((4.762, -4.781, 2.092), 0.44),
    65: _Node((3.755, -4.398, 1.975), 0.23),
    45: _Node((1.103, -0.362, 0.2767), 0.16),
    32: _Node((0.9559, -0.7823, 0.471), 0.072),
    20: _Node((0.373, -0.1582, 0.04104), 0.033),
    16: _Node((0.2958, -0.1241, 0.03024), 0.03),
    14: _Node((0.2363, -0.09675, 0.02239), 0.027),
    10: _Node((0.2068, -0.09311, 0.02375), 0.016),
    7: _Node((0.1776, -0.09097, 0.02447), 0.0092),
}
# Down to 32 nm bulk transistors, from 20 nm on multi-gate ones: the steps from 65 to 45 nm and from
# 32 to 20 nm are partly a change of model.

_SUPPLIES = {
    130: Sourced(1.8, "V", "SkyWater sky130_fd_sc_hd (130 nm), typical corner"),
    90: Sourced(1.3, "V", "CACTI 7, tech_params/90nm.dat, lstp"),
    65: Sourced(1.2, "V", "CACTI 7, tech_params/65nm.dat, lstp"),
    45: Sourced(1.1, "V", "CACTI 7, tech_params/45nm.dat, lstp"),
    32: Sourced(1.0, "V", "CACTI 7, tech_params/32nm.dat, lstp"),
    22: Sourced(0.8, "V", "CACTI 7, tech_params/22nm.dat, lstp"),
    20: Sourced(0.9, "V", "assumed: nominal in the multi-gate Predictive Technology Model, 20 nm"),
    16: Sourced(0.85, "V", "assumed: nominal in the multi-gate Predictive Technology Model, 16 nm"),
    14: Sourced(0.8, "V", "assumed: nominal in the multi-gate Predictive Technology Model, 14 nm"),
    10: Sourced(0.75, "V", "assumed: nominal in the multi-gate Predictive Technology Model, 10 nm"),
    7: Sourced(0.7, "V", "assumed: nominal in the multi-gate Predictive Technology Model, 7 nm"),
}


def supply(node_nm: int) -> Sourced:
    """Return the nominal supply of a node, in volts: of low-power transistors where there are any.

    Raises
    ------
    ValueError
        If the node is unknown; the message names the known ones.
    """
    return _SUPPLIES[known_node(node_nm, _SUPPLIES)]


def at_supply(energy: Sourced, *, from_v: float, to_v: float) -> Sourced:
    """Return the same switching energy at another supply: it goes with the square, as C V**2."""
    if from_v == to_v:
        return energy
    source = f"{energy.source}; from {from_v:g} to {to_v:g} V by the square of the supply"
    return Sourced(energy.value * (to_v / from_v) ** 2, energy.unit, source)


def scale_energy(
    energy: Sourced, *, from_nm: int, from_v: float, to_nm: int, to_v: float
) -> Sourced:
    """Return the energy of the same digital operation at another node and supply.

    The published fits are quadratic in the supply, P = a2 V**2 + a1 V + a0, and the energies of two
    nodes are as their P.

    Raises
    ------
    ValueError
        If a node is unknown, or a supply lies outside ``SUPPLY_RANGE_V``.
    """
    ratio = _energy_factor(to_nm, to_v) / _energy_factor(from_nm, from_v)
    way = f"from {from_nm} nm at {from_v:g} V to {to_nm} nm at {to_v:g} V"
    return Sourced(energy.value * ratio, energy.unit, f"{energy.source}; {way} by {SOURCE}")


def to_node(
    energy: Sourced, *, from_nm: int, from_v: float, to_nm: int, to_v: float | None = None
) -> Sourced:
    """Return the energy of a digital operation at another node and a supply.

    The factors hold up to a supply that older nodes exceed; beyond it goes C V**2.

    Parameters
    ----------
    energy : Sourced
        Energy, in joules.
    from_nm, from_v : int, float
        Node and supply at which it is known.
    to_nm : int
        Node that is asked for.
    to_v : float or None
        Supply that is asked for. None: that of the node; at the same node nothing changes then.

    Raises
    ------
    ValueError
        If there are no factors for one of the nodes, or a supply is too low for them.
    """
    if to_v is None and to_nm == from_nm:
        return energy
    to_v = supply(to_nm).value if to_v is None else to_v
    before_v, after_v = (min(volts, SUPPLY_RANGE_V[1]) for volts in (from_v, to_v))
    lowered = at_supply(energy, from_v=from_v, to_v=before_v)
    scaled = scale_energy(lowered, from_nm=from_nm, from_v=before_v, to_nm=to_nm, to_v=after_v)
    return at_supply(scaled, from_v=after_v, to_v=to_v)


def scale_area(area: Sourced, *, from_nm: int, to_nm: int) -> Sourced:
    """Return the area of the same digital circuit at another node.

    The published ratios have two digits, so the result has no more.

    Raises
    ------
    ValueError
        If a node is unknown.
    """
    smaller = _NODES[known_node(to_nm, _NODES)].area
    ratio = smaller / _NODES[known_node(from_nm, _NODES)].area
    source = f"{area.source}; from {from_nm} to {to_nm} nm by {SOURCE}, area"
    return Sourced(area.value * ratio, area.unit, source)


def known_node(node_nm: int, table: Iterable[int]) -> int:
    """Return the node if a table has it, given by its nodes.

    Raises
    ------
    ValueError
        Otherwise; the message names those it has.
    """
    nodes = sorted(table, reverse=True)
    if node_nm not in nodes:
        known = ", ".join(map(str, nodes))
        raise ValueError(f"Technology node must be one of {known} nm, not {node_nm!r}")
    return node_nm


def _energy_factor(node_nm: int, supply_v: float) -> float:
    low, high = SUPPLY_RANGE_V
    if not low <= supply_v <= high:
        raise ValueError(
            f"Supply voltage must be between {low:g} and {high:g} V to scale, not {supply_v:g}"
        )
    a2, a1, a0 = _NODES[known_node(node_nm, _NODES)].energy
    return a2 * supply_v**2 + a1 * supply_v + a0
