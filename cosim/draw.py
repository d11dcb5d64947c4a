"""Random chips and jobs, awkward on purpose, for comparing engines.

What is drawn depends on seed and number alone, not on what was drawn before.
"""

import math
from typing import Any

import numpy as np

from behavioral.device import PRESETS
from cosim.job import MacroJob, Pauses
from hw_spec.chip import ChipSpec, SarSettings, Setting
from hw_spec.macro import MacroSpec
from network import place

MOST_CYCLES = 600
"""Most cycles per vector of a drawn chip."""

JOB_CYCLES = 1200
"""Most cycles of a drawn job without pauses, if it has more than two vectors."""

MOST_VECTORS = 12

_CHIP, _JOB = 0, 1


def draw_chip(seed: int, number: int) -> ChipSpec:
    """Return chip ``number`` of a seed."""
    rng = _stream(seed, _CHIP, number)
    while True:
        try:
            macro = MacroSpec.model_validate(_macro(rng))
        except ValueError:  # psums that would be too wide
            continue
        if macro.cycles_per_vector <= MOST_CYCLES:
            break
    return ChipSpec(
        name="drawn",
        source=f"none: drawn with seed {seed}, number {number}",
        device=_pick(rng, *(device.name for device in PRESETS)),
        node_nm=32,
        clock_period_s=Setting(value=_pick(rng, 1e-8, 3e-9), source="assumed: drawn"),
        read_v=Setting(value=_pick(rng, 0.2, 0.55), source="assumed: drawn"),
        sar=_sar(rng) if macro.adc.kind == "sar" else None,
        macro=macro,
    )


