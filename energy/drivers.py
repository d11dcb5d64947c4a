"""What stands around an array: row drivers, column multiplexers, level shifters."""

import math
from dataclasses import dataclass

from energy.technology import scale_area
from energy.transistor import DIFFUSION_SHARE, Transistor
from energy.wires import toggle_energy_j
from hw_spec.sourced import Sourced

STAGE_EFFORT = Sourced(
    4.0, "1", "Sutherland, Sproull and Harris, Logical Effort (1999), section 1.3: best near 4"
)
"""Load of a stage of a driver over its input."""

LEAST_WIDTH_FEATURES = Sourced(
    1.5, "feature", "CACTI 7: minimum NMOS width, 3/2 of the feature size"
)

MULTIPLEXER_SHARE = Sourced(
    0.1, "1", "assumed: a switch has a tenth of the resistance of a column with all cells driven"
)

# sky130_fd_sc_hd inv_16 has 16 * (0.65 + 1.00) um of transistors in 20.0192 um2 of 130 nm.
WIDTH_AREA_FEATURES = Sourced(
    5.833100,
    "feature",
    "SkyWater sky130_fd_sc_hd (130 nm), cell inv_16: area over width of transistors",
)
"""Area of a transistor per width, in feature sizes: gate, contacts, wells and rails."""

_SHIFTER = "SkyWater sky130_fd_sc_hvl (130 nm), tt 25 C 3.30 V and 1.80 V, cell lsbuflv2hv_1"
SHIFTER_V = Sourced(3.3, "V", _SHIFTER)
# Mean of rise 374.5454 fJ and fall 217.1465 fJ at a slew of 39 ps and 5.99 fF.
SHIFTER_TOGGLE_J = Sourced(295.84595e-15, "J", f"{_SHIFTER}, internal power")
SHIFTER_LEAKAGE_W = Sourced(2.49066e-12, "W", f"{_SHIFTER}, cell leakage power")
SHIFTER_AREA = Sourced(85.9584e-12, "m2", f"{_SHIFTER}, area")

LEFT_OUT = (
    "decoders other than the generated ones",
    "bias and reference circuits",
    "charge that multiplexers put on columns",
    "wires of the lines that select columns, which are short beside the gates on them",
)
"""What this periphery does not have."""


@dataclass(frozen=True)
class Driver:
    """A chain of inverters that drives a line."""

    stages: int
    """Number of inverters."""

    own_f: float
    """Gates and outputs of all stages, in farads: what is switched besides the line."""

    nmos_width_m: float
    """Width of the NMOS transistors of all stages together."""

    width_m: float
    """Width of all transistors, of both kinds."""

    def toggle_energy_j(self, line_f: float, supply_v: float) -> float:
        """Return what one transition of driver and line costs, in joules."""
        return toggle_energy_j(self.own_f + line_f, supply_v)


def driver(line_f: float, transistor: Transistor) -> Driver:
    """Return a driver for a line, from a first inverter of least size.

    As many stages as keep each at ``STAGE_EFFORT`` or below, all equally loaded.
    """
    first_m = LEAST_WIDTH_FEATURES.value * transistor.node_nm * 1e-9
    path = max(line_f / transistor.inverter_f(first_m), 1.0)
    # A path of just a power of the effort must not get one more stage by rounding.
    stages = max(1, math.ceil(math.log(path) / math.log(STAGE_EFFORT.value) - 1e-9))
    effort = path ** (1 / stages)
    nmos_m = first_m * sum(effort**stage for stage in range(stages))
    return Driver(
        stages=stages,
        own_f=transistor.inverter_f(nmos_m) * (1 + DIFFUSION_SHARE.value),
        nmos_width_m=nmos_m,
        width_m=nmos_m * (1 + transistor.pmos_width.value),
    )


@dataclass(frozen=True)
class Multiplexer:
    """The switches between the columns of a lane and its converter, one per column."""

    gate_f: float
    """Gates of one switch, NMOS and PMOS, in farads."""

    output_f: float
    """What the switches of a lane put on the input of the converter, in farads."""

    width_m: float
    """Width of all transistors of the lane."""

    def select_f(self, switches: int) -> float:
        """Return the capacitance of a line that opens so many switches at once, in farads."""
        return switches * self.gate_f


def multiplexer(column_s: float, columns: int, transistor: Transistor) -> Multiplexer:
    """Return the transmission gates of a lane.

    Parameters
    ----------
    column_s : float
        Conductance of a column with all cells driven and at the top level, in siemens. A switch
        has ``MULTIPLEXER_SHARE`` of its resistance; so cells of low resistance take wide switches.
    columns : int
        Columns of the lane.
    transistor : Transistor
        Transistors of the node. NMOS and PMOS conduct side by side; each is sized for all of it, as
        either may be weak at the voltage of the column.
    """
    nmos_m = transistor.width_for_m(MULTIPLEXER_SHARE.value / column_s)
    least_m = LEAST_WIDTH_FEATURES.value * transistor.node_nm * 1e-9
    nmos_m = max(nmos_m, least_m)
    both_m = nmos_m * (1 + transistor.pmos_width.value)
    return Multiplexer(
        gate_f=transistor.gate_f_per_m.value * both_m,
        output_f=columns * transistor.junction_f_per_m.value * both_m,
        width_m=columns * both_m,
    )


def shifter_toggle_energy_j(line_f: float, high_v: float) -> float:
    """Return what one transition of a level shifter and its line costs, in joules.

    Its own part goes with the square of the high supply.
    """
    own_j = SHIFTER_TOGGLE_J.value * (high_v / SHIFTER_V.value) ** 2
    return own_j + toggle_energy_j(line_f, high_v)


def transistor_area(width_m: float, node_nm: int) -> Sourced:
    """Return the area of transistors of a width, in square metres."""
    area_m2 = width_m * WIDTH_AREA_FEATURES.value * node_nm * 1e-9
    return Sourced(area_m2, "m2", WIDTH_AREA_FEATURES.source)


def shifter_area(count: int, node_nm: int) -> Sourced:
    """Return the area of level shifters, in square metres, for a node that `scale_area` knows.

    Their high-voltage transistors shrink less than logic does; how much is not published.
    """
    scaled = scale_area(SHIFTER_AREA, from_nm=130, to_nm=node_nm)
    source = f"assumed: level shifters shrink as logic does; {scaled.source}"
    return Sourced(count * scaled.value, "m2", source)
