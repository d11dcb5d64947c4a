"""What every net of a tile in parts did: macros, logic of processing elements, core."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cosim.build import Design
from cosim.memories import memories
from cosim.native.build import native_library
from cosim.native.library import recorded_places
from cosim.native.recording import Phase, SinkOfPhase
from energy.netlist.memories import READ_DATA, port
from energy.netlist.netlist import Activity, Netlist
from energy.replay.accesses import Accesses, accesses
from energy.replay.compiled import CompiledReplay


@dataclass(frozen=True, eq=False)
class PartActivity:
    """What a part of a tile did while the host was at work, while it ran, and while it rested."""

    phases: tuple[Activity, ...]
    """By :class:`cosim.native.recording.Phase`."""

    accesses: Mapping[str, tuple[Accesses, ...]]
    """By the path of each memory, and phase."""


class Recorded(NamedTuple):
    """A design, what records it, and its netlist."""

    design: Design
    netlist: Netlist
    first: Mapping[str, int]
    """Recorded row of the lowest bit of every register, input, and word read of a memory."""


def recorded(design: Design, netlist: Netlist, build_dir: Path) -> Recorded:
    """Return a design with its netlist and where its native library records what.

    Raises
    ------
    ValueError
        If the netlist is of another design.
    """
    if netlist.rtl_hash != design.rtl_hash:
        raise ValueError(
            f"Netlist must be mapped from the {design.top} of the tile, {design.rtl_hash[:16]}, "
            f"not from {netlist.rtl_hash[:16]}"
        )
    reads = [port(memory, READ_DATA) for memory in memories(design)]
    names = [*design.registers, *design.inputs, *reads]
    places = recorded_places(native_library(design, build_dir), names)
    return Recorded(design, netlist, places.first)


class PhaseReplays(NamedTuple):
    """Replays of one part, one for each phase, and how to read them."""

    sinks: SinkOfPhase
    read: Callable[[], PartActivity]
    """Raises RuntimeError if the netlist does otherwise than the part."""


def phase_replays(part: Recorded, build_dir: Path) -> PhaseReplays:
    """Return what replays the netlist of a part, phase by phase."""
    replays = [CompiledReplay(part.netlist, part.first, build_dir) for _ in Phase]
    loaded, running, resting = (replay.sink for replay in replays)

    def read() -> PartActivity:
        phases = tuple(replay.activity() for replay in replays)
        found = {
            memory.path: tuple(accesses(memory, part.netlist, one) for one in phases)
            for memory in memories(part.design)
        }
        return PartActivity(phases, found)

    return PhaseReplays((loaded, running, resting), read)
