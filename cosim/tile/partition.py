"""A tile in parts: each macro, each PE without its macros, and the core, all in RTL one by one.

Everything that crosses a border between parts is known beforehand, from the exact network and the
cycles in closed form. Each part is given what comes in and must give what goes out, cycle by cycle,
so together they do what the whole tile does.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cosim.build import RUN_LIMIT_S, design
from cosim.engines import native
from cosim.native.recording import SinkOfPhase
from cosim.tile.arithmetic import MatrixTrace
from cosim.tile.cycles import network_cycles
from cosim.tile.inference import Conditions, StepRun, infer
from cosim.tile.memory import read_tensor, write_tensor
from cosim.tile.parts import build_part, pe_writes, replay_core, replay_pes
from cosim.tile.script import host_script
from cosim.tile.traffic import step_traffic
from hdl_gen.emit import CORE, PE_LOGIC
from hw_spec.chip import ChipSpec
from hw_spec.host import LOG_WORDS
from hw_spec.tile import TileSpec
from network.compiled import Compiled


@dataclass(frozen=True, kw_only=True, eq=False)
class PartitionedRun:
    """What a tile in parts did."""

    outputs: np.ndarray
    """Unsigned, shape (images, height, width, channels)."""

    run_cycles: np.ndarray
    """int64, shape (images,): cycles in which the program of each image ran."""

    log: np.ndarray
    """int64, shape (images, steps, LOG_WORDS): event counters of the core after each step."""

    toggles: dict[str, int]
    """Bit toggles of every register while programs ran, by its path in the whole tile."""


def run_partitioned(
    compiled: Compiled,
    chip: ChipSpec,
    images: np.ndarray,
    conditions: Conditions,
    *,
    work_dir: Path,
    build_dir: Path,
    threads: int = 1,
    limit_s: float = RUN_LIMIT_S,
) -> PartitionedRun:
    """Run images through the parts of a tile in RTL, one after the other.

    Parameters
    ----------
    compiled : Compiled
        Network.
    chip : ChipSpec
        Chip it was compiled for.
    images : ndarray of uint8, shape (images, height, width, channels)
        Inputs.
    conditions : Conditions
        What the analog side is like.
    work_dir : Path
        Where a macro that differs leaves its job.
    build_dir : Path
        Build folder.
    threads : int
        Macros that run at the same time; the result does not depend on it.
    limit_s : float
        Longest time, in seconds.

    Raises
    ------
    RuntimeError
        If a part does otherwise than predicted; tells the first difference of the part.
    TimeoutError
        If the time is over.
    """
    deadline_s = time.monotonic() + limit_s

    run_macro = native.prepared(compiled.tile.macro, work_dir, build_dir=build_dir, limit_s=limit_s)
    steps = infer(
        *(compiled, chip, images, conditions), run_macro=lambda step: run_macro, threads=threads
    )
    return replay_steps(compiled, images, steps, build_dir=build_dir, deadline_s=deadline_s)


def replay_steps(
    compiled: Compiled,
    images: np.ndarray,
    steps: Iterable[StepRun],
    *,
    build_dir: Path,
    deadline_s: float,
    sinks: Callable[[str], SinkOfPhase | None] = lambda path: None,
) -> PartitionedRun:
    """Run everything but the macros, given what these did.

    Parameters
    ----------
    compiled : Compiled
        Network.
    images : ndarray of uint8, shape (images, height, width, channels)
        Inputs.
    steps : iterable of StepRun
        From :func:`cosim.tile.inference.infer`, on whatever engine.
    build_dir : Path
        Build folder.
    deadline_s : float
        When to give up, on the monotonic clock.
    sinks : callable
        Told the path of the logic of a PE, or of the core, just before its replay, gives who takes
        its cycles. Each PE is told of once, the core last.
    """
    tile, cycles = compiled.tile, network_cycles(compiled)
    script = host_script(compiled, images)
    writes = pe_writes(compiled, script)
    logic = build_part(compiled, PE_LOGIC, build_dir=build_dir, deadline_s=deadline_s)
    core = build_part(compiled, CORE, build_dir=build_dir, deadline_s=deadline_s)
    memory = np.zeros((len(images), tile.table.activations), np.int64)
    write_tensor(memory, compiled.input, images)
    toggles = _resting(tile, logic.design.registers, design(tile.macro, build_dir).registers)
    traffics = []
    for run, took in zip(steps, cycles.steps, strict=True):
        for number, macro in run.macros.items():
            pe, n = divmod(number, tile.table.macros_per_pe)
            toggles |= _moved(f"tile.pe_{pe}.macro_{n}", macro.toggles)
        traffics.append(step_traffic(compiled, run))
        if isinstance(run.trace, MatrixTrace):
            done = replay_pes(
                *(logic, compiled, traffics[-1], run.trace),
                operation=took.operation,
                writes=writes,
                sinks=lambda pe: sinks(f"tile.pe_{pe}.logic"),
            )
            for pe, replayed in done.items():
                toggles |= _moved(f"tile.pe_{pe}.logic", replayed.toggles)
        write_tensor(memory, run.step.output, run.output)
    outputs = read_tensor(memory, compiled.output)
    replayed = replay_core(
        *(core, compiled, script, cycles, traffics, outputs.ravel()), sinks=sinks("tile.core")
    )
    return PartitionedRun(
        outputs=outputs,
        run_cycles=np.full(len(images), cycles.cycles),
        log=replayed.probes[0].astype(np.int64).reshape(len(images), -1, LOG_WORDS),
        toggles=toggles | _moved("tile.core", replayed.toggles),
    )


def _resting(tile: TileSpec, logic: Iterable[str], macro: Iterable[str]) -> dict[str, int]:
    """Return the toggles of all PEs if none took part: their registers hold all the time."""
    toggles: dict[str, int] = {}
    for pe in range(tile.table.pes):
        toggles |= _moved(f"tile.pe_{pe}.logic", dict.fromkeys(logic, 0))
        for n in range(tile.table.macros_per_pe):
            toggles |= _moved(f"tile.pe_{pe}.macro_{n}", dict.fromkeys(macro, 0))
    return toggles


def _moved(path: str, toggles: Mapping[str, int]) -> dict[str, int]:
    """Return toggles of the registers of a part by their path in the tile, where the part is."""
    return {f"{path}.{name.partition('.')[2]}": count for name, count in toggles.items()}
