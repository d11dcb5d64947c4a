"""PieceWindow, in Amaranth's own simulator, against each activation on its own."""

import random

import pytest

from hdl_gen.piece_window import PieceWindow
from hw_spec.program import IMMEDIATE_BITS, Piece

FAR = 2 ** (IMMEDIATE_BITS - 1) - 1


@pytest.mark.parametrize("word", [1, 2, 8])
def test_rows_words_and_lanes_of_each_activation(core_tile_spec, run_bench, word):
    tile = core_tile_spec(word=word, activations=16 * word)
    dut = PieceWindow(tile)
    rng = random.Random(5)

    async def bench(ctx):
        for _ in range(1500):
            row = rng.randrange(word)
            length = rng.randint(0, word - row)
            near = rng.randint(-2 * word, 2 * word), rng.randint(-3, 3)
            x, y = rng.choice([near, near, (-FAR - 1, 0), (FAR, FAR), (0, -FAR - 1)])
            line, height = rng.choice([(rng.randint(1, 3 * word), rng.randint(1, 4)), (FAR, FAR)])
            address, offset = rng.randrange(-FAR, FAR), rng.randint(-FAR - 1, FAR)
            by_x, by_y = rng.randint(-word, word), rng.randint(0, 3)
            piece = Piece(
                offset=offset,
                x=by_x,
                y=by_y,
                length=length,
                row=row,
                block=1,
                opens=rng.random() < 0.5,
                closes=True,
            )
            ctx.set(dut.position, {"address": address, "x": x, "y": y})
            ctx.set(dut.line, line)
            ctx.set(dut.height, height)
            ctx.set(dut.piece, dut.piece.shape().from_bits(piece.encode()))

            where = (address + offset) % (16 * word)
            inside = [
                n for n in range(length) if 0 <= x + by_x + n < line and 0 <= y + by_y < height
            ]
            placement = ctx.get(dut.placement)
            assert ctx.get(dut.address) == where
            assert ctx.get(dut.first) == any(where % word + n < word for n in inside)
            assert ctx.get(dut.second) == any(where % word + n >= word for n in inside)
            assert (placement.first, placement.end) == (row, row + length)
            assert placement.opens == piece.opens
            rows = range(placement.inside_first, placement.inside_end)
            assert list(rows) == [row + n for n in inside]
            for n in inside:
                assert (row + n + placement.rotation) % word == (where + n) % word

    run_bench(dut, bench)
