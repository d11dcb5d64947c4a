"""Low-power transistors by node: what drivers, multiplexers and repeaters are made of."""

from dataclasses import dataclass

from energy.technology import known_node
from hw_spec.sourced import Sourced

DIFFUSION_SHARE = Sourced(
    0.5, "1", "Weste and Harris, CMOS VLSI Design, 4th ed., section 6.4.2: folded transistors"
)
"""Capacitance of the output of an inverter over that of its input."""

LEFT_OUT = (
    "area part of the junction capacitance",
    "short-circuit current of drivers and repeaters",
)
"""What these transistors do not have."""


@dataclass(frozen=True, kw_only=True)
class Transistor:
    """An NMOS transistor of least length, per metre of its width."""

    node_nm: int
    """Technology node, in nanometres."""

    on_ohm_m: Sourced
    """Resistance of the switched-on transistor, times its width."""

    gate_f_per_m: Sourced
    """Capacitance of the gate, fringe included."""

    junction_f_per_m: Sourced
    """Capacitance of a drain or source, side wall only."""

    pmos_width: Sourced
    """Width of the PMOS transistor of an inverter, as a multiple of that of the NMOS."""

    off_a_per_m: Sourced
    """Current between drain and source of the switched-off transistor, near 300 K."""

    gate_a_per_m: Sourced
    """Current through the gate of the switched-on transistor."""

    def width_for_m(self, resistance_ohm: float) -> float:
        """Return the width, in metres, at which the switched-on transistor has a resistance."""
        return self.on_ohm_m.value / resistance_ohm

    def inverter_f(self, nmos_width_m: float) -> float:
        """Return the input capacitance of an inverter, in farads."""
        return self.gate_f_per_m.value * nmos_width_m * (1 + self.pmos_width.value)

    def leakage_w(self, width_m: float, supply_v: float) -> float:
        """Return the leakage of complementary gates, in watts, near 300 K.

        Of their transistors, ``width_m`` in all, half are off and half are on; NMOS and PMOS leak
        alike.
        """
        return supply_v * width_m / 2 * (self.off_a_per_m.value + self.gate_a_per_m.value)


def scale_delay(delay: Sourced, *, from_nm: int, to_nm: int) -> Sourced:
    """Return the delay of the same gates at another node: as inverters that drive their like.

    Resistance times gate capacitance is the time constant of a node (Weste and Harris, CMOS VLSI
    Design, 4th ed., section 4.3). Wires, whose delay shrinks less, are taken to be short.

    Raises
    ------
    ValueError
        If a node is unknown.
    """

    def constant_s(node_nm: int) -> float:
        one = transistor(node_nm)
        return one.on_ohm_m.value * one.inverter_f(1.0)

    source = f"{delay.source}; assumed: from {from_nm} to {to_nm} nm as R C of an inverter"
    return Sourced(delay.value * constant_s(to_nm) / constant_s(from_nm), delay.unit, source)


def transistor(node_nm: int) -> Transistor:
    """Return the transistor of a node.

    Raises
    ------
    ValueError
        If the node is unknown; the message names the known ones.
    """
    return _TRANSISTORS[known_node(node_nm, _TRANSISTORS)]


def _cacti(
    node_nm: int,
    *,
    supply_v: float,
    multiplier: float,
    on_a_per_um: float,
    gate_f_per_um: tuple[float, float],
    pmos_width: float,
    off_a_per_um: float,
    gate_a_per_um: float,
) -> Transistor:
    """Return a transistor of CACTI's tables.

    Its resistance is Vdd / Ion times a multiplier; its gate has an ideal and a fringe part.
    """
    source = f"CACTI 7, tech_params/{node_nm}nm.dat, lstp"
    on_ohm_m = multiplier * supply_v / (on_a_per_um * 1e6)
    return Transistor(
        node_nm=node_nm,
        on_ohm_m=Sourced(on_ohm_m, "ohm m", f"{source}: multiplier * Vdd / I_on_n"),
        gate_f_per_m=Sourced(sum(gate_f_per_um) * 1e6, "F/m", f"{source}: C_g_ideal + C_fringe"),
        junction_f_per_m=Sourced(2.5e-10, "F/m", f"{source}: C_junc_sw"),
        pmos_width=Sourced(pmos_width, "1", f"{source}: n2p_drv_rt"),
        off_a_per_m=Sourced(off_a_per_um * 1e6, "A/m", f"{source}: I_off_n at 300 K"),
        gate_a_per_m=Sourced(gate_a_per_um * 1e6, "A/m", f"{source}: I_g_on_n"),
    )


_INV = "SkyWater sky130_fd_sc_hd (130 nm), tt 25 C 1.80 V, cell inv_1 (widths 0.65 and 1.00 um)"

_SKY130 = Transistor(
    node_nm=130,
    # Falling delay at a slew of 53.1 ps: 41.0519 ps at 3.56533 fF, 256.0606 ps at 67.8883 fF, so
    # 3342.64 ohm for 0.65 um.
    on_ohm_m=Sourced(2.172716e-3, "ohm m", f"{_INV}: delay over load"),
    # 2.302 fF for both transistors together, 1.65 um.
    gate_f_per_m=Sourced(1.395152e-9, "F/m", f"{_INV}: capacitance of pin A"),
    junction_f_per_m=Sourced(2.5e-10, "F/m", "assumed: as in CACTI 7 at 90 nm"),
    pmos_width=Sourced(1.0 / 0.65, "1", f"{_INV}: widths"),
    # 5.326682 pW at 1.8 V, the mean of both states, through 0.825 um, the mean of both widths.
    off_a_per_m=Sourced(3.586991e-6, "A/m", f"{_INV}: cell leakage power"),
    gate_a_per_m=Sourced(0.0, "A/m", f"{_INV}: counted in the cell leakage power"),
)

_TRANSISTORS = {
    130: _SKY130,
    90: _cacti(
        90,
        supply_v=1.3,
        multiplier=1.92,
        on_a_per_um=503.6e-6,
        gate_f_per_um=(0.915e-15, 0.08e-15),
        pmos_width=2.44,
        off_a_per_um=2.81e-12,
        gate_a_per_um=38.7e-12,
    ),
    65: _cacti(
        65,
        supply_v=1.2,
        multiplier=1.96,
        on_a_per_um=519.2e-6,
        gate_f_per_um=(0.614e-15, 0.08e-15),
        pmos_width=2.23,
        off_a_per_um=9.12e-12,
        gate_a_per_um=109e-12,
    ),
    45: _cacti(
        45,
        supply_v=1.1,
        multiplier=1.99,
        on_a_per_um=666.2e-6,
        gate_f_per_um=(0.518e-15, 0.08e-15),
        pmos_width=2.23,
        off_a_per_um=10.1e-12,
        gate_a_per_um=9.47e-12,
    ),
    32: _cacti(
        32,
        supply_v=1.0,
        multiplier=1.99,
        on_a_per_um=683.6e-6,
        gate_f_per_um=(0.458e-15, 0.053e-15),
        pmos_width=2.23,
        off_a_per_um=20.6e-12,
        gate_a_per_um=37.3e-12,
    ),
    22: _cacti(
        22,
        supply_v=0.8,
        multiplier=1.99,
        on_a_per_um=727.6e-6,
        gate_f_per_um=(0.322e-15, 0.08e-15),
        pmos_width=2.0,
        off_a_per_um=24.3e-12,
        gate_a_per_um=451e-12,
    ),
}
