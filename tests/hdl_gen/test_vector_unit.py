"""VectorUnit, in Amaranth's own simulator, against the exact model."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavioral.vector import vector_results
from hdl_gen.vector_unit import VectorUnit
from hw_spec.port import pack, unpack
from hw_spec.program import Kind, Piece
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS
from hw_spec.timing import VECTOR_UNIT_CYCLES

SIZES = [
    # word, input_bits, scales
    (1, 1, 1),
    (1, 8, 3),
    (2, 16, 2),
    (4, 3, 5),
    (8, 4, 1),
]


def word_piece(block, begins, ends):
    fields = {"offset": 0, "x": 0, "y": 0, "length": 0, "row": 0, "opens": True, "closes": True}
    return Piece(**fields, block=block, begins=begins, ends=ends)


def random_scales(tile, seed):
    rng = np.random.default_rng(seed)
    shape = tile.table.scales, tile.word
    bound = 2 ** (MULTIPLIER_BITS - 1), 2 ** (BIAS_BITS - 1)
    return np.stack([rng.integers(-top, top, shape) for top in bound], axis=-1)


def run_words(run_bench, tile, scales, words, pieces, *, kind, shift, pauses=()):
    """Send words, pausing between them, and check in every cycle what comes out; return it."""
    dut = VectorUnit(tile)
    bits, lanes = tile.macro.input_bits, tile.word
    expected = vector_results(words, pieces, scales, kind=kind, shift=shift, bits=bits)
    due, results, pauses = {}, [], iter(pauses)

    async def bench(ctx):
        ctx.set(dut.scale_write, 1)
        for number, lane in np.ndindex(scales.shape[:2]):
            ctx.set(dut.scale_index, number * lanes + lane)
            multiplier, bias = scales[number, lane].tolist()
            ctx.set(dut.scale_data, {"multiplier": multiplier, "bias": bias})
            await ctx.tick()
        ctx.set(dut.scale_write, 0)
        ctx.set(dut.kind, kind)
        ctx.set(dut.shift, shift)
        cycle, sent, result = 0, 0, [0] * lanes
        while sent < len(words) or cycle <= max(due) + 3:
            word = sent < len(words) and not next(pauses, False)
            ctx.set(dut.word_valid, word)
            junk = [2**bits - 1] * lanes
            ctx.set(dut.word, pack(words[sent] if word else junk, bits))
            if word:
                ctx.set(dut.block, pieces[sent].block)
                ctx.set(dut.begins, pieces[sent].begins)
                ctx.set(dut.ends, pieces[sent].ends)
                if pieces[sent].ends:
                    due[cycle + VECTOR_UNIT_CYCLES] = expected[len(due)].tolist()
                sent += 1
            assert ctx.get(dut.result_valid) == (cycle in due)
            if cycle in due:
                result = due[cycle]
                results.append(result)
            assert unpack(ctx.get(dut.result), bits, lanes) == result
            cycle += 1
            await ctx.tick()

    run_bench(dut, bench)
    return np.array(results)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_results_are_those_of_the_model_whatever_the_pauses(core_tile_spec, run_bench, data):
    word, input_bits, count = data.draw(st.sampled_from(SIZES))
    tile = core_tile_spec(word=word, input_bits=input_bits, scales=count)
    scales = random_scales(tile, data.draw(st.integers(0, 99)))
    if data.draw(st.booleans(), label="small"):
        scales = scales // 2 ** np.array([MULTIPLIER_BITS - 3, BIAS_BITS - 3])
    rng = random.Random(data.draw(st.integers(0, 99)))
    pieces, words = [], []
    for _ in range(data.draw(st.integers(1, 5), label="results")):
        length = data.draw(st.integers(1, 4))
        for n in range(length):
            pieces.append(word_piece(rng.randrange(count), n == 0, n == length - 1))
            words.append([rng.randrange(2**input_bits) for _ in range(word)])
    run = st.sampled_from([[True] * 20, [True], [False]])
    run_words(
        run_bench,
        tile,
        scales,
        np.array(words),
        pieces,
        kind=data.draw(st.sampled_from([Kind.SUM, Kind.MAXIMUM])),
        shift=data.draw(st.one_of(st.integers(0, 4), st.integers(0, 63))),
        pauses=[turn for part in data.draw(st.lists(run, max_size=10)) for turn in part],
    )


@pytest.mark.parametrize(
    ("kind", "shift", "result"),
    [
        # by hand: lane 0: 10 + 2*3 + 5*4 = 36; lane 1: -7 + 3*-1 + 6*2 = 2
        (Kind.SUM, 0, [36, 2]),
        (Kind.SUM, 3, [5, 0]),  # 4.5 and 0.25
        (Kind.SUM, 2, [9, 1]),  # 9 and 0.5
        (Kind.MAXIMUM, 0, [5, 6]),
        (Kind.MAXIMUM, 1, [3, 3]),  # 2.5 and 3
    ],
)
def test_two_words_are_joined(core_tile_spec, run_bench, kind, shift, result):
    tile = core_tile_spec(word=2, input_bits=6, scales=2)
    scales = np.array([[(3, 10), (-1, -7)], [(4, 100), (2, 100)]])
    pieces = [word_piece(0, True, False), word_piece(1, False, True)]
    words = np.array([[2, 3], [5, 6]])
    results = run_words(run_bench, tile, scales, words, pieces, kind=kind, shift=shift)
    assert results.tolist() == [result]


@pytest.mark.parametrize(("sign", "result"), [(1, 2**16 - 1), (-1, 0)])
def test_largest_results_saturate(core_tile_spec, run_bench, sign, result):
    tile = core_tile_spec(word=1, input_bits=16, scales=1)
    scales = np.array([[(sign * (2**15 - 1), sign * (2**31 - 1))]])
    pieces = [word_piece(0, n == 0, n == 199) for n in range(200)]
    words = np.full((200, 1), 2**16 - 1)
    results = run_words(run_bench, tile, scales, words, pieces, kind=Kind.SUM, shift=2)
    assert results.tolist() == [[result]]


@pytest.mark.parametrize(
    ("sign", "result"),
    [
        (1, 0),  # by hand: 300 * 65535 * 32767 = 644215603500, less 2**40: below zero
        (-1, 27138),  # by hand: (2**40 - 644215603500) / 2**24 = 27137.76
    ],
)
def test_sums_wrap_around_at_40_bits(core_tile_spec, run_bench, sign, result):
    tile = core_tile_spec(word=1, input_bits=16, scales=1)
    scales = np.array([[(sign * (2**15 - 1), 0)]])
    pieces = [word_piece(0, n == 0, n == 299) for n in range(300)]
    words = np.full((300, 1), 2**16 - 1)
    results = run_words(run_bench, tile, scales, words, pieces, kind=Kind.SUM, shift=24)
    assert results.tolist() == [[result]]


def test_idle_registers_hold_while_nothing_comes(core_tile_spec, run_bench):
    tile = core_tile_spec(word=1, input_bits=4, scales=1)
    pieces = [word_piece(0, True, True)] * 2
    words = np.array([[3], [9]])
    pauses = [False, *[True] * 50, False]
    run_words(
        run_bench, tile, np.array([[(1, 1)]]), words, pieces, kind=Kind.SUM, shift=0, pauses=pauses
    )
