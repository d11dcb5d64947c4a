"""Fetcher and its memory, in Amaranth's own simulator, against the words of the exact model.

Which piece is where, and what follows from it, is told cycle by cycle by a model of the stages.
"""

import random
from typing import NamedTuple

import numpy as np
import pytest
from amaranth import Elaboratable, Module
from amaranth.lib.wiring import connect
from hypothesis import given, settings
from hypothesis import strategies as st

from behavioral.words import words_of
from hdl_gen.activation_memory import ActivationMemory
from hdl_gen.fetcher import Fetcher
from hw_spec import timing
from hw_spec.port import pack, unpack
from hw_spec.program import Kind, Piece, Setting

LOOPS = ("ROW", "COLUMN", "WINDOW_ROW", "WINDOW_COLUMN")
SIZES = [
    # word, input_bits
    (1, 2),
    (2, 1),
    (4, 3),
    (8, 2),
]


class Operation(NamedTuple):
    kind: Kind
    values: dict[Setting, int]
    pieces: list[Piece]


class Reading(Elaboratable):
    """Fetcher and memory, as the core of a tile joins them."""

    def __init__(self, tile):
        self.fetcher, self.memory = Fetcher(tile), ActivationMemory(tile)

    def elaborate(self, platform):
        m = Module()
        m.submodules.fetcher, m.submodules.memory = self.fetcher, self.memory
        connect(m, self.fetcher.memory, self.memory.read)
        return m


def operation(kind=Kind.MATRIX, pieces=(), **changed):
    """Return an operation with one position; settings are changed by their names in lower case."""
    values = dict.fromkeys(Setting, 0) | {Setting.COPIES: 1, Setting.PIECES: len(pieces)}
    values |= {Setting[f"COUNT_{loop}S"]: 1 for loop in LOOPS}
    values |= {Setting.LINE: 12, Setting.HEIGHT: 2}
    values |= {Setting[name.upper()]: value for name, value in changed.items()}
    return Operation(kind, values, list(pieces))


def piece(block=0, length=1, opens=True, closes=True, **changed):
    fields = {"offset": 0, "x": 0, "y": 0, "row": 0}
    return Piece(**fields | changed, block=block, length=length, opens=opens, closes=closes)


async def prepare(ctx, dut, tile, contents, op):
    """Write the memory and the pieces, and set the settings."""
    memory, fetcher = dut.memory, dut.fetcher
    ctx.set(memory.write.enable, 1)
    ctx.set(memory.write.length, tile.word)
    for address in range(0, len(contents), tile.word):
        ctx.set(memory.write.address, address)
        line = contents[address : address + tile.word]
        ctx.set(memory.write.data, pack(line, tile.macro.input_bits))
        await ctx.tick()
    ctx.set(memory.write.enable, 0)
    ctx.set(fetcher.piece_write, 1)
    for number, one in enumerate(op.pieces, op.values[Setting.FIRST_PIECE]):
        ctx.set(fetcher.piece_index, number)
        ctx.set(fetcher.piece_data, fetcher.piece_data.shape().from_bits(one.encode()))
        await ctx.tick()
    ctx.set(fetcher.piece_write, 0)
    fields = {setting.name.lower(): value for setting, value in op.values.items()}
    ctx.set(fetcher.settings, fields)
    ctx.set(fetcher.kind, op.kind)


def expected_pieces(tile, contents, op):
    """Return, piece by piece of the operation, whether it is read, what it closes, and its copy."""
    words, reads = words_of(np.array(contents), op.values, op.pieces, word=tile.word)
    positions, copies, _ = reads.shape
    flow = []
    for position, copy in np.ndindex(positions, copies):
        closed = iter(words[position, copy].tolist())
        for number, one in enumerate(op.pieces):
            word = next(closed) if one.closes else None
            last = number == len(op.pieces) - 1 and copy == copies - 1
            flow.append((bool(reads[position, copy, number]), word, one, copy, last))
    return flow


class Fetched(NamedTuple):
    begun: list[int]
    """Cycles in which vectors began, from 0 at the start."""

    words: list[int]
    """Cycles in which words were taken."""

    end: int
    """First cycle in which nothing was left."""


