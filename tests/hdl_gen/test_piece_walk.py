"""PieceWalk, in Amaranth's own simulator, against loops over positions, copies and pieces."""

import pytest

from hdl_gen.piece_walk import PieceWalk
from hw_spec.program import Piece, Setting


def make_piece(number):
    fields = {"x": -number, "y": number, "length": number, "row": number, "block": number}
    flags = {"opens": number % 2 == 0, "closes": number % 3 == 0}
    return Piece(offset=-5 * number, **fields, **flags)


@pytest.mark.parametrize(
    # by hand: memory of 1 piece; of 5, the whole of it; a part in the middle, no power of two
    ("memory", "first", "pieces", "rows", "copies"),
    [(1, 0, 1, 1, 1), (1, 0, 1, 3, 2), (5, 0, 5, 2, 1), (7, 3, 3, 2, 3), (16, 15, 1, 2, 2)],
)
@pytest.mark.parametrize("stall", [0, 1, 30])
def test_list_is_given_for_each_copy_at_each_position(
    run_bench, memory, first, pieces, rows, copies, stall
):
    dut = PieceWalk(memory)
    values = dict.fromkeys(Setting, 1) | {Setting.FIRST_PIECE: first, Setting.PIECES: pieces}
    values |= {Setting.COUNT_ROWS: rows, Setting.COPIES: copies, Setting.ADDRESS: -7}
    values |= {Setting.ROW_ADDRESS: 20, Setting.COPY_ADDRESS: 100}
    flow = [
        (first + number, -7 + 20 * row + 100 * copy, copy)
        for row in range(rows)
        for copy in range(copies)
        for number in range(pieces)
    ]

    async def bench(ctx):
        ctx.set(dut.write, 1)
        for number in range(memory):
            ctx.set(dut.write_index, number)
            ctx.set(dut.write_data, dut.piece.shape().from_bits(make_piece(number).encode()))
            await ctx.tick()
        ctx.set(dut.write, 0)
        ctx.set(dut.settings, {setting.name.lower(): value for setting, value in values.items()})
        for _ in range(2):  # an operation leaves nothing behind
            ctx.set(dut.advance, 1)
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            assert ctx.get(dut.choosing)
            assert not ctx.get(dut.valid)
            await ctx.tick()
            for index, (number, address, copy) in enumerate(flow):
                for wait in range(stall + 1):
                    ctx.set(dut.advance, wait == stall)
                    assert ctx.get(dut.valid)
                    assert ctx.get(dut.piece).as_bits() == make_piece(number).encode()
                    assert ctx.get(dut.position.address) == address
                    assert ctx.get(dut.copy) == copy
                    last = number == first + pieces - 1 and copy == copies - 1
                    assert ctx.get(dut.last) == last
                    assert ctx.get(dut.choosing) == (index < len(flow) - 1)
                    await ctx.tick()
            for _ in range(3):
                assert not ctx.get(dut.valid)
                assert not ctx.get(dut.choosing)
                await ctx.tick()

    run_bench(dut, bench)
