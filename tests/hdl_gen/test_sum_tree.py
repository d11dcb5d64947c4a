"""SumTree, in Amaranth's own simulator, against sums of Python integers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.sum_tree import SumTree
from hw_spec.port import pack, unpack

FAST = {"columns": 12, "columns_per_adc": 1, "input_bits": 1, "parallel_rows": 8}
# by hand: 6 outputs in the one cycle of a vector
LANES = {1: {}, 6: FAST}


def drive_of(tile, beat):
    """Return the inputs of a cycle: the psums of each macro, or None for no beat."""
    if beat is None:
        return {"valid": 0}
    words = {f"psums_{n}": pack(psums, tile.macro.psum_bits) for n, psums in enumerate(beat)}
    return {"valid": 1, **words}


def tree_sums(run_cycles, tile, beats):
    """Return the sums of each cycle, None if there are none; beats may be None."""
    bits = tile.macro.psum_bits + tile.tree_levels
    drives = [drive_of(tile, beat) for beat in [*beats, *[None] * tile.tree_levels]]
    seen = run_cycles(SumTree(tile), drives)
    return [
        unpack(one["sums"], bits, tile.sums_per_beat, signed=True) if one["sums_valid"] else None
        for one in seen
    ]


def expected(tile, beats):
    sums = [
        None if beat is None else [sum(lane) for lane in zip(*beat, strict=True)] for beat in beats
    ]
    return [None] * tile.tree_levels + sums


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(
    ("macros", "levels"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (7, 3), (8, 3), (9, 4), (17, 5)]
)
def test_extreme_sums_come_whole_after_the_levels_of_the_tree(
    tile_spec, run_cycles, macros, levels, lanes
):
    tile = tile_spec(macros, **LANES[lanes])
    assert tile.sums_per_beat == lanes
    assert tile.tree_levels == levels
    top = 2 ** (tile.macro.psum_bits - 1)
    low, high = [[-top] * lanes] * macros, [[top - 1] * lanes] * macros
    numbered = [[10 * n + lane for lane in range(lanes)] for n in range(macros)]
    small = [[value % top for value in one] for one in numbered]
    mixed = [[(-top, top - 1)[(n + lane) % 2] for lane in range(lanes)] for n in range(macros)]
    beats = [low, high, small, mixed, None, high, low]
    assert tree_sums(run_cycles, tile, beats) == expected(tile, beats)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_sums_do_not_depend_on_gaps(tile_spec, run_cycles, data):
    macros = data.draw(st.integers(1, 9))
    tile = tile_spec(macros)
    top = 2 ** (tile.macro.psum_bits - 1)
    psum = st.lists(st.integers(-top, top - 1), min_size=1, max_size=1)
    beat = st.lists(psum, min_size=macros, max_size=macros)
    beats = data.draw(st.lists(st.none() | beat, min_size=1, max_size=12))
    assert tree_sums(run_cycles, tile, beats) == expected(tile, beats)


def test_tree_without_beats_holds_its_sums(tile_spec, run_cycles):
    tile = tile_spec(5)
    ones = {f"psums_{n}": 1 for n in range(5)}
    moving = [{f"psums_{n}": cycle % 7 for n in range(5)} | {"valid": 0} for cycle in range(9)]
    seen = run_cycles(SumTree(tile), [{"valid": 1} | ones, *moving])
    assert [one["sums"] for one in seen] == [0] * 3 + [5] * 7