def fetch(run_bench, tile, contents, operations, readies):
    """Run operations, checking every output in every cycle; return the cycles of each.

    ``readies`` gives a function that is told whether a vector is complete and says, called once
    per cycle, whether the macros are ready.
    """
    dut = Reading(tile)
    fetcher = dut.fetcher
    outcomes = []

    async def bench(ctx):
        for op in operations:
            await prepare(ctx, dut, tile, contents, op)
            ready_now = readies()
            flow = expected_pieces(tile, contents, op)
            assert not ctx.get(fetcher.pending)
            ctx.set(fetcher.start, 1)
            await ctx.tick()
            ctx.set(fetcher.start, 0)
            matrix = op.kind == Kind.MATRIX
            cycle, moved, complete = 1, 0, False
            begun, taken = [], []
            while moved - 3 < len(flow) or complete:
                ready = ready_now(complete)
                ctx.set(fetcher.ready, ready)
                number = moved - 3  # the piece at the word
                word = closes = last = None
                if 0 <= number < len(flow):
                    _, word, one, copy, last = flow[number]
                    closes = word is not None
                advance = not (closes or last) or not complete or ready
                assert ctx.get(fetcher.pending)
                assert ctx.get(fetcher.complete) == complete
                assert ctx.get(fetcher.begun) == (complete and ready)
                assert ctx.get(fetcher.word_valid) == bool(matrix and closes and advance)
                assert ctx.get(fetcher.vector_valid) == bool(not matrix and closes)
                if closes:
                    lanes = unpack(ctx.get(fetcher.word), tile.macro.input_bits, tile.word)
                    assert lanes == word
                    assert ctx.get(fetcher.word_block) == one.block
                    assert ctx.get(fetcher.word_copy) == copy
                    assert ctx.get(fetcher.word_begins) == one.begins
                    assert ctx.get(fetcher.word_ends) == one.ends
                    if advance:
                        taken.append(cycle)
                reads = advance and 1 <= moved <= len(flow) and flow[moved - 1][0]
                assert ctx.get(fetcher.piece_read) == reads
                if complete and ready:
                    begun.append(cycle)
                complete = bool(matrix and last and advance) or (complete and not ready)
                moved += advance
                cycle += 1
                await ctx.tick()
            outcomes.append(Fetched(begun, taken, cycle))
            for _ in range(3):
                assert not ctx.get(fetcher.pending)
                assert not ctx.get(fetcher.complete)
                assert not ctx.get(fetcher.word_valid)
                assert not ctx.get(fetcher.vector_valid)
                assert not ctx.get(fetcher.piece_read)
                await ctx.tick()

    run_bench(dut, bench)
    return outcomes


def macros(period):
    """Return macros that convert a vector for ``period`` cycles, ready again in the last."""

    def start():
        left = 0

        def ready(complete):
            nonlocal left
            left = max(left - 1, 0)
            if complete and left == 0:
                left = period
                return True
            return left == 0

        return ready

    return start


def draw_pieces(data, word, line):
    """Draw a list; the first piece that is not idle opens."""
    pieces, opened = [], False
    for _ in range(data.draw(st.integers(1, 5), label="pieces")):
        row = data.draw(st.integers(0, word - 1))
        length = data.draw(st.integers(0, word - row))
        x, y = data.draw(st.integers(-word - 1, line + 1)), data.draw(st.integers(0, 2))
        flags = [data.draw(st.booleans()) for _ in range(4)]
        opens = flags[0] or ((length > 0 or flags[1]) and not opened)
        opened |= opens
        fields = dict(zip(("closes", "begins", "ends"), flags[1:], strict=True))
        block = data.draw(st.integers(0, 2047))
        offset = y * line + x
        pieces.append(
            Piece(
                offset=offset, x=x, y=y, length=length, row=row, block=block, opens=opens, **fields
            )
        )
    return pieces


