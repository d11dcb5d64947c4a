"""Puts together what came out of running a network."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cosim.tile.cycles import network_cycles
from cosim.tile.events import measured_events
from cosim.tile.fingerprint import Fingerprint, fingerprint
from cosim.tile.inference import StepRun
from network import integer
from network.compiled import Step
from network.integer import INPUT, IntegerNetwork
from ohmloop.network_blocks import core_blocks, of_step, pe_blocks
from ohmloop.network_case import Prepared
from ohmloop.network_energy import Macros, step_analog, together
from ohmloop.network_plan import plan
from ohmloop.network_result import NetworkResult, StepResult, chip_hash, outputs_hash


@dataclass(frozen=True, kw_only=True, eq=False)
class Left:
    """What the operations of a network left."""

    tensors: dict[str, np.ndarray]
    """What each step computed; unsigned, shape (images, height, width, channels)."""

    fingerprints: dict[str, Fingerprint]
    """Hashes of what each step left."""

    macros: dict[str, Macros]
    """What the macros of each step did."""

    def watch(self, steps: Iterable[StepRun]) -> Iterator[StepRun]:
        """Pass steps on, and keep what they leave."""
        for run in steps:
            self.tensors[run.step.name] = run.output
            self.fingerprints[run.step.name] = fingerprint(run)
            self.macros[run.step.name] = together(run.macros.values())
            yield run


@dataclass(frozen=True, kw_only=True, eq=False)
class TileRun:
    """What is known of the tile around the operations; None where it is not."""

    toggles: dict[str, int] | None = None
    """Register bit toggles by the paths of the registers."""

    outputs: np.ndarray | None = None
    """Unsigned, shape (images, height, width, channels)."""

    run_cycles: np.ndarray | None = None
    """int64, shape (images,): cycles in which the program ran."""

    log: np.ndarray | None = None
    """int64, shape (images, steps, LOG_WORDS): event counters after each step."""

    simulated_cycles: int | None = None
    """All cycles that were simulated, those of the host included."""


def join(parts: Sequence[Left]) -> Left:
    """Return what steps left that ran on some images at a time."""
    names = parts[0].tensors
    return Left(
        tensors={name: np.concatenate([part.tensors[name] for part in parts]) for name in names},
        fingerprints={
            name: Fingerprint(
                outputs="".join(part.fingerprints[name].outputs for part in parts),
                vectors="",
                macros={},
            )
            for name in names
        },
        macros={name: together(part.macros[name] for part in parts) for name in names},
    )


def collect(
    prepared: Prepared,
    left: Left,
    tile: TileRun,
    *,
    rtl_hash: str | None,
    build_s: float,
    wall_s: float,
) -> NetworkResult:
    """Put together what came out of a run.

    Parameters
    ----------
    prepared : Prepared
        What was run.
    left : Left
        What its operations left.
    tile : TileRun
        What is known of the rest.
    rtl_hash : str or None
        Hash of the Verilog of the tile, if it ran.
    build_s, wall_s : float
        Wall time of builds and of the rest, in seconds.

    Raises
    ------
    RuntimeError
        If the tile gave other outputs than its operations one by one.
    """
    network = prepared.network
    outputs = _tensor(network, network.output, {INPUT: prepared.images, **left.tensors})
    if tile.outputs is not None and not np.array_equal(tile.outputs, outputs):
        wrong = int(np.argwhere(tile.outputs != outputs)[0, 0])
        raise RuntimeError(
            f"RTL of the tile must give the outputs of its operations, but differs in image {wrong}"
        )
    exact = integer.outputs(network, prepared.images)
    labels, floats = integer.classify(outputs), prepared.float_labels
    cycles = network_cycles(prepared.compiled).cycles
    return NetworkResult(
        prepared=prepared,
        labels=labels,
        accuracy=_share(labels, prepared.labels),
        integer_accuracy=_share(integer.classify(exact), prepared.labels),
        float_accuracy=None if floats is None else _share(floats, prepared.labels),
        wrong_outputs=int((outputs != exact).sum()),
        outputs_hash=outputs_hash(outputs),
        steps=_steps(prepared, left, tile),
        predicted_cycles=cycles,
        run_cycles=tile.run_cycles,
        toggles=None if tile.toggles is None else sum(tile.toggles.values()),
        core_toggles=None if tile.toggles is None else core_blocks(tile.toggles),
        rtl_hash=rtl_hash,
        chip_hash=chip_hash(prepared.chip),
        build_s=build_s,
        wall_s=wall_s,
        simulated_cycles=tile.simulated_cycles or cycles * len(prepared.images),
    )


def _steps(prepared: Prepared, left: Left, tile: TileRun) -> tuple[StepResult, ...]:
    units = _by_unit(tile)
    blocks = None if tile.toggles is None else pe_blocks(tile.toggles)

    def toggles(step: Step, part: str) -> int | None:
        return None if units is None else sum(units[f"pe_{pe}", part] for pe in step.pes)

    plans = plan(prepared.compiled, prepared.network, prepared.addresses)
    measured = [None] * len(plans) if tile.log is None else measured_events(tile.log)
    return tuple(
        StepResult(
            **vars(planned),
            measured=events,
            macro_toggles=toggles(step, "macro"),
            logic_toggles=toggles(step, "logic"),
            block_toggles=None if blocks is None else of_step(blocks, step),
            analog=step_analog(prepared, step, left.macros[step.name], tile.toggles),
            code_counts=left.macros[step.name].code_counts,
            fingerprint=left.fingerprints[step.name],
        )
        for step, planned, events in zip(prepared.compiled.steps, plans, measured, strict=True)
    )


def _tensor(network: IntegerNetwork, name: str, tensors: dict[str, np.ndarray]) -> np.ndarray:
    """Return a tensor; no step computes a concatenation, whose sources lie where they belong."""
    if name in tensors:
        return tensors[name]
    sources = next(one.sources for one in network.operations if one.name == name)
    return np.concatenate([_tensor(network, source, tensors) for source in sources], axis=3)


def _by_unit(tile: TileRun) -> Counter[tuple[str, str]] | None:
    """Return toggles by the PE or core, and by ``macro`` or ``logic`` within a PE."""
    if tile.toggles is None:
        return None
    counts: Counter[tuple[str, str]] = Counter()
    for path, toggles in tile.toggles.items():
        _, unit, part, *_ = path.split(".")
        counts[unit, part.partition("_")[0] if unit != "core" else ""] += toggles
    return counts


def _share(labels: np.ndarray, right: np.ndarray) -> float:
    return float((labels == right).mean())
