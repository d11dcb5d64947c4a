"""Wires by technology node and layer, and what it costs to switch them."""

from dataclasses import dataclass

from energy.technology import known_node
from hw_spec.check import one_of
from hw_spec.sourced import Sourced

LAYERS = ("local", "semi-global", "global")
"""Wires inside an array or a cell block; between blocks; across the chip."""

VACUUM_F_PER_M = 8.8541878128e-12
"""Permittivity of the vacuum, CODATA 2018."""

RESISTIVITY_OHM_M = 2.2e-8
MILLER = 1.5
VERTICAL_DIELECTRIC = 3.9
FRINGE_F_PER_M = 1.15e-10
"""The same at all nodes in CACTI 7, conservative projection."""

LEFT_OUT = ("vias", "inductance", "crosstalk beyond a fixed Miller factor", "temperature")
"""What these wires do not have."""


@dataclass(frozen=True)
class Wire:
    """A wire of least pitch, per metre."""

    resistance_ohm_per_m: Sourced
    capacitance_f_per_m: Sourced


@dataclass(frozen=True)
class _Stack:
    """What CACTI knows of the wires of a node; local, semi-global, global where there are three."""

    barrier_m: float
    scatter: float
    horizontal_dielectric: float
    ild_m: tuple[float, float, float]
    dishing_m: float


_PITCH_F = (2.5, 4.0, 8.0)
_ASPECT = (2.0, 2.0, 2.2)
_STACKS = {
    90: _Stack(8e-9, 1.0, 3.038, (480e-9, 480e-9, 1100e-9), 79.2e-9),
    65: _Stack(6e-9, 1.0, 2.734, (405e-9, 405e-9, 770e-9), 57.2e-9),
    45: _Stack(4e-9, 1.0, 2.46, (315e-9, 315e-9, 550e-9), 39.6e-9),
    32: _Stack(3e-9, 1.0, 2.214, (210e-9, 210e-9, 385e-9), 28.16e-9),
    22: _Stack(3e-9, 1.05, 2.104, (150e-9, 150e-9, 275e-9), 19.36e-9),
}

# Extracted layers: name, ohm per micrometre, farad per micrometre.
_EXTRACTED = {
    130: (
        "sky130hd",
        ("met1", 0.8929, 0.172375e-15),
        ("met3", 0.1567, 0.214962e-15),
        ("met5", 0.01781, 0.154087e-15),
    ),
    7: (
        "asap7",
        ("M2", 29.7126, 0.184542e-15),
        ("M4", 18.0365, 0.189434e-15),
        ("M6", 11.8797, 0.176146e-15),
    ),
}


def wire(node_nm: int, layer: str) -> Wire:
    """Return a wire of least pitch.

    Raises
    ------
    ValueError
        If node or layer is unknown; the message names the known ones.
    """
    known_node(node_nm, (*_STACKS, *_EXTRACTED))
    index = LAYERS.index(one_of("Layer", layer, LAYERS))
    if node_nm in _STACKS:
        return _drawn(node_nm, index)
    platform, *layers = _EXTRACTED[node_nm]
    name, ohm_per_um, f_per_um = layers[index]
    source = f"OpenROAD-flow-scripts, platforms/{platform}/setRC.tcl, {name}"
    return Wire(Sourced(ohm_per_um * 1e6, "ohm/m", source), Sourced(f_per_um * 1e6, "F/m", source))


def toggle_energy_j(capacitance_f: float, swing_v: float) -> float:
    """Return what one transition costs on average, 1/2 C V**2, in joules.

    The supply gives C V**2 for a rise and nothing for a fall.
    """
    return capacitance_f * swing_v**2 / 2


def _drawn(node_nm: int, layer: int) -> Wire:
    """Return a wire by the formulas of CACTI 7 (basic_circuit.cc, conservative projection).

    Half the pitch is metal, of which a barrier takes some on three sides. Above and below are
    plates, beside it are neighbours.
    """
    stack = _STACKS[node_nm]
    width_m = _PITCH_F[layer] * node_nm * 1e-9 / 2
    thickness_m = _ASPECT[layer] * width_m
    dishing_m = stack.dishing_m if LAYERS[layer] == "global" else 0.0
    core_m2 = (thickness_m - stack.barrier_m - dishing_m) * (width_m - 2 * stack.barrier_m)
    plates = VERTICAL_DIELECTRIC * width_m / stack.ild_m[layer]
    neighbours = MILLER * stack.horizontal_dielectric * thickness_m / width_m
    capacitance_f = 2 * VACUUM_F_PER_M * (plates + neighbours) + FRINGE_F_PER_M
    source = f"CACTI 7, tech_params/{node_nm}nm.dat, conservative, {LAYERS[layer]}"
    return Wire(
        Sourced(stack.scatter * RESISTIVITY_OHM_M / core_m2, "ohm/m", source),
        Sourced(capacitance_f, "F/m", source),
    )
