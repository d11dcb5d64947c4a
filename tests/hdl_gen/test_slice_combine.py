"""SliceCombine, in Amaranth's own simulator, against the formula in Python integers."""

import itertools
import random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.slice_combine import SliceCombine
from hw_spec.port import pack, psum_beats, psums_per_beat


class Combined(NamedTuple):
    psums: list[list[int]]
    """Psums of each vector."""

    finish_cycles: list[int]
    """Cycle in which each vector finished."""

    done_cycles: list[int]
    """Cycle in which the last psum beat of each vector was taken."""

    halts: int
    """Cycles in which the column sums had to wait."""


def combined(run_bench, spec, vectors, *, finishes=(), readies=()):
    """Finish vectors, given by their column sums and row sums, and collect their psums.

    ``finishes`` says, choice by choice, whether a vector finishes when it may; ``readies``, cycle
    by cycle, whether a psum beat is taken; both are true after their ends. Column sums are right
    from the cycle after a finish until they may change, and no longer.
    """
    dut = SliceCombine(spec)
    per_lane, bits = spec.columns_per_adc, spec.column_sum_bits
    finishes, readies = iter(finishes), iter(readies)
    beats, finish_cycles, done_cycles, halts = [], [], [], []

    async def bench(ctx):
        complete, held = None, None
        for cycle in itertools.count():
            ready = next(readies, True)
            ctx.set(dut.psums.ready, ready)
            sums = [2**bits - 1] * spec.columns if complete is None else vectors[complete][0]
            for lane in range(spec.lanes):
                word = pack(sums[lane * per_lane : (lane + 1) * per_lane], bits)
                ctx.set(getattr(dut, f"sums_{lane}"), word)
            advance = ctx.get(dut.advance)
            count = len(finish_cycles)
            finish = advance and count < len(vectors) and next(finishes, True)
            ctx.set(dut.finish, finish)
            ctx.set(dut.row_sum, vectors[count][1] if finish else 2**spec.row_sum_bits - 1)
            assert ctx.get(dut.advance) == advance
            assert ctx.get(dut.finished) == (complete is not None)
            if not advance:
                halts.append(cycle)
                assert ctx.get(dut.draining)

            payload = [ctx.get(dut.psums.p[n]) for n in range(psums_per_beat(spec))]
            offered = ctx.get(dut.psums.valid)
            if held is not None:
                assert (offered, payload) == (1, held)  # what is offered stays until it is taken
            held = payload if offered and not ready else None
            if offered and ready:
                beats.append(payload)
                if len(beats) % psum_beats(spec) == 0:
                    done_cycles.append(cycle)

            if finish:
                complete = count
                finish_cycles.append(cycle)
            elif advance:
                complete = None
            await ctx.tick()
            if len(done_cycles) == len(vectors):
                assert not ctx.get(dut.psums.valid)
                assert not ctx.get(dut.draining)
                return

    run_bench(dut, bench)
    flat = iter(beats)
    psums = [
        [psum for _ in range(psum_beats(spec)) for psum in next(flat)][: spec.outputs]
        for _ in vectors
    ]
    return Combined(psums, finish_cycles, done_cycles, len(halts))


def expected_psums(spec, sums, row_sum):
    """Return the psums, slice by slice: what was measured, less what was stored beside the weight.

    Every stored digit is measured against the reference level, and the offset of the weight belongs
    to no product.
    """
    zero_sum = spec.adc.zero_code * spec.row_groups * (2**spec.input_bits - 1)
    psums = []
    for output in range(spec.outputs):
        psum = -(2 ** (spec.weight_bits - 1)) * row_sum
        for k in range(spec.slices):
            steps = spec.adc.step * (sums[output * spec.slices + k] - zero_sum)
            psum += 2 ** (spec.cell_bits * k) * (steps + spec.reference_level * row_sum)
        psums.append(psum)
    return psums


def extremes(spec):
    """Return the largest sum of a column and the largest sum of inputs."""
    planes = 2**spec.input_bits - 1
    return spec.row_groups * planes * (2**spec.adc.bits - 1), spec.rows * planes


def random_vectors(spec, count, seed=1):
    rng = random.Random(seed)
    top_sum, top_row_sum = extremes(spec)
    return [
        ([rng.randint(0, top_sum) for _ in range(spec.columns)], rng.randint(0, top_row_sum))
        for _ in range(count)
    ]


def expected(spec, vectors):
    return [expected_psums(spec, *vector) for vector in vectors]


