"""Parts of a tile, each turned through its replay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cosim.build import Design, tile_design
from cosim.native.build import native_library
from cosim.native.recording import SinkOfPhase
from cosim.native.replay import Replayed, run_replay
from cosim.tile.arithmetic import MatrixTrace
from cosim.tile.core_replay import core_replay
from cosim.tile.cycles import NetworkCycles
from cosim.tile.host_replay import host_times
from cosim.tile.pe_frame import PeFrame, bus_feeds
from cosim.tile.pe_replay import pe_replay
from cosim.tile.pe_sums import pe_sums
from cosim.tile.traffic import Traffic
from hdl_gen.emit import CORE
from hw_spec.host import Region, pe_index_bits
from network.compiled import Compiled, Step


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a tile, ready to run."""

    design: Design
    library: Path
    deadline_s: float
    """When to give up, on the monotonic clock."""


def build_part(compiled: Compiled, top: str, *, build_dir: Path, deadline_s: float) -> Part:
    """Return a part of the tile of a network; see :func:`cosim.build.tile_design`."""
    design = tile_design(compiled.tile, build_dir, top)
    return Part(design=design, library=native_library(design, build_dir), deadline_s=deadline_s)


def pe_writes(compiled: Compiled, script: np.ndarray) -> list[np.ndarray]:
    """Return what the host writes to each PE in use.

    Parameters
    ----------
    compiled : Compiled
        Network.
    script : ndarray of uint32, shape (actions, 4)
        From :func:`cosim.tile.script.host_script`.

    Returns
    -------
    list of ndarray of uint32, shape (writes, 2)
        Index within the words of the PE, and data.
    """
    bits = pe_index_bits(compiled.tile)
    rows = script[script[:, 1] == Region.PES]
    numbers = rows[:, 2] >> bits
    writes = np.column_stack([rows[:, 2] & (2**bits - 1), rows[:, 3]])
    return [writes[numbers == number] for number in range(len(compiled.pes))]


def replay_pes(
    part: Part,
    compiled: Compiled,
    traffic: Traffic,
    trace: MatrixTrace,
    *,
    operation: int,
    writes: Sequence[np.ndarray],
    sinks: Callable[[int], SinkOfPhase | None] = lambda number: None,
) -> dict[int, Replayed]:
    """Run the logic of all PEs of a MATRIX operation; raises what :func:`run_replay` raises.

    Parameters
    ----------
    part : Part
        Logic of a PE.
    compiled : Compiled
        Network.
    traffic : Traffic
        What core and PEs exchange.
    trace : MatrixTrace
        What moves within the PEs.
    operation : int
        Cycles of the operation.
    writes : sequence of ndarray
        From :func:`pe_writes`.
    sinks : callable
        Told the number of a PE, gives who takes its cycles.

    Returns
    -------
    dict of int to Replayed
        By the number of the PE.
    """
    step = traffic.step
    setup = max(len(writes[number]) for number in step.pes)
    frame = PeFrame(traffic=traffic, operation=operation, setup=setup)
    bus, sums = bus_feeds(frame), pe_sums(compiled, step, trace)
    done = {}
    for number in step.pes:

        def where(cycle: int, number: int = number) -> str:
            image, place = divmod(cycle - setup, operation + 1)
            return _place(cycle, f"PE {number}", None if image < 0 else (place, step, image))

        replay = pe_replay(compiled, frame, bus, sums, number, writes[number])
        done[number] = run_replay(
            *(part.library, part.design, replay),
            where=where,
            deadline_s=part.deadline_s,
            sinks=sinks(number),
        )
    return done


def replay_core(
    part: Part,
    compiled: Compiled,
    script: np.ndarray,
    cycles: NetworkCycles,
    traffics: Sequence[Traffic],
    outputs: np.ndarray,
    *,
    sinks: SinkOfPhase | None = None,
) -> Replayed:
    """Run the core; raises what :func:`run_replay` raises.

    Parameters
    ----------
    part : Part
        Core.
    compiled : Compiled
        Network.
    script : ndarray of uint32, shape (actions, 4)
        From :func:`cosim.tile.script.host_script`.
    cycles : NetworkCycles
        Of its program.
    traffics : sequence of Traffic
        What core and PEs exchange, step by step.
    outputs : ndarray of int, shape (values,)
        What the host must read of the activation memory.
    sinks : tuple of Sink or None
        Who takes its cycles.

    Returns
    -------
    Replayed
        Its only probe is what the host reads of the log.
    """
    host = host_times(script, cycles.cycles)

    def where(cycle: int) -> str:
        image = int(np.searchsorted(host.origins, cycle, side="right")) - 1
        since = cycle - int(host.origins[max(image, 0)])
        for step, took in zip(compiled.steps, cycles.steps, strict=True):
            if took.started <= since < took.started + took.operation:
                return _place(cycle, CORE, (since - took.started, step, image))
        return _place(cycle, CORE, None)

    return run_replay(
        part.library,
        part.design,
        core_replay(compiled.tile, host, cycles, traffics, outputs),
        where=where,
        deadline_s=part.deadline_s,
        sinks=sinks,
    )


def _place(cycle: int, part: str, operation: tuple[int, Step, int] | None) -> str:
    """Name a cycle of a part, by cycle, step and image of the operation that runs, if one does."""
    if operation is None:
        return f"cycle {cycle} after the reset, {part}"
    since, step, image = operation
    return f"cycle {since} of layer '{step.name}' of image {image}, {part}"
