"""Energy of the registers of the digital periphery, from their counted toggles."""

from collections.abc import Mapping
from dataclasses import dataclass

from energy.technology import to_node
from hw_spec.sourced import Sourced

_CELL = "SkyWater sky130_fd_sc_hd (130 nm), tt 25 C 1.80 V, cell dfxtp_1"

SUPPLY_V = Sourced(1.8, "V", _CELL)

# Rise 17.4124 fJ and fall 22.3385 fJ.
CLOCK_INTERNAL_J = Sourced(39.7509e-15, "J", f"{_CELL}, pin CLK, internal power, 53 ps slew")

CLOCK_PIN_F = Sourced(1.794e-15, "F", f"{_CELL}, pin CLK, capacitance")

# Mean of rise 23.3518 fJ and fall 15.4150 fJ.
TOGGLE_INTERNAL_J = Sourced(19.3834e-15, "J", f"{_CELL}, pin Q, internal power, 53 ps, 3.43 fF")

# The point of the library's table nearest to two inputs of dfxtp_1, 2 * 1.678 fF.
TOGGLE_LOAD_F = Sourced(3.434554e-15, "F", "assumed: each register drives two flip-flop inputs")

LEAKAGE_W = Sourced(8.438635e-12, "W", f"{_CELL}, cell leakage power")

LEFT_OUT = (
    "combinational logic",
    "data inputs of the flip-flops",
    "wires and the clock tree",
    "clock gating",
    "scaling from 130 nm to the node of the chip",
)
"""What this estimate does not count."""


@dataclass(frozen=True)
class RegisterEnergy:
    """Energy of all registers over a run, in joules, by cause."""

    clock_j: float
    toggle_j: float
    leakage_j: float

    @property
    def total_j(self) -> float:
        """All three together."""
        return self.clock_j + self.toggle_j + self.leakage_j


def register_energy(
    toggles: Mapping[str, int], *, flip_flops: int, cycles: int, clock_period_s: float
) -> RegisterEnergy:
    """Return the energy of the registers of a run.

    Every flip-flop pays for its clock pin in every cycle (internal power of both edges, and C V^2);
    every toggle pays the internal power of the output and 1/2 C V^2 of its load.

    Parameters
    ----------
    toggles : mapping of str to int
        Bit toggles of each register.
    flip_flops : int
        Bits of all registers together.
    cycles : int
        Clock cycles of the run.
    clock_period_s : float
        Clock period, in seconds.
    """
    square = SUPPLY_V.value**2
    per_clock_j = CLOCK_INTERNAL_J.value + CLOCK_PIN_F.value * square
    per_toggle_j = TOGGLE_INTERNAL_J.value + TOGGLE_LOAD_F.value * square / 2
    return RegisterEnergy(
        clock_j=flip_flops * cycles * per_clock_j,
        toggle_j=sum(toggles.values()) * per_toggle_j,
        leakage_j=flip_flops * cycles * clock_period_s * LEAKAGE_W.value,
    )


def toggle_energy(node_nm: int) -> Sourced:
    """Return the energy of one toggle of a register, in joules: of the flop and what it drives."""
    energy_j = TOGGLE_INTERNAL_J.value + TOGGLE_LOAD_F.value * SUPPLY_V.value**2 / 2
    sources = f"{TOGGLE_LOAD_F.source}; {TOGGLE_INTERNAL_J.source}"
    found = Sourced(energy_j, "J", sources)
    return to_node(found, from_nm=130, from_v=SUPPLY_V.value, to_nm=node_nm)