def draw_job(chip: ChipSpec, seed: int, number: int) -> MacroJob:
    """Return job ``number`` of a seed, on a chip."""
    rng = _stream(seed, _JOB, number)
    spec = chip.macro
    most = min(MOST_VECTORS, max(2, JOB_CYCLES // spec.cycles_per_vector))
    return MacroJob(
        chip=chip,
        ideal=_pick(rng, True, False),
        read_noise=_pick(rng, True, True, False),
        levels=_levels(rng, spec),
        inputs=_inputs(rng, spec, vectors=_between(rng, 1, most)),
        seed=_between(rng, 0, 2**32),
        first_block=_pick(rng, 0, 0, _between(rng, 1, 2**20)),
        macro=_pick(rng, 0, 1, _between(rng, 0, 2**20)),
        pauses=_pauses(rng),
    )


def _stream(seed: int, kind: int, number: int) -> np.random.Generator:
    """Return the counter-based stream of one drawn thing."""
    key = np.random.SeedSequence(seed, spawn_key=(kind, number)).generate_state(2, np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


def _pick(rng: np.random.Generator, *choices: Any) -> Any:
    return choices[int(rng.integers(len(choices)))]


def _between(rng: np.random.Generator, low: int, high: int) -> int:
    return int(rng.integers(low, high, endpoint=True))


def _macro(rng: np.random.Generator) -> dict[str, Any]:
    """Return the members of a macro that breaks no rule but that of the widest psum.

    A wide macro takes few cycles per vector, so that a beat carries several rows or psums. A deep
    one has psums of close to 63 bits. A thin one has a single column.
    """
    kind = _pick(rng, "wide", "wide", "wide", "deep", "thin", *["any"] * 5)
    weight_bits = 16 if kind == "deep" else _pick(rng, _between(rng, 2, 8), _between(rng, 2, 16))
    cell_bits = _between(rng, 1, min(weight_bits, _pick(rng, 4, 4, 8)))
    columns_per_adc = 1 if kind in ("wide", "thin") else _between(rng, 1, 6)
    if kind == "thin":
        cell_bits = weight_bits = _between(rng, 2, 8)
    pairs = _pick(rng, True, False)
    if pairs:
        weight_bits = min(16, weight_bits + 1)  # the sign
        cell_bits = min(cell_bits, weight_bits - 1)
    unit = math.lcm(columns_per_adc, -(-(weight_bits - pairs) // cell_bits))
    columns = unit * (1 if kind == "thin" else _between(rng, 1, max(1, 48 // unit)))
    rows = _pick(rng, 1, *(_between(rng, 2, 16) for _ in range(3)), _between(rng, 17, 70))
    parallel_rows = (
        rows if kind == "wide" else _pick(rng, 1, rows, *(_between(rng, 1, rows) for _ in range(2)))
    )
    top_level = 2**cell_bits - 1
    reference_level = 0 if pairs else _pick(rng, 0, top_level, _between(rng, 0, top_level))
    return {
        "rows": rows,
        "columns": columns,
        "parallel_rows": parallel_rows,
        "columns_per_adc": columns_per_adc,
        "cell_bits": cell_bits,
        "input_bits": 16 if kind == "deep" else _between(rng, 1, 2 if kind == "wide" else 8),
        "weight_bits": weight_bits,
        "encoding": "differential" if pairs else "offset",
        "reference_level": reference_level,
        "adc": _adc(
            rng,
            kind,
            lowest=-parallel_rows * (top_level if pairs else reference_level),
            width=parallel_rows * top_level * (2 if pairs else 1),
        ),
        "beat_rows": _pick(rng, None, None, rows),
    }


def _adc(rng: np.random.Generator, kind: str, *, lowest: int, width: int) -> dict[str, Any]:
    """Return the members of a converter.

    Half of them fit column sums that are ``lowest`` or up to ``width`` more; half may saturate.
    """
    bits = width.bit_length()
    if kind == "deep":
        bits, step = 16, _between(rng, 256, 4096)
        zero_code = _between(rng, 0, 2**bits - 1)
    elif bits <= 16 and _pick(rng, True, False):
        step, zero_code = 1, -lowest
    else:
        bits = _pick(rng, _between(rng, 1, 8), _between(rng, 1, 8), _between(rng, 9, 16))
        step = _pick(rng, 1, _between(rng, 2, 9), _between(rng, 10, 4096))
        zero_code = _pick(rng, 0, 2**bits - 1, _between(rng, 0, 2**bits - 1))
    sar = kind != "wide" and _pick(rng, True, False, False)
    cycles = 1 if kind == "wide" else _pick(rng, 1, 1, _between(rng, 2, 5))
    return {
        "kind": "sar" if sar else "flash",
        "bits": bits,
        "step": step,
        "zero_code": zero_code,
        "conversion_cycles": bits + 1 if sar else cycles,
    }


def _sar(rng: np.random.Generator) -> SarSettings:
    return SarSettings(
        capacitor_mismatch=Setting(value=_pick(rng, 1e-6, 0.01, 0.1), source="assumed: drawn"),
        comparator_noise=Setting(value=_pick(rng, 1e-6, 0.2, 2.0), source="assumed: drawn"),
    )


def _levels(rng: np.random.Generator, spec: MacroSpec) -> np.ndarray:
    shape, half = (spec.rows, spec.bit_lines), 2 ** (spec.weight_bits - 1)
    kind = _pick(rng, "any", "any", "weights", "weights", "lowest", "top")
    if kind == "weights":
        return place.levels(rng.integers(1 - half, half, (spec.rows, spec.outputs)), spec)
    low, high = {"any": (0, spec.top_level), "lowest": (0, 0)}.get(kind, (spec.top_level,) * 2)
    return rng.integers(low, high, shape, dtype=np.uint8, endpoint=True)


def _inputs(rng: np.random.Generator, spec: MacroSpec, *, vectors: int) -> np.ndarray:
    shape, top = (vectors, spec.rows), 2**spec.input_bits - 1
    inputs = rng.integers(0, top, shape, endpoint=True)
    kind = _pick(rng, "any", "any", "any", "zero", "top", "sparse", "repeated")
    if kind == "zero":
        inputs[:] = 0
    elif kind == "top":
        inputs[:] = top
    elif kind == "sparse":
        inputs *= rng.random(shape) < 0.1
    elif kind == "repeated":
        inputs[:] = inputs[0]
    dtypes = (np.uint8, np.uint16, np.int32, np.int64, np.uint64)
    return inputs.astype(_pick(rng, *(one for one in dtypes if np.iinfo(one).max >= top)))


def _pauses(rng: np.random.Generator) -> Pauses:
    light, heavy = rng.uniform(0.05, 0.3), rng.uniform(0.6, 0.95)
    inputs, psums = _pick(
        rng, (0.0, 0.0), (0.0, 0.0), (light, light), (heavy, heavy), (0.0, heavy), (heavy, 0.0)
    )
    return Pauses(inputs=inputs, psums=psums, seed=_between(rng, 0, 2**32))
