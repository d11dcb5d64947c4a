"""Chains of PEs with all their macros and arrays, against products of integers."""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from amaranth import Module
from amaranth.lib.wiring import connect

from behavioral import ideal
from cosim.analog import AnalogService
from cosim.job import MacroJob
from hdl_gen.pe import Pe
from hw_spec.chip import ChipSpec, Setting
from hw_spec.host import PeWord
from hw_spec.numbers import requantise
from hw_spec.port import pack, unpack
from hw_spec.tile import TileSpec
from hw_spec.timing import finish_cycles
from network.place import levels

LAYER = 5


@dataclass(frozen=True, kw_only=True)
class Work:
    """A layer on one chain of PEs per copy and column block, and the vectors of its copies."""

    tile: TileSpec
    chain: int
    """PEs of a chain."""
    blocks: int
    """Row blocks; the last PE of a chain need not use all its macros."""
    weights: np.ndarray
    """Shape (column blocks, blocks * word, block)."""
    inputs: np.ndarray
    """Shape (vectors, copies, blocks * word)."""
    scales: list
    """Bias and multiplier of each output of a chain, for all column blocks alike."""
    pool: int

    @property
    def parts(self):
        """Copy, column block and place in its chain of each PE."""
        copies, columns = self.inputs.shape[1], len(self.weights)
        return [
            (copy, column, place)
            for copy in range(copies)
            for column in range(columns)
            for place in range(self.chain)
        ]

    def macros(self, place):
        """Return the macros in use of the PE at a place of its chain."""
        return min(self.tile.table.macros_per_pe, self.blocks - self.first_block(place))

    def first_block(self, place):
        return place * self.tile.table.macros_per_pe


def work_of(tile, *, chain, blocks, columns=1, copies=1, vectors=4, pool=1, seed=1):
    rng, spec = np.random.default_rng(seed), tile.macro
    low, high = -(2 ** (spec.weight_bits - 1)), 2 ** (spec.weight_bits - 1)
    rows = blocks * tile.word
    return Work(
        tile=tile,
        chain=chain,
        blocks=blocks,
        weights=rng.integers(low, high, (columns, rows, tile.block)),
        inputs=rng.integers(0, 2**spec.input_bits, (vectors, copies, rows)),
        scales=[(int(rng.integers(-9, 9)), int(rng.integers(1, 9))) for _ in range(tile.block)],
        pool=pool,
    )


def arrays_of(work):
    """Return the ideal arrays of all macros in use, by number of PE and of macro."""
    spec, word = work.tile.macro, work.tile.word
    chip = ChipSpec(
        name="fake",
        source="none, for tests",
        device="taox_hfox_iedm19",
        node_nm=32,
        clock_period_s=Setting(value=1e-8, source="assumed: test"),
        read_v=Setting(value=0.2, source="assumed: test"),
        macro=spec,
    )
    arrays = {}
    for pe, (_copy, column, place) in enumerate(work.parts):
        for n in range(work.macros(place)):
            block = work.first_block(place) + n
            cells = levels(work.weights[column, block * word : (block + 1) * word], spec)
            inputs = np.zeros((1, spec.rows), dtype=np.int64)
            job = MacroJob(chip=chip, ideal=True, levels=cells, inputs=inputs, seed=0)
            arrays[pe, n] = AnalogService(job)
    return arrays


def wired(work):
    """Return the PEs, and a module in which each is tied to the next."""
    pes, top = [Pe(work.tile) for _ in work.parts], Module()
    for n, pe in enumerate(pes):
        top.submodules[f"pe_{n}"] = pe
    for before, after in pairwise(pes):
        connect(top, before.chain_out, after.chain_in)
    return pes, top


async def configure(ctx, work, pes):
    for (copy, _column, place), pe in zip(work.parts, pes, strict=True):
        words = {
            PeWord.LAYER: LAYER,
            PeWord.COPY: copy,
            PeWord.FIRST_BLOCK: work.first_block(place),
            PeWord.MACROS: work.macros(place),
            PeWord.CHAINED: (place > 0) | (place == work.chain - 1) << 1,
        }
        for output, (bias, multiplier) in enumerate(work.scales):
            words[PeWord.SCALES + 2 * output] = multiplier
            words[PeWord.SCALES + 2 * output + 1] = bias % 2**32
        ctx.set(pe.bus.config_valid, 1)
        ctx.set(pe.bus.config_select, 1)
        for index, word in words.items():
            ctx.set(pe.bus.config_index, index)
            ctx.set(pe.bus.config_data, word)
            await ctx.tick()
        ctx.set(pe.bus.config_valid, 0)
        settings = {"layer": LAYER, "shift": 2, "zero": 1, "pool": work.pool}
        for name, value in settings.items():
            ctx.set(getattr(pe.bus, name), value)


def words_of(work):
    """Return copy, row block, word, and whether it is the last of its vector, in their order."""
    word, words = work.tile.word, deque()
    for vector in work.inputs.tolist():
        for copy, inputs in enumerate(vector):
            for block in range(work.blocks):
                row = inputs[block * word : (block + 1) * word]
                last = (copy + 1, block + 1) == (len(vector), work.blocks)
                words.append((copy, block, pack(row, work.tile.macro.input_bits), last))
    return words


def send(ctx, pes, words, *, complete, pause):
    """Put one word on the bus if all take it; return whether it was the last of its vector."""
    ready = not complete or all(ctx.get(pe.bus.ready) for pe in pes)
    valid = bool(words) and ready and not pause
    copy, block, word, last = words.popleft() if valid else (0, 0, 0, False)
    for pe in pes:
        ctx.set(pe.bus.word_valid, int(valid))
        ctx.set(pe.bus.word_copy, copy)
        ctx.set(pe.bus.word_block, block)
        ctx.set(pe.bus.word, word)
    return last


