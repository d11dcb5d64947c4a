"""ActivationMemory, in Amaranth's own simulator, against a plain list."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.activation_memory import ActivationMemory
from hw_spec.port import pack, unpack


def write(ctx, dut, tile, address, values):
    """Drive the write port for this cycle; lanes beyond what is written carry junk."""
    junk = [2**tile.macro.input_bits - 1] * (tile.word - len(values))
    ctx.set(dut.write.enable, 1)
    ctx.set(dut.write.address, address)
    ctx.set(dut.write.length, len(values))
    ctx.set(dut.write.data, pack([*values, *junk], tile.macro.input_bits))


def lanes_read(ctx, dut, tile, address, length):
    """Return the first activations of what was read from an address on, in their order."""
    lanes = unpack(ctx.get(dut.read.data), tile.macro.input_bits, tile.word)
    return [lanes[(address + n) % tile.word] for n in range(length)]


async def fill(ctx, dut, tile, contents):
    for address in range(0, len(contents), tile.word):
        write(ctx, dut, tile, address, contents[address : address + tile.word])
        await ctx.tick()
    ctx.set(dut.write.enable, 0)


def run_accesses(run_bench, tile, accesses, seed=1):
    """Make one access per cycle, a read and a write or nothing, and check what is read.

    An access is (read address, first, second, write address, values) or None. A half that is not
    read gives what it gave last.
    """
    dut = ActivationMemory(tile)
    rng = random.Random(seed)
    size, word = tile.table.activations, tile.word
    contents = [rng.randrange(2**tile.macro.input_bits) for _ in range(size)]

    async def bench(ctx):
        await fill(ctx, dut, tile, contents)
        given = [[0] * word, [0] * word]  # by the even and by the odd half
        column, odd = 0, 0
        for access in [*accesses, None]:
            lanes = unpack(ctx.get(dut.read.data), tile.macro.input_bits, word)
            assert lanes == [given[odd ^ (lane < column)][lane] for lane in range(word)]
            ctx.set(dut.read.first, 0)
            ctx.set(dut.read.second, 0)
            ctx.set(dut.write.enable, 0)
            if access is not None:
                address, first, second, target, values = access
                ctx.set(dut.read.first, first)
                ctx.set(dut.read.second, second)
                ctx.set(dut.read.address, address)
                write(ctx, dut, tile, target, values)
                start = address // word * word
                if first or second:
                    column, odd = address % word, address // word % 2
                if first:
                    given[odd] = contents[start : start + word]
                if second:
                    given[1 - odd] = contents[start + word : start + 2 * word]
                contents[target : target + len(values)] = values
            await ctx.tick()
        for address in range(0, size, word):
            ctx.set(dut.read.first, 1)
            ctx.set(dut.read.address, address)
            await ctx.tick()
            stored = lanes_read(ctx, dut, tile, address, word)
            assert stored == contents[address : address + word]

    run_bench(dut, bench)


SIZES = [
    # word, input_bits, words
    (1, 1, 2),
    (1, 4, 6),
    (2, 3, 2),
    (4, 3, 10),
    (8, 1, 4),
    (16, 5, 6),
]


def apart(address, target, word):
    """Whether no word read from ``address`` on is written from ``target`` on."""
    return not {address // word, address // word + 1} & {target // word, target // word + 1}


@settings(max_examples=20, deadline=None, derandomize=True)
@given(data=st.data())
def test_reads_and_writes_any_address_in_the_same_cycle(core_tile_spec, run_bench, data):
    word, input_bits, words = data.draw(st.sampled_from(SIZES))
    tile = core_tile_spec(word=word, input_bits=input_bits, activations=word * words)
    size = word * words

    def access():
        address, target = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
        length = data.draw(st.integers(0, min(word, size - target)))
        if not apart(address, target, word):
            length = 0
        first = data.draw(st.booleans())
        second = data.draw(st.booleans()) and address // word + 1 < words
        values = data.draw(
            st.lists(st.integers(0, 2**input_bits - 1), min_size=length, max_size=length)
        )
        return address, first, second, target, values

    pauses = data.draw(st.lists(st.booleans(), max_size=40))
    run_accesses(run_bench, tile, [None if pause else access() for pause in pauses])


def test_what_was_read_stays_while_words_are_written(core_tile_spec, run_bench):
    tile = core_tile_spec(word=4, activations=48)
    writes = [(0, 0, 0, 20 + n, [n % 8, 7 - n % 8]) for n in range(24)]
    run_accesses(run_bench, tile, [(5, 1, 1, 40, [1]), *writes, *[None] * 20, (6, 1, 0, 0, [])])


@pytest.mark.parametrize("size", SIZES)
def test_host_reads_and_writes_single_activations(core_tile_spec, run_bench, size):
    word, input_bits, words = size
    tile = core_tile_spec(word=word, input_bits=input_bits, activations=word * words)
    dut = ActivationMemory(tile)
    rng = random.Random(3)
    contents = [rng.randrange(2**input_bits) for _ in range(word * words)]
    order = rng.sample(range(word * words), word * words)

    async def bench(ctx):
        ctx.set(dut.host_write, 1)
        for address in order:
            ctx.set(dut.host_address, address)
            ctx.set(dut.host_data, contents[address])
            await ctx.tick()
        ctx.set(dut.host_write, 0)
        ctx.set(dut.host_read, 1)
        for address in reversed(order):
            ctx.set(dut.host_address, address)
            await ctx.tick()
            assert ctx.get(dut.host_answer) == contents[address]
        for address in range(word * (words - 1)):
            ctx.set(dut.host_read, 0)
            ctx.set(dut.read.first, 1)
            ctx.set(dut.read.second, 1)
            ctx.set(dut.read.address, address)
            await ctx.tick()
            assert lanes_read(ctx, dut, tile, address, word) == contents[address : address + word]

    run_bench(dut, bench)
