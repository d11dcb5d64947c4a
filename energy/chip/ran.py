"""A network that ran on a chip, and what each block of the chip spent."""

from collections.abc import Mapping
from dataclasses import dataclass

from cosim.memories import Memory
from energy.chip.blocks import Blocks
from energy.chip.interconnect import Interconnect
from energy.replay.tile import TileActivity
from hw_spec.chip import ChipSpec
from network.compiled import Compiled

ANALOG = ("array", "converters", "row_inputs", "word_lines", "multiplexers")
DIGITAL = ("macro_gates", "pe_gates", "core_gates", "memories", "wires", "leakage")
CAUSES = (*ANALOG, *DIGITAL)
"""What energy is spent on. Leakage goes with time, all else with events."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ran:
    """A network that ran on a chip, with all that its energy depends on."""

    compiled: Compiled
    chip: ChipSpec
    """With the macro as it ran."""

    cycles: int
    """Cycles in which programs ran, of all images."""

    activity: TileActivity
    blocks: Blocks
    wires: Interconnect

    pe_memories: tuple[Memory, ...]
    """Memories of each PE."""

    core_memories: tuple[Memory, ...]

    @property
    def seconds(self) -> float:
        """Time in which programs ran."""
        return self.cycles * self.chip.clock_period_s.value


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A macro, the logic of a PE, or the core."""

    path: str

    layer: str | None
    """Operation of the network that it takes part in; None of what serves all or none."""

    work_j: Mapping[str, float]
    """What it spent in the operation that it takes part in, by cause; the core, in all cycles."""

    rest_j: Mapping[str, float]
    """What it spent in all other cycles, and its leakage over all, by cause."""

    host_j: float = 0.0
    """What it spent while the host loaded program, settings and images; no part of the rest."""

    @property
    def total_j(self) -> float:
        """All but what the host had it spend."""
        return sum(self.work_j.values()) + sum(self.rest_j.values())