def convert(ctx, pes, arrays, cycle, due):
    """Answer the strobes of a cycle, and give the codes that are due."""
    for (pe, n), array in arrays.items():
        port = getattr(pes[pe], f"analog_{n}")
        if (cycle, pe, n) in due:
            ctx.set(port.codes, due.pop((cycle, pe, n)))
        if ctx.get(port.sample):
            cycles = pes[pe].tile.macro.adc.conversion_cycles
            due[cycle + cycles, pe, n] = array.answer(
                row_drive=ctx.get(port.row_drive),
                word_lines=ctx.get(port.word_lines),
                column_select=ctx.get(port.column_select),
            )


def run_work(run_bench, work, pause=0.0):
    """Run a layer, and return when each vector began, and cycle and results of each finish."""
    pes, top = wired(work)
    arrays, words, due = arrays_of(work), words_of(work), {}
    rng = np.random.default_rng(2)
    seen = SimpleNamespace(begun=[], finished=[[] for _ in pes], converting=0)

    async def bench(ctx):
        await configure(ctx, work, pes)
        complete, cycle, windows = False, 0, len(work.inputs) // work.pool
        ends = [n for n, (*_, place) in enumerate(work.parts) if place == work.chain - 1]
        while any(len(seen.finished[n]) < windows for n in ends):
            for pe in pes:
                ctx.set(pe.bus.complete, int(complete))
            convert(ctx, pes, arrays, cycle, due)
            last = send(ctx, pes, words, complete=complete, pause=rng.random() < pause)
            begins = {
                ctx.get(pe.bus.begins)
                for pe, part in zip(pes, work.parts, strict=True)
                if not part[2]
            }
            assert len(begins) == 1  # all chains start together
            if begins == {1}:
                seen.begun.append(cycle)
            seen.converting += ctx.get(pes[0].bus.converting)
            for pe, found in zip(pes, seen.finished, strict=True):
                ctx.set(pe.bus.select, 1)
                if ctx.get(pe.bus.finished):
                    found.append((cycle, ctx.get(pe.bus.result)))
            complete = last or (complete and begins == {0})
            await ctx.tick()
            cycle += 1

    run_bench(top, bench)
    return seen


def expected_results(work, copy, column):
    """Return the results of all windows of a chain."""
    bits = work.tile.macro.input_bits
    biases, multipliers = np.array(work.scales).T
    sums = ideal.product(work.inputs[:, copy], work.weights[column])
    activations = requantise(sums, bias=biases, multiplier=multipliers, shift=2, zero=1, bits=bits)
    return activations.reshape(-1, work.pool, work.tile.block).max(axis=1).tolist()


SLOW = {"adc": {"conversion_cycles": 3}, "input_bits": 2}
# by hand: 7 outputs in the 2 cycles of a vector, so beats of 4 and 3
FAST = {"rows": 8, "columns": 14, "columns_per_adc": 1, "parallel_rows": 8, "input_bits": 2}
WORKS = {
    "one macro": (1, {}, {"chain": 1, "blocks": 1}),
    "chain of two with two macros": (2, {}, {"chain": 2, "blocks": 4}),
    "chain of two, one macro left over": (3, {}, {"chain": 2, "blocks": 5, "pool": 2}),
    "chain of three with one macro": (1, SLOW, {"chain": 3, "blocks": 3}),
    "two chains of two": (2, SLOW, {"chain": 2, "blocks": 3, "columns": 2, "pool": 4}),
    "two copies of chains": (2, {}, {"chain": 2, "blocks": 3, "copies": 2, "pool": 2}),
    "more words than cycles of a vector": (2, FAST, {"chain": 2, "blocks": 4, "vectors": 6}),
    "five macros, psums in lanes": (5, FAST, {"chain": 1, "blocks": 5, "pool": 3, "vectors": 6}),
}


@pytest.fixture(params=WORKS.values(), ids=WORKS)
def work(request, tile_spec):
    macros, macro, layer = request.param
    pes = layer["chain"] * layer.get("columns", 1) * layer.get("copies", 1)
    macro = {"weight_bits": 3, "columns": 6, "columns_per_adc": 3, "reference_level": 0} | macro
    if macro["columns"] == 14:
        macro["weight_bits"] = 2
    tile = tile_spec(macros, pes, **macro)
    tile = TileSpec(macro=tile.macro.lossless(), table=tile.table)
    return work_of(tile, **layer)


@pytest.mark.parametrize("pause", [0.0, 0.8], ids=["free", "paused"])
def test_chains_give_the_requantised_products_in_the_predicted_cycles(run_bench, work, pause):
    seen = run_work(run_bench, work, pause)
    assert len(seen.begun) == len(work.inputs)
    for (copy, column, place), found in zip(work.parts, seen.finished, strict=True):
        results = [unpack(word, work.tile.macro.input_bits, work.tile.block) for _, word in found]
        if place == work.chain - 1:
            assert results == expected_results(work, copy, column)
            due = [begun + finish_cycles(work.tile, place) for begun in seen.begun]
            assert [cycle for cycle, _ in found] == due[work.pool - 1 :: work.pool]
        else:
            assert not found


def test_vectors_follow_each_other_without_a_gap_if_their_words_are_in_time(run_bench, work):
    words = work.blocks * work.inputs.shape[1]
    period = max(words, work.tile.macro.cycles_per_vector)
    seen = run_work(run_bench, work)
    # by hand: the words of the first vector, then its start
    assert seen.begun == [words + n * period for n in range(len(work.inputs))]
    assert seen.converting == len(work.inputs) * work.tile.macro.cycles_per_vector