def draw_operation(data, word, input_bits, size):
    """Draw an operation on a tensor that lies in a memory of ``size``, read across its edges."""
    kind = data.draw(st.sampled_from(Kind))
    line, height = data.draw(st.integers(1, 3 * word)), data.draw(st.integers(1, 3))
    base = data.draw(st.integers(0, size - line * height))
    small = st.integers(-2, 2)
    x, y = data.draw(st.integers(-word - 1, line)), data.draw(st.integers(-2, height))
    pieces = draw_pieces(data, word, line)
    changed = {
        "line": line,
        "height": height,
        "pad": data.draw(st.integers(0, 2**input_bits - 1)),
        "address": base + y * line + x,
        "x": x,
        "y": y,
        "copies": data.draw(st.integers(1, 2)),
        "first_piece": data.draw(st.integers(0, 4)),
        "copy_y": data.draw(small),
    }
    changed["copy_address"] = changed["copy_y"] * line
    for loop in LOOPS:
        name, by_x, by_y = loop.lower(), data.draw(small), data.draw(small)
        changed |= {f"count_{name}s": data.draw(st.integers(1, 2)), f"{name}_x": by_x}
        changed |= {f"{name}_y": by_y, f"{name}_address": by_y * line + by_x}
    return operation(kind, pieces, **changed)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(data=st.data())
def test_words_are_those_of_the_model_whatever_the_stalls(core_tile_spec, run_bench, data):
    word, input_bits = data.draw(st.sampled_from(SIZES))
    tile = core_tile_spec(word=word, input_bits=input_bits, pieces=9, activations=10 * word)
    rng = random.Random(data.draw(st.integers(0, 99)))
    contents = [rng.randrange(2**input_bits) for _ in range(10 * word)]
    operations = [draw_operation(data, word, input_bits, 10 * word) for _ in range(2)]
    stall = st.sampled_from([[False] * 40, [False], [True], [True] * 7])
    stalls = [turn for part in data.draw(st.lists(stall, max_size=30)) for turn in part]

    def readies():
        left = iter(stalls)
        return lambda complete: next(left, True)

    assert len(fetch(run_bench, tile, contents, operations, readies)) == 2


IDLE = piece(length=0, opens=False, closes=False)
LISTS = {
    "one": [piece()],
    "joined": [piece(closes=False), piece(row=1, opens=False)],
    "idle first": [IDLE, IDLE, IDLE, piece(), piece(block=1)],
    "idle last": [piece(), IDLE, IDLE],
    "only idle": [IDLE, IDLE],
    "many": [piece(block=n) for n in range(9)],
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize("cycles_per_vector", [1, 2, 3, 9, 10, 64])
def test_vectors_begin_when_predicted(core_tile_spec, run_bench, name, copies, cycles_per_vector):
    tile = core_tile_spec(word=4, pieces=9)
    pieces, vectors = LISTS[name], 6
    op = operation(pieces=pieces, copies=copies, count_rows=3, count_columns=2)
    contents = [n % 8 for n in range(tile.table.activations)]
    (outcome,) = fetch(run_bench, tile, contents, [op], macros(cycles_per_vector))
    work = len(pieces) * copies
    predicted = [timing.begun_cycle(cycles_per_vector, work, n) for n in range(vectors)]
    assert outcome.begun == predicted
    assert outcome.end == predicted[-1] + 1


@pytest.mark.parametrize("name", LISTS)
def test_words_of_the_vector_unit_follow_each_other_piece_by_piece(core_tile_spec, run_bench, name):
    tile = core_tile_spec(word=4, pieces=9)
    pieces = LISTS[name]
    op = operation(Kind.SUM, pieces, count_rows=3, count_columns=2)
    contents = [n % 8 for n in range(tile.table.activations)]
    (outcome,) = fetch(run_bench, tile, contents, [op], macros(64))
    closes = [one.closes for one in pieces] * 6
    first = timing.FETCH_CYCLES
    assert outcome.words == [first + n for n, closing in enumerate(closes) if closing]
    assert outcome.end == first + len(closes)


def test_complete_vector_waits_as_long_as_it_must(core_tile_spec, run_bench):
    tile = core_tile_spec(word=4)
    op = operation(pieces=[piece(), piece(block=1)], count_rows=2)
    contents = [n % 8 for n in range(tile.table.activations)]
    readies = [False] * 100 + [True] + [False] * 100 + [True]

    def from_complete():
        left = iter(readies)
        return lambda complete: complete and next(left)

    (outcome,) = fetch(run_bench, tile, contents, [op], from_complete)
    # by hand: complete from cycle 6 on, refused 100 times. Meanwhile the next word waits, is taken
    # with the begin, the one after it follows; complete again 2 cycles after the begin.
    assert outcome.begun == [106, 208]
    assert outcome.words == [4, 5, 106, 107]
