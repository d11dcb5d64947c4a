"""Runs a whole layer of random numbers on a farm of macros, and reports it."""

import contextlib
import math
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from cosim.build import design
from cosim.cluster import SLURM
from cosim.engines import ENGINES
from cosim.farm import Finished, run_farm
from cosim.job import MacroRun
from cosim.layer import LayerMacro, save_layer
from hw_spec.chip import ChipSpec
from hw_spec.timing import layer_cycles
from network.split import Split
from ohmloop.benches import Workload
from ohmloop.progress import follow
from ohmloop.report import build_report
from ohmloop.sim import Case


@dataclass(frozen=True, kw_only=True)
class Farm:
    """Where the macros of a layer are run."""

    engine_name: str
    build_dir: Path
    workers: int
    cluster: str | None
    limit_s: float


@dataclass(frozen=True, kw_only=True)
class LayerRun:
    """A layer that was run, all its macros together."""

    case: Case
    """The layer as a case: psums summed over row blocks, energy over all macros."""

    split: Split

    macro_cycles: frozenset[int]
    """Cycles a macro took, as far as macros differ in them; they must not."""

    kept: int
    """Macros whose results were there before."""

    simulated_cycles: int
    """Cycles of the macros that were simulated now."""


def random_layer(split: Split, vectors: int, seed: int) -> Workload:
    """Return random weights that fill a layer, and random input vectors.

    The lowest weight is left out, because pairs of cells cannot hold it.
    """
    spec, rng = split.spec, np.random.Generator(np.random.Philox(seed))
    half = 2 ** (spec.weight_bits - 1)
    return Workload(
        layer=f"random, {split.inputs} x {split.outputs}",
        weights=rng.integers(1 - half, half, (split.inputs, split.outputs), dtype=np.int16),
        inputs=rng.integers(0, 2**spec.input_bits, (vectors, split.inputs), dtype=np.uint16),
    )


def run_layer(
    chip: ChipSpec,
    work: Workload,
    farm: Farm,
    *,
    ideal: bool,
    seed: int,
    run_dir: Path,
    console: Console,
) -> LayerRun:
    """Run a layer, macro by macro, and put its results together.

    Raises
    ------
    Exception
        What :func:`cosim.farm.run_farm` raises.
    """
    split = Split(chip.macro, *work.weights.shape)
    weights, inputs = save_layer(run_dir, work.weights, work.inputs)
    sources = (
        LayerMacro(chip=chip, ideal=ideal, seed=seed, weights=weights, inputs=inputs, macro=macro)
        for macro in range(split.macros)
    )
    start = time.perf_counter()
    with console.status("building") if console.is_terminal else contextlib.nullcontext():
        ENGINES[farm.engine_name].build(chip.macro, farm.build_dir, waves=False)
    rtl = design(chip.macro, farm.build_dir)
    build_s = time.perf_counter() - start
    start = time.perf_counter()
    with (
        run_farm(sources, run_dir / "macros", **vars(farm)) as results,
        contextlib.closing(follow(results, split.macros, console)) as finished,
    ):
        run, macro_cycles, kept, simulated_cycles = _collect(finished, split, len(work.inputs))
    case = Case(
        chip=chip,
        ideal=ideal,
        workload=work,
        run=run,
        rtl_hash=rtl.rtl_hash,
        flip_flops=sum(rtl.registers.values()) * split.macros,
        wall_s=time.perf_counter() - start,
        build_s=build_s,
        waves=None,
    )
    return LayerRun(
        case=case,
        split=split,
        macro_cycles=macro_cycles,
        kept=kept,
        simulated_cycles=simulated_cycles,
    )


def _collect(
    results: Iterable[Finished], split: Split, vectors: int
) -> tuple[MacroRun, frozenset[int], int, int]:
    """Return the layer as one run, the cycles macros took, macros kept and cycles simulated.

    Sums do not depend on the order: they are of integers, or rounded once.
    """
    sums = np.zeros((vectors, split.outputs), dtype=np.int64)
    done_cycles = np.zeros(vectors, dtype=np.int64)
    code_counts = np.zeros(2**split.spec.adc.bits, dtype=np.int64)
    macro_cycles, array_j, toggles = set(), [], Counter[str]()
    conversions = kept = simulated_cycles = 0
    for finished in results:
        run = finished.run
        split.add(sums, run.psums, finished.macro)
        done_cycles = np.maximum(done_cycles, run.done_cycles)
        macro_cycles.add(run.cycles)
        conversions += run.conversions
        code_counts += run.code_counts
        array_j.append(run.array_j)
        toggles.update(run.toggles)
        kept += finished.kept
        simulated_cycles += 0 if finished.kept else run.cycles
    layer = MacroRun(
        psums=sums,
        done_cycles=done_cycles,
        conversions=conversions,
        code_counts=code_counts,
        array_j=math.fsum(array_j),
        toggles=dict(toggles),
    )
    return layer, frozenset(macro_cycles), kept, simulated_cycles


def layer_report(run: LayerRun, farm: Farm, *, seed: int) -> dict[str, Any]:
    """Return the report of a layer: that of a bench with one case, and what only a farm has."""
    case, split = run.case, run.split
    report = build_report(
        "layer",
        [case],
        engine=farm.engine_name,
        seed=seed,
        build_dir=farm.build_dir,
        wall_s=case.wall_s,
    )
    predicted = layer_cycles(case.chip.macro, len(case.workload.inputs))
    check = {
        "name": "every macro takes the predicted cycles",
        "passed": run.macro_cycles == {predicted},
        "detail": f"measured {sorted(run.macro_cycles)}, predicted {predicted}",
    }
    (only,) = report["runs"]
    only["checks"].append(check)
    only["macros"] = {
        "count": split.macros,
        "row_blocks": split.row_blocks,
        "column_blocks": split.column_blocks,
        "kept": run.kept,
    }
    # None rather than a speed if nothing was simulated.
    only["cycles_per_s"] = run.simulated_cycles / case.wall_s if run.simulated_cycles else None
    # A cluster with an address brings its own workers.
    own = farm.cluster is None or farm.cluster == SLURM
    where = {"workers": farm.workers if own else None, "cluster": farm.cluster}
    return {**report, **where, "passed": report["passed"] and check["passed"]}
