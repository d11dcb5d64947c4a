"""Long wires cut into segments by repeaters."""

import math
from dataclasses import dataclass

from energy.transistor import DIFFUSION_SHARE, Transistor
from energy.wires import Wire, toggle_energy_j


@dataclass(frozen=True)
class Repeaters:
    """How a wire is cut."""

    segment_m: float
    """Length between two repeaters."""

    nmos_width_m: float
    """Width of the NMOS transistor of a repeater."""


@dataclass(frozen=True)
class RepeatedWire:
    """One bit of a bus of some length."""

    segments: int
    """Number of segments, each with the repeater that drives it."""

    capacitance_f: float
    """All that is switched by one transition: wire, gates and outputs of the repeaters."""

    delay_s: float
    """From one end to the other, by Elmore, as a product RC without the factor ln 2."""

    nmos_width_m: float
    """Width of the NMOS transistors of all repeaters together."""

    def toggle_energy_j(self, supply_v: float) -> float:
        """Return what one transition of the bit costs, in joules."""
        return toggle_energy_j(self.capacitance_f, supply_v)


def fastest(wire: Wire, transistor: Transistor) -> Repeaters:
    """Return the repeaters of least delay.

    With the resistance R and the gate capacitance C of an inverter, the wire's Rw and Cw per metre
    and p the share of the diffusion: segment sqrt(2 R C (1 + p) / (Rw Cw)), size sqrt(R Cw / (Rw
    C)). Weste and Harris, CMOS VLSI Design, 4th ed., section 6.4.2; manual of 3D+NeuroSim V1.0,
    section 5.1.
    """
    resistance, capacitance = _inverter(transistor)
    wire_ohm, wire_f = wire.resistance_ohm_per_m.value, wire.capacitance_f_per_m.value
    product = 2 * resistance * capacitance * (1 + DIFFUSION_SHARE.value)
    return Repeaters(
        segment_m=math.sqrt(product / (wire_ohm * wire_f)),
        nmos_width_m=math.sqrt(resistance * wire_f / (wire_ohm * capacitance)),
    )


def frugal(wire: Wire, transistor: Transistor, *, tolerance: float) -> Repeaters:
    """Return the repeaters of least energy among those not much slower than the fastest.

    With segments x times as long and repeaters y times as wide as the fastest, the delay goes as
    a (x + 1 / x) + b (y + 1 / y), a = sqrt((1 + p) / 2) b, and the energy grows with y / x. At the
    best of all x and y of one delay, a (x - 1 / x) = b (1 / y - y).

    Parameters
    ----------
    wire : Wire
        Wire to be cut.
    transistor : Transistor
        Transistors of the repeaters.
    tolerance : float
        How much longer the delay may be, as a share of the least; NeuroSim takes 0.1 (parameter
        globalBusDelayTolerance).

    Raises
    ------
    ValueError
        If the tolerance is not between 0 and 1.
    """
    if not 0 <= tolerance <= 1:
        raise ValueError(f"Delay tolerance must be between 0 and 1, not {tolerance!r}")
    best = fastest(wire, transistor)
    share = math.sqrt((1 + DIFFUSION_SHARE.value) / 2)

    def narrow(stretch: float) -> float:
        step = share * (stretch - 1 / stretch)
        return (math.sqrt(step**2 + 4) - step) / 2

    def delay(stretch: float) -> float:
        width = narrow(stretch)
        return (share * (stretch + 1 / stretch) + width + 1 / width) / (2 * share + 2)

    # The delay grows with the stretch, and is beyond twice the least long before 16.
    low, high = 1.0, 16.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if delay(middle) <= 1 + tolerance else (low, middle)
    return Repeaters(best.segment_m * low, best.nmos_width_m * narrow(low))


def repeated(
    wire: Wire, transistor: Transistor, *, length_m: float, repeaters: Repeaters
) -> RepeatedWire:
    """Return a wire of some length with these repeaters.

    It is cut into equal segments no longer than asked for; a short wire still has its driver. The
    receiver is as large as a repeater.

    Raises
    ------
    ValueError
        If the length is not above zero.
    """
    if not length_m > 0:
        raise ValueError(f"Wire length must be above zero, not {length_m!r} m")
    # A whole number of segments must not become one more by the rounding of a quotient.
    segments = max(1, math.ceil(length_m / repeaters.segment_m - 1e-9))
    resistance, capacitance = _inverter(transistor)
    width_m = repeaters.nmos_width_m
    gate_f, own_f = capacitance * width_m, capacitance * width_m * DIFFUSION_SHARE.value
    wire_ohm = wire.resistance_ohm_per_m.value * length_m / segments
    wire_f = wire.capacitance_f_per_m.value * length_m / segments
    delay_s = resistance / width_m * (own_f + wire_f + gate_f) + wire_ohm * (wire_f / 2 + gate_f)
    return RepeatedWire(
        segments=segments,
        capacitance_f=segments * (wire_f + gate_f + own_f),
        delay_s=segments * delay_s,
        nmos_width_m=segments * width_m,
    )


def _inverter(transistor: Transistor) -> tuple[float, float]:
    """Return resistance times width and gate capacitance per width of an inverter, by its NMOS."""
    return transistor.on_ohm_m.value, transistor.inverter_f(1.0)
