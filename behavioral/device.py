"""Memory cells: published device presets.

A cell of c bits holds level n from 0 to 2**c - 1 at the conductance Gmin + n * step, with
Gmax = 1 / on-resistance, Gmin = Gmax / on-off ratio, step = (Gmax - Gmin) / (2**c - 1).
"""

from dataclasses import dataclass, replace

from hw_spec.check import one_of
from hw_spec.sourced import Sourced


@dataclass(frozen=True, kw_only=True)
class Device:
    """One kind of memory cell."""

    name: str
    """Name of the preset."""

    on_resistance_ohm: Sourced
    """Resistance of the top level."""

    on_off_ratio: Sourced
    """Conductance of the top level over that of level 0."""

    variation: Sourced
    """Standard deviation of the frozen conductance error of a cell, as a share of Gmax."""

    read_noise: Sourced
    """Standard deviation of a cell's conductance from read to read, as a share of Gmax."""

    @property
    def g_max_s(self) -> float:
        """Conductance of the top level, in siemens."""
        return 1 / self.on_resistance_ohm.value

    @property
    def g_min_s(self) -> float:
        """Conductance of level 0, in siemens."""
        return self.g_max_s / self.on_off_ratio.value

    def step_s(self, cell_bits: int) -> float:
        """Return the conductance between neighbouring levels of a cell, in siemens."""
        return (self.g_max_s - self.g_min_s) / (2**cell_bits - 1)

    def ideal(self) -> "Device":
        """Return the same device without variation and noise."""
        none = Sourced(0.0, "Gmax", "ideal by definition")
        return replace(self, name=f"{self.name}, ideal", variation=none, read_noise=none)

    def noiseless(self) -> "Device":
        """Return the same device without read noise."""
        none = Sourced(0.0, "Gmax", "left out on request")
        return replace(self, name=f"{self.name}, noiseless", read_noise=none)


IEDM19 = "DNN+NeuroSim, IEDM 2019, Table 1"
VARIATION = Sourced(
    0.06, "Gmax", "assumed: OpenCIMTC example configuration (6 % of Gmax, cut at 3 sigma)"
)
READ_NOISE = Sourced(
    0.01, "Gmax", "assumed: short-term read noise suggested by IBM aihwkit (1 % of Gmax, additive)"
)

PRESETS = (
    Device(
        name="taox_hfox_iedm19",
        on_resistance_ohm=Sourced(100e3, "ohm", f"{IEDM19}, TaOx/HfOx (TsingHua)"),
        on_off_ratio=Sourced(10.0, "1", f"{IEDM19}, TaOx/HfOx (TsingHua)"),
        variation=VARIATION,
        read_noise=READ_NOISE,
    ),
    Device(
        name="intel_rram_iedm19",
        on_resistance_ohm=Sourced(6e3, "ohm", f"{IEDM19}, RRAM (Intel)"),
        on_off_ratio=Sourced(17.0, "1", f"{IEDM19}, RRAM (Intel)"),
        variation=VARIATION,
        read_noise=READ_NOISE,
    ),
)


def preset(name: str) -> Device:
    """Return the preset of that name.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest.
    """
    one_of("Device", name, [device.name for device in PRESETS])
    return next(device for device in PRESETS if device.name == name)
