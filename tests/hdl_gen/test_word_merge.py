"""WordMerge, in Amaranth's own simulator, against a list of rows."""

import random

import pytest

from hdl_gen.word_merge import WordMerge
from hw_spec.port import pack, unpack


@pytest.mark.parametrize(("word", "input_bits"), [(1, 2), (2, 1), (8, 3)])
def test_rows_are_filled_padded_cleared_or_kept(core_tile_spec, run_bench, word, input_bits):
    tile = core_tile_spec(word=word, input_bits=input_bits, activations=16 * word)
    dut = WordMerge(tile)
    rng = random.Random(2)

    async def bench(ctx):
        rows = [0] * word
        for _ in range(600):
            lanes = [rng.randrange(2**input_bits) for _ in range(word)]
            pad, rotation = rng.randrange(2**input_bits), rng.randrange(word)
            first, end = sorted(rng.randint(0, word) for _ in range(2))
            inside = sorted(rng.randint(first, end) for _ in range(2))
            if inside[0] == inside[1]:
                inside = [0, 0]
            opens, merge = rng.random() < 0.3, rng.random() < 0.7
            ctx.set(dut.merge, merge)
            ctx.set(dut.data, pack(lanes, input_bits))
            ctx.set(dut.pad, pad)
            placement = {"rotation": rotation, "opens": opens, "first": first, "end": end}
            placement |= {"inside_first": inside[0], "inside_end": inside[1]}
            ctx.set(dut.placement, placement)
            await ctx.tick()
            for row in range(word if merge else 0):
                if inside[0] <= row < inside[1]:
                    rows[row] = lanes[(row + rotation) % word]
                elif first <= row < end:
                    rows[row] = pad
                elif opens:
                    rows[row] = 0
            assert unpack(ctx.get(dut.word), input_bits, word) == rows

    run_bench(dut, bench)
