"""Writer, in Amaranth's own simulator, against a walk over pixels, copies and blocks."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.writer import Writer
from hw_spec import timing
from hw_spec.port import pack, unpack
from hw_spec.program import Kind, Setting

SIZES = [
    # word, outputs of a PE, input_bits, pes
    (1, 1, 1, 1),
    (4, 2, 3, 5),
    (8, 8, 2, 12),
    (4, 3, 4, 7),
]


def blocks_of(tile, kind, values):
    """Return, block by block, the PE, address, length, and whether it is written."""
    pitch = tile.block if kind == Kind.MATRIX else tile.word
    blocks, copies = values[Setting.BLOCKS], values[Setting.COPIES]
    rows, columns = values[Setting.COUNT_ROWS], values[Setting.COUNT_COLUMNS]
    walk = []
    for row, column, copy, block in itertools.product(
        range(rows), range(columns), range(copies), range(blocks)
    ):
        chain = copy * blocks + block
        pe = values[Setting.FIRST_END] + chain * values[Setting.CHAIN]
        address = values[Setting.OUT_ADDRESS] + (row * columns + column) * values[Setting.OUT_STEP]
        address += copy * values[Setting.OUT_COPY] + block * pitch
        length = values[Setting.LAST_LENGTH] if block == blocks - 1 else pitch
        written = row + copy * rows < values[Setting.OUT_ROWS]
        walk.append((pe, address % tile.table.activations, length, written))
    return walk


def result_of(tile, pe, time):
    """Return what a PE holds since a cycle: activations that tell both apart."""
    return [(5 * pe + 3 * time + n) % 2**tile.macro.input_bits for n in range(tile.block)]


def write(run_bench, tile, kind, values, *, gaps=(), operations=1):
    """Run an operation, checking every output in every cycle; return when it was done.

    ``gaps`` are the cycles that results come later than they could.
    """
    dut = Writer(tile)
    bits, matrix = tile.macro.input_bits, kind == Kind.MATRIX
    group = values[Setting.BLOCKS] * values[Setting.COPIES] if matrix else 1
    dones = []

    async def bench(ctx):
        ctx.set(dut.settings, {setting.name.lower(): value for setting, value in values.items()})
        ctx.set(dut.kind, kind)
        for _ in range(operations):
            walk = blocks_of(tile, kind, values)
            waits, wait, left, held = iter(gaps), 0, 0, 0
            cycle, last_cycle, taken = 0, None, None
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            wait = next(waits, 0)
            while last_cycle is None or cycle <= last_cycle + 3:
                cycle += 1
                comes = bool(walk) and left == 0 and wait == 0
                wait -= wait > 0
                if comes:
                    left, held, wait = group, cycle, next(waits, 0)
                ctx.set(dut.finished, comes and matrix)
                ctx.set(dut.vector_valid, comes and not matrix)

                takes = left > 0
                selected = ctx.get(dut.select)
                pe = selected.bit_length() - 1
                assert selected == (1 << walk[0][0] if takes and matrix else 0)
                result = result_of(tile, pe, held) if selected else [0] * tile.block
                ctx.set(dut.result, pack(result, bits))
                word = [(cycle + n) % 2**bits for n in range(tile.word)]
                ctx.set(dut.vector_result, pack(word, bits))

                written = taken is not None and taken[0][3]
                assert ctx.get(dut.memory.enable) == written
                if written:
                    (_, address, length, _), data = taken
                    assert ctx.get(dut.memory.address) == address
                    assert ctx.get(dut.memory.length) == length
                    lanes = unpack(ctx.get(dut.memory.data), bits, tile.word)
                    assert lanes[:length] == data[:length]
                assert ctx.get(dut.done) == (taken is not None and not walk)
                if taken is not None and not walk:
                    last_cycle = cycle
                taken = (walk.pop(0), result if matrix else word) if takes else None
                left -= takes
                await ctx.tick()
            dones.append(last_cycle)

    run_bench(dut, bench)
    return dones


def draw_settings(data, tile, kind):
    """Draw the settings of the writer; the others are junk."""
    values = {setting: data.draw(st.integers(-9, 9)) for setting in Setting}
    size, pitch = tile.table.activations, tile.block if kind == Kind.MATRIX else tile.word
    chains = data.draw(st.integers(1, min(tile.table.pes, 6)))
    blocks = data.draw(st.sampled_from([n for n in range(1, chains + 1) if chains % n == 0]))
    chain = data.draw(st.integers(1, tile.table.pes // chains))
    first_end = data.draw(st.integers(0, tile.table.pes - 1 - (chains - 1) * chain))
    rows = data.draw(st.integers(1, 3))
    return values | {
        Setting.COUNT_ROWS: rows,
        Setting.COUNT_COLUMNS: data.draw(st.integers(1, 3)),
        Setting.BLOCKS: blocks,
        Setting.COPIES: chains // blocks,
        Setting.OUT_ROWS: data.draw(st.integers(1, rows * chains // blocks)),
        Setting.OUT_ADDRESS: data.draw(st.integers(0, size - 1)),
        Setting.OUT_STEP: data.draw(st.integers(0, size // 4)),
        Setting.OUT_COPY: data.draw(st.integers(0, size // 4)),
        Setting.LAST_LENGTH: data.draw(st.integers(1, pitch)),
        Setting.FIRST_END: first_end,
        Setting.CHAIN: chain,
    }


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_blocks_go_where_the_settings_say_whatever_the_pauses(core_tile_spec, run_bench, data):
    word, outputs, input_bits, pes = data.draw(st.sampled_from(SIZES))
    # Addresses wrap around in a memory of a power of two, so that all may be drawn.
    tile = core_tile_spec(
        word=word, outputs=outputs, input_bits=input_bits, pes=pes, activations=16 * word
    )
    kind = data.draw(st.sampled_from(Kind))
    values = draw_settings(data, tile, kind)
    gap = st.one_of(st.just(0), st.integers(0, 3), st.just(40))
    gaps = data.draw(st.lists(gap, max_size=12))
    assert len(write(run_bench, tile, kind, values, gaps=gaps, operations=2)) == 2


@pytest.mark.parametrize(("blocks", "copies"), [(1, 1), (3, 1), (1, 3), (2, 3)])
def test_pixels_follow_each_other_every_blocks_times_copies_cycles(
    core_tile_spec, run_bench, blocks, copies
):
    tile = core_tile_spec(word=4, outputs=2, pes=6, activations=64)
    values = dict.fromkeys(Setting, 1) | {Setting.BLOCKS: blocks, Setting.COPIES: copies}
    values |= {Setting.COUNT_ROWS: 2, Setting.COUNT_COLUMNS: 2, Setting.OUT_ROWS: 99}
    values |= {Setting.FIRST_END: 0}
    (done,) = write(run_bench, tile, Kind.MATRIX, values)
    finished = 1 + 3 * blocks * copies  # the first in cycle 1, three more without a gap
    assert done == timing.last_write_cycle(finished, blocks, copies)
