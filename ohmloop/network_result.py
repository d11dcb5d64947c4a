"""What came out of running a network on a chip."""

import hashlib
from dataclasses import dataclass

import numpy as np

from cosim.tile.events import Events
from cosim.tile.fingerprint import Fingerprint
from energy.analog_macro import AnalogEnergy
from hw_spec.chip import ChipSpec
from ohmloop.network_case import Prepared
from ohmloop.network_plan import StepPlan


@dataclass(frozen=True, kw_only=True)
class StepResult(StepPlan):
    """One operation of the program after its run."""

    measured: Events | None
    """What the event counters of the RTL counted; None if none was there."""

    macro_toggles: int | None
    """Register bit toggles of its macros, of all images; None if nothing counted them."""

    logic_toggles: int | None
    """Those of the logic of its PEs beside their macros; None if nothing counted them."""

    block_toggles: dict[str, int] | None
    """Those of all registers of its PEs, by :data:`energy.blocks.FIXED`; None if not counted."""

    analog: AnalogEnergy | None
    """Energy of the analog side of its macros, of all images; None without macros, or if nothing
    counted what they did."""

    code_counts: tuple[int, ...] | None
    """How often its converters gave each code, in all images; None without macros."""

    fingerprint: Fingerprint
    """Hashes of its output and its psums."""

    @property
    def toggles(self) -> int | None:
        """Register bit toggles of its PEs, of all images; None if nothing counted them."""
        if self.macro_toggles is None or self.logic_toggles is None:
            return None
        return self.macro_toggles + self.logic_toggles


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkResult:
    """A network that was run."""

    prepared: Prepared
    """What was run."""

    labels: np.ndarray
    """int64, shape (images,): what the chip sees."""

    accuracy: float
    """Share of the images whose label the chip gives."""

    integer_accuracy: float
    float_accuracy: float | None
    """None if the network is known in integers only."""

    wrong_outputs: int
    """Activations of the output that differ from those of the integer network."""

    outputs_hash: str
    """SHA-256 of the output of all images."""

    steps: tuple[StepResult, ...]
    predicted_cycles: int
    """Of the program, for one image."""

    run_cycles: np.ndarray | None
    """int64, shape (images,): cycles in which the program ran; None if no RTL ran it."""

    toggles: int | None
    """Register bit toggles of the tile, of all images; None if nothing counted them."""

    core_toggles: dict[str, int] | None
    """Those of the core, by :data:`energy.blocks.CORE_BLOCKS`; None if nothing counted them."""

    rtl_hash: str | None
    """SHA-256 of the Verilog of the tile; None if it did not run."""

    chip_hash: str
    """SHA-256 of the description of the chip as simulated."""

    build_s: float
    """Wall time of builds, in seconds."""

    wall_s: float
    """Wall time of the rest, in seconds."""

    simulated_cycles: int
    """Cycles of the tile, of all images."""

    @property
    def cycles_per_s(self) -> float:
        """Simulated cycles of the tile per second of wall time."""
        return self.simulated_cycles / self.wall_s


def outputs_hash(outputs: np.ndarray) -> str:
    """Return the SHA-256 of an output, whatever its integer type."""
    return hashlib.sha256(np.ascontiguousarray(outputs, dtype=np.uint8).tobytes()).hexdigest()


def chip_hash(chip: ChipSpec) -> str:
    """Return the SHA-256 of the description of a chip."""
    return hashlib.sha256(chip.model_dump_json().encode()).hexdigest()
