"""Memory cells: published device presets.

A cell of c bits holds level n from 0 to 2**c - 1 at the conductance Gmin + n * step, with
Gmax = 1 / on-resistance, Gmin = Gmax / on-off ratio, step = (Gmax - Gmin) / (2**c - 1).
"""

from dataclasses import dataclass, replace

from behavioral.cell import (
    ECRAM,
    GST_PCM,
    HZO_FEFET,
    IEDM19,
    INTEL_RRAM,
    SRAM_32NM,
    TAOX_HFOX,
    Cell,
)
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

    cell: Cell
    """How large a cell is and how much it holds."""

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


VARIATION = Sourced(
    0.06, "Gmax", "assumed: OpenCIMTC example configuration (6 % of Gmax, cut at 3 sigma)"
)
READ_NOISE = Sourced(
    0.01, "Gmax", "assumed: short-term read noise suggested by IBM aihwkit (1 % of Gmax, additive)"
)


def _iedm19(name: str, column: str, *, ohm: float, ratio: float, cell: Cell) -> Device:
    """Return the device of a column of Table 1, which gives neither variation nor noise."""
    source = f"{IEDM19}, {column}"
    return Device(
        name=f"{name}_iedm19",
        on_resistance_ohm=Sourced(ohm, "ohm", source),
        on_off_ratio=Sourced(ratio, "1", source),
        variation=VARIATION,
        read_noise=READ_NOISE,
        cell=cell,
    )


_CACTI = "CACTI 7, tech_params/32nm.dat, lstp"
# 1.99 * 1.0 V / 683.6 uA/um is 2911.06 ohm um. Access and pull-down transistor are in series, 1.31
# and 2.08 features of 32 nm wide: 2911.06 * (1 / 1.31 + 1 / 2.08) / 0.032 ohm.
SRAM = Device(
    name="sram_32nm",
    on_resistance_ohm=Sourced(
        113.179e3, "ohm", f"{_CACTI}: multiplier * Vdd / I_on_n over Wmemcella and Wmemcellnmos"
    ),
    # Off, the access transistor lets 20.6 pA/um * 1.31 * 0.032 um = 0.863552 pA through at 1.0 V.
    on_off_ratio=Sourced(1.02317e7, "1", f"{_CACTI}: Vdd / I_off_n over Wmemcella, over that"),
    variation=VARIATION,
    read_noise=READ_NOISE,
    cell=SRAM_32NM,
)
"""A cell of SRAM that draws current through its access transistor. Its table gives no numbers."""

PRESETS = (
    _iedm19("taox_hfox", "TaOx/HfOx (TsingHua)", ohm=100e3, ratio=10.0, cell=TAOX_HFOX),
    _iedm19("intel_rram", "RRAM (Intel)", ohm=6e3, ratio=17.0, cell=INTEL_RRAM),
    _iedm19("gst_pcm", "GST PCM (IBM)", ohm=40e3, ratio=12.5, cell=GST_PCM),
    _iedm19("hzo_fefet", "HZO FeFET (NotreDame)", ohm=500e3, ratio=100.0, cell=HZO_FEFET),
    _iedm19("ecram", "ECRAM (IBM)", ohm=500e6, ratio=40.0, cell=ECRAM),
    SRAM,
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
