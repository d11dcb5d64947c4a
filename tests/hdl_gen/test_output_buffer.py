"""OutputBuffer, in Amaranth's own simulator, against maxima of Python integers."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.output_buffer import OutputBuffer
from hw_spec.port import pack, unpack

SIZES = {
    "one output": {"columns": 2, "columns_per_adc": 2},
    "one beat of three lanes": {"columns": 6, "columns_per_adc": 1, "parallel_rows": 4}
    | {"input_bits": 1},
    # by hand: 7 outputs in 2 cycles of a vector, so 4 and 3
    "short last beat": {
        "rows": 8,
        "columns": 14,
        "columns_per_adc": 1,
        "parallel_rows": 8,
        "input_bits": 2,
    },
    "three beats": {"columns": 6},
    "eight beats": {"columns": 16},
}


@pytest.fixture(params=SIZES.values(), ids=SIZES)
def tile(request, tile_spec):
    return tile_spec(**request.param)


def beats_of(tile, vector):
    """Return a vector of activations as beats; what fills up the last one must not count."""
    lanes, top = tile.sums_per_beat, 2**tile.macro.input_bits - 1
    filled = [*vector, *[top] * (tile.beats * lanes - tile.block)]
    return [
        {"valid": 1, "activations": pack(filled[n : n + lanes], tile.macro.input_bits)}
        for n in range(0, len(filled), lanes)
    ]


def windows_of(run_cycles, tile, vectors, pool, gaps=()):
    """Return cycle and results of each finished window, and check that results hold in between.

    Gaps are cycles without a beat before each beat, as many as there are.
    """
    gaps = iter(gaps)
    # What is offered while there is no beat must not count.
    idle = {"valid": 0, "activations": 2 ** (tile.sums_per_beat * tile.macro.input_bits) - 1}
    drives = []
    for vector in vectors:
        for beat in beats_of(tile, vector):
            drives += [*[idle] * next(gaps, 0), beat]
    drives += [idle] * 3
    drives[0] = drives[0] | {"pool": pool}
    held, windows = [0] * tile.block, []
    for cycle, one in enumerate(run_cycles(OutputBuffer(tile), drives)):
        found = unpack(one["held"], tile.macro.input_bits, tile.block)
        if one["finished"]:
            windows.append((cycle, found))
            held = found
        assert found == held
    return windows


def largest(vectors, pool):
    ends = range(pool, len(vectors) + 1, pool)
    return [list(map(max, zip(*vectors[end - pool : end], strict=True))) for end in ends]


def random_vectors(tile, count, seed):
    rng = random.Random(seed)
    return [
        [rng.randrange(2**tile.macro.input_bits) for _ in range(tile.block)] for _ in range(count)
    ]


@pytest.mark.parametrize("pool", [1, 2, 3, 4, 9])
def test_windows_back_to_back_give_their_maxima_two_cycles_after_their_last_beat(
    tile, run_cycles, pool
):
    vectors = random_vectors(tile, 4 * pool, seed=pool)
    cycles = [n * pool * tile.beats + 1 for n in range(1, 5)]
    assert windows_of(run_cycles, tile, vectors, pool) == list(
        zip(cycles, largest(vectors, pool), strict=True)
    )


def test_largest_may_come_first_or_last(tile_spec, run_cycles):
    tile = tile_spec(columns=4, input_bits=3)
    vectors = [[7, 0], [6, 1], [0, 2], [0, 0], [0, 0], [1, 0]]
    # by hand
    found = [results for _, results in windows_of(run_cycles, tile, vectors, 3)]
    assert found == [[7, 2], [1, 0]]


def test_widest_window_ends(tile_spec, run_cycles):
    tile = tile_spec(**SIZES["one output"])
    vectors = [[1]] * 4095
    assert windows_of(run_cycles, tile, vectors, 4095) == [(4096, [1])]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_maxima_do_not_depend_on_gaps(tile_spec, run_cycles, data):
    tile = tile_spec(**data.draw(st.sampled_from(list(SIZES.values()))))
    activation = st.integers(0, 2**tile.macro.input_bits - 1)
    vector = st.lists(activation, min_size=tile.block, max_size=tile.block)
    vectors = data.draw(st.lists(vector, min_size=1, max_size=9))
    pool = data.draw(st.integers(1, 4))
    gaps = data.draw(st.lists(st.integers(0, 12), max_size=20))
    found = windows_of(run_cycles, tile, vectors, pool, gaps)
    assert [results for _cycle, results in found] == largest(vectors, pool)
