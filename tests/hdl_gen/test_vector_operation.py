"""Memory, fetcher, vector unit and writer joined: whole operations without macros."""

import random
from typing import NamedTuple

import numpy as np
import pytest
from amaranth import Elaboratable, Module
from amaranth.lib.wiring import connect

from behavioral.vector import vector_results
from behavioral.words import words_of
from hdl_gen.activation_memory import ActivationMemory
from hdl_gen.fetcher import Fetcher
from hdl_gen.vector_unit import VectorUnit
from hdl_gen.writer import Writer
from hw_spec import timing
from hw_spec.program import Kind, Piece, Setting

WORD, BITS, SIZE = 4, 4, 128
LINE, HEIGHT, PITCH = 30, 3, 6  # 5 x 3 pixels of 6 channels: 2 words, the last of 2 activations
OUT = 90  # behind the input


class DataPath(Elaboratable):
    def __init__(self, tile):
        self.memory, self.fetcher = ActivationMemory(tile), Fetcher(tile)
        self.vector_unit, self.writer = VectorUnit(tile), Writer(tile)

    def elaborate(self, platform):
        m = Module()
        memory, fetcher, unit, writer = self.memory, self.fetcher, self.vector_unit, self.writer
        m.submodules.memory, m.submodules.fetcher = memory, fetcher
        m.submodules.vector_unit, m.submodules.writer = unit, writer
        connect(m, fetcher.memory, memory.read)
        connect(m, writer.memory, memory.write)
        m.d.comb += [
            unit.kind.eq(fetcher.kind),
            writer.kind.eq(fetcher.kind),
            unit.shift.eq(fetcher.settings.shift),
            writer.settings.eq(fetcher.settings),
            writer.start.eq(fetcher.start),
            unit.word.eq(fetcher.word),
            unit.word_valid.eq(fetcher.vector_valid),
            unit.block.eq(fetcher.word_block),
            unit.begins.eq(fetcher.word_begins),
            unit.ends.eq(fetcher.word_ends),
            writer.vector_valid.eq(unit.result_valid),
            writer.vector_result.eq(unit.result),
        ]
        return m


class Case(NamedTuple):
    kind: Kind
    window: list[tuple[int, int, int]]
    """Offset, x and y of each pixel that is joined."""

    columns: int
    step: int
    """Columns from one output pixel to the next."""

    shift: int = 0


WINDOW = [(y * LINE + x * PITCH, x * PITCH, y) for y in range(3) for x in range(3)]
CASES = {
    "average pooling": Case(Kind.SUM, WINDOW, columns=2, step=2, shift=4),
    "overlapping maximum": Case(Kind.MAXIMUM, WINDOW, columns=5, step=1),
    "addition": Case(Kind.SUM, [(0, 0, 0), (LINE, 0, 1)], columns=4, step=1, shift=3),
    "scaling": Case(Kind.SUM, [(0, 0, 0)], columns=3, step=1, shift=3),
}


def pieces_of(case):
    """Return a list with a piece per pixel and word; the last word has 2 activations."""
    last = len(case.window) - 1
    return [
        Piece(
            offset=offset + 4 * block,
            x=x + 4 * block,
            y=y,
            length=4 - 2 * block,
            row=0,
            block=block,
            opens=True,
            closes=True,
            begins=n == 0,
            ends=n == last,
        )
        for block in range(2)
        for n, (offset, x, y) in enumerate(case.window)
    ]


def settings_of(case, pieces):
    values = dict.fromkeys(Setting, 1) | {Setting.LINE: LINE, Setting.HEIGHT: HEIGHT}
    step = case.step * PITCH
    values |= {Setting.ADDRESS: 0, Setting.X: 0, Setting.Y: 0, Setting.PAD: 3}
    values |= {Setting.COLUMN_ADDRESS: step, Setting.COLUMN_X: step, Setting.COLUMN_Y: 0}
    values |= {Setting.COUNT_COLUMNS: case.columns, Setting.FIRST_PIECE: 2}
    values |= {Setting.PIECES: len(pieces), Setting.SHIFT: case.shift}
    values |= {Setting.OUT_ADDRESS: OUT + 1, Setting.OUT_STEP: 6, Setting.BLOCKS: 2}
    return values | {Setting.LAST_LENGTH: 2}


@pytest.mark.parametrize("name", CASES)
def test_operation_writes_what_the_models_say_when_predicted(core_tile_spec, run_bench, name):
    case = CASES[name]
    tile = core_tile_spec(word=WORD, input_bits=BITS, activations=SIZE, pieces=20, scales=2)
    pieces = pieces_of(case)
    values = settings_of(case, pieces)
    rng = random.Random(7)
    contents = [rng.randrange(2**BITS) for _ in range(SIZE)]
    scales = np.array([[(rng.randrange(1, 9), rng.randrange(40)) for _ in range(4)] for _ in "ab"])
    dut = DataPath(tile)
    found = []

    async def bench(ctx):
        memory, fetcher, unit = dut.memory, dut.fetcher, dut.vector_unit
        for address, activation in enumerate(contents):
            ctx.set(memory.host_write, 1)
            ctx.set(memory.host_address, address)
            ctx.set(memory.host_data, activation)
            await ctx.tick()
        ctx.set(memory.host_write, 0)
        for number, piece in enumerate(pieces, values[Setting.FIRST_PIECE]):
            ctx.set(fetcher.piece_write, 1)
            ctx.set(fetcher.piece_index, number)
            ctx.set(fetcher.piece_data, fetcher.piece_data.shape().from_bits(piece.encode()))
            await ctx.tick()
        ctx.set(fetcher.piece_write, 0)
        for index, (multiplier, bias) in enumerate(scales.reshape(-1, 2).tolist()):
            ctx.set(unit.scale_write, 1)
            ctx.set(unit.scale_index, index)
            ctx.set(unit.scale_data, {"multiplier": multiplier, "bias": bias})
            await ctx.tick()
        ctx.set(unit.scale_write, 0)
        ctx.set(fetcher.settings, {one.name.lower(): value for one, value in values.items()})
        ctx.set(fetcher.kind, case.kind)
        ctx.set(fetcher.start, 1)
        cycle = 0
        while not ctx.get(dut.writer.done):
            assert cycle < 1000, "the operation is not done"
            await ctx.tick()
            ctx.set(fetcher.start, 0)
            cycle += 1
        assert cycle == timing.vector_operation_cycle(len(pieces), case.columns)
        ctx.set(memory.host_read, 1)
        for address in range(SIZE):  # in the cycle after, all is in the memory
            ctx.set(memory.host_address, address)
            await ctx.tick()
            found.append(ctx.get(memory.host_answer))

    run_bench(dut, bench)
    words = words_of(np.array(contents), values, pieces, word=WORD).words
    results = vector_results(
        words, pieces, scales, kind=case.kind, shift=case.shift, bits=BITS
    ).reshape(case.columns, -1)
    expected = list(contents)
    expected[OUT + 1 : OUT + 1 + 6 * case.columns] = results[:, :6].ravel().tolist()
    assert found == expected