ONE_BEAT = {"rows": 3, "parallel_rows": 3, "columns": 6, "columns_per_adc": 1, "input_bits": 1}
SIZES = {
    # two slices, a column sum per lane and several
    "one psum per beat": {"columns": 8, "columns_per_adc": 2},
    "all psums in one beat": ONE_BEAT,
    # by hand: 3 cycles per vector for 5 outputs, so 2 psums per beat
    "last beat half full": {"parallel_rows": 5, "columns": 10, "columns_per_adc": 1},
    "one output": {"columns": 2, "columns_per_adc": 2},
    "one slice": {"columns": 6, "cell_bits": 3, "weight_bits": 3, "adc": {"zero_code": 3}},
    "cell bits do not divide weight bits": {"columns": 9, "columns_per_adc": 3, "cell_bits": 3}
    | {"weight_bits": 7, "reference_level": 4, "adc": {"step": 3, "zero_code": 5}},
    "slices spread over lanes": {"columns": 12, "columns_per_adc": 2, "weight_bits": 4},
    "reference at the top": {"cell_bits": 2, "weight_bits": 4, "reference_level": 3}
    | {"adc": {"zero_code": 7}},
    "widest, two slices": {"rows": 23, "parallel_rows": 1, "input_bits": 16, "cell_bits": 8}
    | {"weight_bits": 16, "reference_level": 128}
    | {"adc": {"bits": 16, "step": 4096, "zero_code": 32768}},
    "widest, sixteen slices": {"rows": 4, "parallel_rows": 1, "columns": 32, "input_bits": 16}
    | {"weight_bits": 16, "adc": {"bits": 16, "step": 4096, "zero_code": 65535}},
}


@pytest.fixture(params=SIZES.values(), ids=SIZES)
def spec(request, macro_spec):
    return macro_spec(**request.param)


def test_psums_equal_the_formula(run_bench, spec):
    vectors = random_vectors(spec, 6)
    assert combined(run_bench, spec, vectors).psums == expected(spec, vectors)


def test_extreme_psums_do_not_wrap(run_bench, spec):
    # A psum is linear in each sum, so its extremes lie at theirs.
    top_sum, top_row_sum = extremes(spec)
    vectors = [
        ([column_sum] * spec.columns, row_sum)
        for column_sum in (0, top_sum)
        for row_sum in (0, top_row_sum)
    ]
    assert combined(run_bench, spec, vectors).psums == expected(spec, vectors)


def test_most_negative_and_most_positive_psum_of_a_small_macro(macro_spec, run_bench):
    spec = macro_spec(rows=1, parallel_rows=1, columns=2, columns_per_adc=1, input_bits=2)
    # by hand: sums to 3 * 7 in slices of weight 1 and 2, less an offset of 2 times inputs to 3
    vectors = [([0, 0], 3), ([21, 21], 0), ([21, 0], 3), ([0, 21], 3)]
    assert combined(run_bench, spec, vectors).psums == [[-6], [63], [15], [36]]


def test_first_psum_is_offered_three_cycles_after_the_last_code(run_bench, spec):
    # The sums are complete in the next cycle, and two cycles later the first beat is offered.
    run = combined(run_bench, spec, random_vectors(spec, 1))
    assert run.done_cycles == [3 + psum_beats(spec) - 1]


def test_vectors_that_finish_at_once_take_psum_beats_cycles_each(run_bench, spec):
    vectors, beats = random_vectors(spec, 6), psum_beats(spec)
    run = combined(run_bench, spec, vectors)
    assert run.done_cycles == [2 + (n + 1) * beats for n in range(6)]
    # The second finishes beside the first; each further one as result registers become free.
    assert run.finish_cycles == [0, *(1 + n * beats for n in range(5))]
    assert run.halts == 5 * (beats - 1)


def test_vectors_that_finish_every_psum_beats_cycles_never_wait(run_bench, spec):
    vectors, beats = random_vectors(spec, 6), psum_beats(spec)
    finishes = [True, *[False] * (beats - 1)] * 6
    run = combined(run_bench, spec, vectors, finishes=finishes)
    assert run.halts == 0
    assert run.finish_cycles == [n * beats for n in range(6)]


def test_psums_held_up_longer_than_many_vectors_are_all_kept(run_bench, spec):
    vectors = random_vectors(spec, 6)
    stall = 10 * max(spec.cycles_per_vector, psum_beats(spec))
    stall = min(stall, 200)
    run = combined(run_bench, spec, vectors, readies=[False] * stall)
    assert run.psums == expected(spec, vectors)
    # by hand: one vector in the column sums, one in the result registers; the offered beat is part
    # of that one, or holds all psums of another
    finished = [cycle for cycle in run.finish_cycles if cycle < stall]
    assert len(finished) == (2 if psum_beats(spec) > 1 else 3)
    assert run.halts >= stall - 3 * psum_beats(spec)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    size=st.sampled_from(["one psum per beat", "all psums in one beat", "last beat half full"]),
    seed=st.integers(0, 99),
    finishes=st.lists(st.booleans(), max_size=40),
    readies=st.lists(st.booleans(), max_size=80),
)
def test_psums_do_not_depend_on_pauses(macro_spec, run_bench, size, seed, finishes, readies):
    spec = macro_spec(**SIZES[size])
    vectors = random_vectors(spec, 5, seed)
    run = combined(run_bench, spec, vectors, finishes=finishes, readies=readies)
    assert run.psums == expected(spec, vectors)
