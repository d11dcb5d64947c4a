"""The farm: how much faster two workers are than one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cosim.build import RUN_LIMIT_S
from cosim.cache import writable
from cosim.engines import ENGINES
from cosim.farm import run_farm
from cosim.layer import LayerMacro, save_layer
from hw_spec.chip import read_chip
from ohmloop.speed.jobs import CHIPS
from ohmloop.speed.rounds import Figures, seconds

MACROS = 16
"""Macros of the layer; as many outputs as fit one, and so many row blocks."""

VECTORS = 12_000
"""Vectors of the layer: about a second for each macro."""


def two_workers_over_one(build_dir: Path) -> Callable[[], Figures]:
    """Compare whole runs of a layer, start of the workers included."""
    chip = read_chip(CHIPS / "rram_taox_32nm.toml")
    ENGINES["native"].build(chip.macro, build_dir, waves=False)
    folder = writable(build_dir / "runs" / "bench" / "farm")
    rng = np.random.Generator(np.random.Philox(1))
    rows = MACROS * chip.macro.rows
    weights, inputs = save_layer(
        folder,
        rng.integers(-127, 128, (rows, chip.macro.outputs), dtype=np.int16),
        rng.integers(0, 2**chip.macro.input_bits, (VECTORS, rows), dtype=np.uint16),
    )
    sources = [
        LayerMacro(chip=chip, ideal=False, seed=1, weights=weights, inputs=inputs, macro=macro)
        for macro in range(MACROS)
    ]

    def run(workers: int) -> None:
        shutil.rmtree(folder / "macros", ignore_errors=True)
        with run_farm(
            sources,
            folder / "macros",
            engine_name="native",
            build_dir=build_dir,
            workers=workers,
            cluster=None,
            limit_s=RUN_LIMIT_S,
        ) as results:
            for _ in results:
                pass

    return lambda: {"farm_scaling": seconds(lambda: run(1)) / seconds(lambda: run(2))}
