"""A network run once, and what its energy would be by each way to save its traces."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cosim.tile.arithmetic import MatrixTrace
from cosim.tile.toggles.tile import TileToggles
from energy.blocks import ROW_DRIVE, Work, updates
from energy.traces import (
    AVERAGE,
    HALF,
    LEVELS,
    PSEUDO,
    REAL,
    Held,
    Shares,
    array_energy_j,
    input_share,
    joules,
    register_toggles,
    weight_shares,
)
from network import place
from network.compiled import Compiled, Step
from ohmloop import network_modes
from ohmloop.compare.widths import block_bits
from ohmloop.network_case import Prepared
from ohmloop.network_collect import Left, TileRun, collect
from ohmloop.network_result import NetworkResult, StepResult


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is kept of the traces of a layer."""

    held: Mapping[Held, int]
    """How many macros hold so much of it."""

    shares: dict[str, Shares]
    """By the way that keeps them."""


@dataclass(frozen=True, kw_only=True)
class LayerTraces:
    """A layer with macros, of all images."""

    name: str
    shares: dict[str, Shares]
    joules: dict[str, dict[str, float]]
    """By way, then by what takes it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TraceRun:
    """A network by each way."""

    result: NetworkResult
    layers: tuple[LayerTraces, ...]
    seconds: dict[str, float]
    """Wall time of each way: of the run itself, of reading its traces once, of nothing but sums."""


def trace_run(work: network_modes.Work) -> TraceRun:
    """Run a prepared case, and estimate its energy from shares as well.

    Raises
    ------
    RuntimeError, TimeoutError
        As the run does.
    """
    prepared, left = work.prepared, Left(tensors={}, fingerprints={}, macros={})
    toggles = TileToggles(prepared.compiled, len(prepared.images))
    start, read_s = time.perf_counter(), 0.0
    kept: dict[str, Kept] = {}
    for run in left.watch(network_modes.run_steps(work)):
        toggles.take(run)
        began = time.perf_counter()
        if isinstance(run.trace, MatrixTrace):
            kept[run.step.name] = keep(prepared.compiled, run.step, run.trace)
        read_s += time.perf_counter() - began
    tile = TileRun(toggles=toggles.toggles())
    real_s = time.perf_counter() - start - read_s
    result = collect(prepared, left, tile, rtl_hash=None, build_s=0.0, wall_s=real_s)
    steps = [step for step in result.steps if step.name in kept]
    bits = block_bits(prepared.compiled.tile, work.build_dir)
    layers, estimate_s = _layers(prepared, steps, kept, bits)
    seconds = {REAL: real_s, **dict.fromkeys((PSEUDO, LEVELS), read_s + estimate_s)}
    return TraceRun(result=result, layers=layers, seconds=seconds | {AVERAGE: estimate_s})


def keep(compiled: Compiled, step: Step, trace: MatrixTrace) -> Kept:
    """Read the traces of a layer once."""
    spec = compiled.tile.macro
    held: Counter[Held] = Counter()
    cells, blocks = [], {}
    for number in step.pes:
        pe = compiled.pes[number]
        columns = len(pe.columns) * spec.slices
        for macro, rows in enumerate(pe.rows):
            held[Held(len(rows), columns)] += 1
            blocks[pe.first_block + macro] = len(rows)
            if pe.copy == 0:  # copies hold the same
                levels = place.levels(compiled.weights(number, macro), spec)
                lines = levels.reshape(spec.rows, -1, spec.columns)
                cells.append(lines[: len(rows), :, :columns])
    inputs = input_share(
        trace.words,
        used=sum(blocks.values()),
        rows=len(blocks) * compiled.tile.word,
        input_bits=spec.input_bits,
    )
    nonzero, mean = weight_shares(cells, spec)
    shares = {
        PSEUDO: Shares(inputs, nonzero),
        LEVELS: Shares(inputs, mean),
        AVERAGE: Shares(HALF.value, HALF.value),
    }
    return Kept(held=held, shares=shares)


def _layers(
    prepared: Prepared,
    steps: list[StepResult],
    kept: Mapping[str, Kept],
    bits: Callable[[int, int], Mapping[str, int]],
) -> tuple[tuple[LayerTraces, ...], float]:
    """Return the layers by each way, and the wall time that all estimates of one way take."""
    layers = []
    images, ways, spent_s = len(prepared.images), (PSEUDO, LEVELS, AVERAGE), 0.0
    for step in steps:
        one, found = kept[step.name], {REAL: _real(prepared, step)}
        written = updates(prepared.compiled.tile, work_of(step), bits(step.macros, step.pes))
        written = {block: images * count for block, count in written.items()}
        began = time.perf_counter()
        for way in ways:
            found[way] = _estimate(prepared, step, one, one.shares[way], written)
        spent_s += (time.perf_counter() - began) / len(ways)
        layers.append(LayerTraces(name=step.name, shares=one.shares, joules=found))
    return tuple(layers), spent_s


def work_of(step: StepResult) -> Work:
    """Return what a step has its PEs do for one image."""
    return Work(
        macros=step.macros,
        pes=step.pes,
        chains=step.chains,
        vectors=step.vectors,
        window=step.window,
        cycles=step.predicted.cycles,
    )


def _real(prepared: Prepared, step: StepResult) -> dict[str, float]:
    assert step.analog is not None
    assert step.block_toggles is not None
    found = joules(
        step.analog,
        array_j=step.analog.array_j,
        row_drives=step.block_toggles[ROW_DRIVE],
        registers=sum(step.block_toggles.values()),
        chip=prepared.chip,
    )
    return found


def _estimate(
    prepared: Prepared, step: StepResult, kept: Kept, shares: Shares, written: Mapping[str, int]
) -> dict[str, float]:
    assert step.analog is not None
    chip, vectors = prepared.chip, step.vectors * len(prepared.images)
    moved = register_toggles(chip.macro, kept.held, vectors=vectors, shares=shares, updates=written)
    return joules(
        step.analog,
        array_j=array_energy_j(chip, kept.held, vectors=vectors, shares=shares),
        row_drives=moved[ROW_DRIVE],
        registers=sum(moved.values()),
        chip=chip,
    )
