"""Toggles of whole tiles, against those that are counted in the RTL."""

import re

import numpy as np
import pytest

from cosim.tile.flat import run_flat
from cosim.tile.inference import Conditions, infer
from cosim.tile.toggles.tile import TileToggles
from cosim.twin.compute import compute

QUICK = "a vector per cycle"
NETWORKS = range(24)

STILL = {
    *("csr_bank", "configuration", "scales.multiplier", "event_counters.asked"),
    *("event_counters.event", "loops", "trap_word"),
}
"""Units and registers outside of macros that move only for a host, in loops, and in a trap."""


def compare(chip, compiled, seed, build_dir):
    """Run random images with real devices, compare all registers; return toggles."""
    rng = np.random.default_rng(seed)
    layout, top = compiled.input, 2**compiled.tile.macro.input_bits
    shape = (int(rng.integers(1, 4)), layout.height, layout.width, layout.channels)
    images = rng.integers(0, top, shape, dtype=np.uint8)
    jobs = {}
    computed = TileToggles(compiled, len(images))
    for run in infer(
        compiled,
        chip,
        images,
        Conditions(),
        run_macro=lambda step: lambda job: compute(job).run,
        seen=jobs.__setitem__,
    ):
        computed.take(run)
    toggles = computed.toggles()
    counted = run_flat(compiled, images, jobs, build_dir=build_dir).toggles
    different = {
        path: (toggles.get(path), counted.get(path))
        for path in toggles.keys() | counted.keys()
        if toggles.get(path) != counted.get(path)
    }
    assert not different, f"computed and counted: {different}"
    return toggles


def compare_networks(chip, draw_compiled, build_dir):
    """Compare networks so different that all registers move that can."""
    moved, paths = set(), set()
    for seed in NETWORKS:
        compiled = draw_compiled(chip.tile_spec(), seed)
        toggles = compare(chip, compiled, seed, build_dir)
        paths = {re.sub(r"pe_\d+", "pe", path) for path in toggles if ".macro_" not in path}
        moved |= {re.sub(r"pe_\d+", "pe", path) for path, count in toggles.items() if count}
    still = {path for path in paths - moved if not any(f".{one}" in path for one in STILL)}
    beats = {f"tile.pe.logic.{unit}.beat" for unit in ("scales", "output_buffer")}
    assert still == (beats if chip.tile_spec().beats == 1 else set())


def test_toggles_equal_those_counted(make_tile_chip, draw_compiled, build_dir):
    compare_networks(make_tile_chip(QUICK), draw_compiled, build_dir)


@pytest.mark.long
def test_toggles_of_other_tiles_equal_those_counted(
    other_tile, make_tile_chip, draw_compiled, build_dir
):
    compare_networks(make_tile_chip(other_tile), draw_compiled, build_dir)


def test_step_whose_trace_was_not_kept(make_tile_chip, draw_compiled):
    chip = make_tile_chip(QUICK)
    compiled = draw_compiled(chip.tile_spec(), 0)
    layout = compiled.input
    images = np.zeros((1, layout.height, layout.width, layout.channels), np.uint8)
    step = next(
        infer(
            compiled,
            chip,
            images,
            Conditions(),
            run_macro=lambda step: lambda job: compute(job).run,
            traced=False,
        )
    )
    with pytest.raises(ValueError, match=r"^Run of step '\w+' must have kept what moved$"):
        TileToggles(compiled, 1).take(step)
