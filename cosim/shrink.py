"""Makes a job smaller for as long as something holds of it."""

import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cosim.job import MacroJob, Pauses
from hw_spec.macro import MacroSpec

MEMBERS = (
    "encoding",
    "beat_rows",
    "rows",
    "columns",
    "columns_per_adc",
    "input_bits",
    "parallel_rows",
    "cell_bits",
    "weight_bits",
    "reference_level",
)
ADC_MEMBERS = ("kind", "conversion_cycles", "bits", "step", "zero_code")
"""Members of a macro and its converter in the order in which they are made smaller."""

PLAIN = {"encoding": "offset", "beat_rows": None, "kind": "flash"}
"""What counts as smaller than any other value of a member that is no number."""


def shrink(job: MacroJob, holds: Callable[[MacroJob], bool], *, limit_s: float) -> MacroJob:
    """Return a smaller job of which ``holds`` is true, as it is of ``job``.

    First with the same chip: fewer vectors, no pauses, ideal cells, inputs and levels towards zero;
    then with smaller chips, and once more. Ends when nothing smaller holds, or after ``limit_s``
    seconds and the trial under way.
    """
    end = time.monotonic() + limit_s

    def in_time(trial: MacroJob) -> bool:
        return time.monotonic() < end and holds(trial)

    before = None
    while before is not job:
        before = job
        job = _smaller_data(job, in_time)
        job = _smaller_chip(job, in_time)
    return job


def _smaller_data(job: MacroJob, holds: Callable[[MacroJob], bool]) -> MacroJob:
    before = None
    while before is not job:
        before = job
        job = _fewer_vectors(job, holds)
        job = next(filter(holds, _plainer(job)), job)
        for name in ("inputs", "levels"):
            job = _lower_values(job, name, holds)
    return job


def _plainer(job: MacroJob) -> Iterator[MacroJob]:
    """Yield the job with one setting at its plainest."""
    changes: tuple[dict[str, Any], ...] = (
        {"pauses": Pauses()},
        {"pauses": dataclasses.replace(job.pauses, inputs=0.0)},
        {"pauses": dataclasses.replace(job.pauses, psums=0.0)},
        {"ideal": True},
        {"read_noise": False},
        {"first_block": 0},
        {"macro": 0},
        {"seed": 0},
    )
    for change in changes:
        if any(getattr(job, name) != value for name, value in change.items()):
            yield dataclasses.replace(job, **change)


def _fewer_vectors(job: MacroJob, holds: Callable[[MacroJob], bool]) -> MacroJob:
    """Leave out vectors, half of them at once at first."""
    size = len(job.inputs) // 2
    while size:
        start = 0
        while start < len(job.inputs) > size:
            left = np.delete(job.inputs, slice(start, start + size), axis=0)
            trial = dataclasses.replace(job, inputs=left)
            if holds(trial):
                job = trial
            else:
                start += size
        size //= 2
    return job


def _lower_values(job: MacroJob, name: str, holds: Callable[[MacroJob], bool]) -> MacroJob:
    """Lower the values of an array, all of them at once at first."""
    size = getattr(job, name).size
    while size:
        for start in range(0, getattr(job, name).size, size):
            block = getattr(job, name).flat[start : start + size]
            for lower in (
                np.zeros_like(block),
                np.minimum(block, 1),
                block // 2,
                block - (block > 0),
            ):
                if np.array_equal(lower, block):
                    break
                array = getattr(job, name).copy()
                array.flat[start : start + size] = lower
                trial = dataclasses.replace(job, **{name: array})
                if holds(trial):
                    job = trial
                    break
        size //= 2
    return job


def _smaller_chip(job: MacroJob, holds: Callable[[MacroJob], bool]) -> MacroJob:
    before = None
    while before is not job:
        before = job
        for name in (*MEMBERS, *ADC_MEMBERS):
            macros = _smaller_macros(job.chip.macro, name)
            trials = (trial for macro in macros for trial in _on_macro(job, macro))
            job = next(filter(holds, trials), job)
    return job


def _smaller_macros(spec: MacroSpec, name: str) -> Iterator[MacroSpec]:
    """Yield macros with a smaller value of one member, the smallest first."""
    now = getattr(spec if name in MEMBERS else spec.adc, name)
    if name in PLAIN:
        values = [PLAIN[name]]
    else:
        values = sorted(value for value in {0, 1, 2, now // 2, now - 1} if value < now)
    for value in values:
        tree = spec.model_dump()
        (tree if name in MEMBERS else tree["adc"])[name] = value
        try:
            macro = MacroSpec.model_validate(_fitted(tree, spec))
        except ValueError:  # smaller than the member may be
            continue
        if macro != spec:  # it may have been fitted to what it was
            yield macro


def _fitted(tree: dict[str, Any], spec: MacroSpec) -> dict[str, Any]:
    """Return the members of a macro, the dependent ones within their limits."""
    adc = tree["adc"]
    digit_bits = tree["weight_bits"] - (tree["encoding"] == "differential")
    slices = max(1, -(-digit_bits // max(1, tree["cell_bits"])))
    unit = math.lcm(max(1, tree["columns_per_adc"]), slices)
    old_unit = math.lcm(spec.columns_per_adc, spec.slices)
    units = tree["columns"] // (unit if tree["columns"] < spec.columns else old_unit)
    tree["columns"] = unit * max(1, units)
    tree["parallel_rows"] = min(tree["parallel_rows"], tree["rows"])
    if tree["beat_rows"] is not None:
        tree["beat_rows"] = min(tree["beat_rows"], tree["rows"])
    tree["reference_level"] = min(tree["reference_level"], 2 ** tree["cell_bits"] - 1)
    adc["zero_code"] = min(adc["zero_code"], 2 ** adc["bits"] - 1)
    if adc["kind"] == "sar":
        adc["conversion_cycles"] = adc["bits"] + 1
    return tree


def _on_macro(job: MacroJob, macro: MacroSpec) -> Iterator[MacroJob]:
    """Yield what is left of a job on a smaller macro: with its first rows, and with its last."""
    spec = job.chip.macro
    members = {"macro": macro, "sar": job.chip.sar if macro.adc.kind == "sar" else None}
    lines, columns = macro.bit_lines // macro.columns, min(spec.columns, macro.columns)
    held = job.levels.reshape(spec.rows, -1, spec.columns)[:, :lines, :columns]
    top = np.asarray(2**macro.input_bits - 1, dtype=job.inputs.dtype)
    for start in dict.fromkeys((0, spec.rows - macro.rows)):
        rows = slice(start, start + macro.rows)
        levels = np.zeros((macro.rows, lines, macro.columns), dtype=np.uint8)
        levels[..., :columns] = np.minimum(held[rows], macro.top_level)
        yield dataclasses.replace(
            job,
            chip=job.chip.model_copy(update=members),
            levels=levels.reshape(macro.rows, macro.bit_lines),
            inputs=np.minimum(job.inputs[:, rows], top),
        )
