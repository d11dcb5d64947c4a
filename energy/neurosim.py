"""NeuroSim's conventions and published results, to set those of a run beside them."""

from collections.abc import Mapping
from dataclasses import dataclass

from hw_spec.sourced import Sourced

MANUAL = "3D+NeuroSim V1.0 manual, section 2, item 2"
PARAMETERS = "DNN+NeuroSim V1.4, Param.cpp"
IEDM19 = "DNN+NeuroSim, IEDM 2019, Table 1"

VGG8_MACS = 615_917_568
"""Multiply-accumulates of VGG-8 on a 32 x 32 x 3 image, padding counted: manual, Table II."""

OPERATIONS_PER_MAC = 1
"""Operations that the figures of `TABLE_1` count per multiply-accumulate: its columns agree with
this and not with 2."""

ACTIVITIES = {
    "register": Sourced(
        0.5, "1", f"{MANUAL}, gamma: switching of flip-flops in shift-adders and accumulators"
    ),
    "adder": Sourced(
        0.15, "1", f"{MANUAL}, delta: switching of adders in shift-adders and accumulators"
    ),
    "control": Sourced(0.05, "1", f"{MANUAL}, epsilon: switching of control circuits"),
    "bus input": Sourced(
        0.18, "1", f"{PARAMETERS}, inputtoggle: input bits on the interconnect, VGG-8 on CIFAR-10"
    ),
    "bus output": Sourced(0.5, "1", f"{PARAMETERS}, outputtoggle: output bits on the interconnect"),
}
"""Share of cycles in which a bit switches, where it is fixed rather than traced."""

CORRECTIONS = {
    "level shifter area": Sourced(1.44, "1", f"{MANUAL}, alpha: wires in level shifters"),
    "sensing time": Sourced(1.4, "1", f"{MANUAL}, beta: sensing cycle as the critical path"),
    "energy": Sourced(1.23, "1", f"{MANUAL}, zeta: increase of the energy after layout"),
}
"""Factors it was fitted with to the layout of one 40 nm RRAM macro. Nothing here is multiplied by
them."""


@dataclass(frozen=True)
class Beside:
    """One activity, fixed and measured."""

    name: str
    fixed: Sourced
    measured: float

    @property
    def ratio(self) -> float:
        """What was measured over what NeuroSim assumes."""
        return self.measured / self.fixed.value


def activity(*, toggles: int, bits: int, cycles: int) -> float:
    """Return the share of cycles in which a bit switched, from 0 to 1.

    Parameters
    ----------
    toggles : int
        Transitions of all bits together.
    bits : int
        Number of bits.
    cycles : int
        Cycles in which they could have switched.

    Raises
    ------
    ValueError
        If there are more transitions than bits and cycles allow.
    """
    most = bits * cycles
    if not 0 <= toggles <= most or not most:
        raise ValueError(f"Toggles must be between 0 and {most}, of 1 or more, not {toggles}")
    return toggles / most


def beside(measured: Mapping[str, float]) -> tuple[Beside, ...]:
    """Return measured activities beside the fixed ones, in the order of `ACTIVITIES`.

    Parameters
    ----------
    measured : mapping of str to float
        Activities by names of `ACTIVITIES`, each from 0 to 1. Those that were not measured are left
        out.

    Raises
    ------
    ValueError
        If a name is unknown, or a share is none.
    """
    for name, share in measured.items():
        if name not in ACTIVITIES:
            known = ", ".join(ACTIVITIES)
            raise ValueError(f"Activity {name!r} is unknown; known: {known}")
        if not 0 <= share <= 1:
            raise ValueError(f"Activity {name!r} must be between 0 and 1, not {share!r}")
    return tuple(
        Beside(name, fixed, measured[name])
        for name, fixed in ACTIVITIES.items()
        if name in measured
    )


@dataclass(frozen=True, kw_only=True)
class Published:
    """A column of the published table: VGG-8 with 8-bit weights and activations on CIFAR-10."""

    device: str
    node_nm: int
    adc_bits: int | None
    """Width of a code; None: rows are read one after the other."""

    cell_bits: int
    area_mm2: float
    utilisation: float
    latency_ms: float
    dynamic_uj: float
    leakage_mw: float
    tops_per_watt: float
    frames_per_second: float
    consistent: bool = True
    """Whether the efficiency follows from energy, leakage and latency, to 2 %."""

    @property
    def joules(self) -> float:
        """Energy of an inference: dynamic, and the leakage during it."""
        return self.dynamic_uj * 1e-6 + self.leakage_mw * 1e-3 * self.latency_ms * 1e-3


def _column(
    device: str, node_nm: int, adc_bits: int | None, cell_bits: int, *rest: float
) -> Published:
    area, used, latency, dynamic, leakage, efficiency, frames = rest
    return Published(
        device=device,
        node_nm=node_nm,
        adc_bits=adc_bits,
        cell_bits=cell_bits,
        area_mm2=area,
        utilisation=used,
        latency_ms=latency,
        dynamic_uj=dynamic,
        leakage_mw=leakage,
        tops_per_watt=efficiency,
        frames_per_second=frames,
        # At 7 nm the printed leakage is too small for the printed efficiency.
        consistent=node_nm != 7,
    )


TABLE_1 = (
    _column("SRAM", 7, None, 1, 4.65, 0.9929, 0.85, 13.25, 104.85, 3.95, 1171.15),
    _column("SRAM", 7, 4, 1, 4.28, 0.9929, 0.15, 10.63, 101.69, 14.95, 6875.94),
    _column("SRAM", 32, None, 1, 97.83, 0.9929, 1.61, 162.79, 1.41, 3.70, 619.53),
    _column("SRAM", 32, 4, 1, 87.47, 0.9929, 0.33, 76.82, 1.33, 7.92, 3001.13),
    _column("RRAM (Intel)", 32, 5, 2, 86.07, 0.9869, 19.92, 285.96, 0.22, 2.10, 50.16),
    _column("TaOx/HfOx (TsingHua)", 32, 5, 4, 20.45, 0.9705, 1.16, 32.17, 0.11, 18.97, 859.75),
    _column("GST PCM (IBM)", 32, 5, 4, 22.63, 0.9705, 2.65, 38.41, 0.11, 15.76, 378.03),
    _column("HZO FeFET (NotreDame)", 32, 5, 4, 19.71, 0.9705, 0.38, 27.69, 0.11, 22.17, 2617.24),
    _column("ECRAM (IBM)", 32, 5, 4, 19.71, 0.9705, 0.28, 28.57, 0.11, 21.51, 3623.67),
)
"""All columns of the table, each with the chip it was published for."""
