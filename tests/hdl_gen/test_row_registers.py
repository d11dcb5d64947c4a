"""RowRegisters, in Amaranth's own simulator, against a list of vectors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.row_registers import RowRegisters
from hw_spec.port import row_beats, rows_per_beat


def plane_major(spec, vector):
    """Return the word that holds bit ``plane`` of row ``row`` at ``plane * rows + row``."""
    word = 0
    for row, x in enumerate(vector):
        for plane in range(spec.input_bits):
            word |= (x >> plane & 1) << (plane * spec.rows + row)
    return word


def start_cycles(run_bench, spec, vectors, *, offers=(), allows=()):
    """Load and start vectors, checking every output in every cycle; return when they started.

    ``offers`` and ``allows`` say, choice by choice, whether a row beat is offered and whether a
    loaded vector starts; both are true after their ends.
    """
    dut = RowRegisters(spec)
    per_beat, beats = rows_per_beat(spec), row_beats(spec)
    padding = [0] * (beats * per_beat - spec.rows)
    flat = [x for vector in vectors for x in [*vector, *padding]]
    queue = [flat[n : n + per_beat] for n in range(0, len(flat), per_beat)]
    junk = [2**spec.input_bits - 1] * per_beat
    offers, allows = iter(offers), iter(allows)
    starts = []

    async def bench(ctx):
        cycle, taken, offered = 0, 0, False
        current = [0] * spec.rows
        while True:
            loaded = taken == (len(starts) + 1) * beats
            assert ctx.get(dut.loaded) == loaded
            assert ctx.get(dut.vector) == plane_major(spec, current)
            assert ctx.get(dut.row_sum) == sum(current)
            if len(starts) == len(vectors):
                return

            start = loaded and next(allows, True)
            offered = taken < len(queue) and (offered or next(offers, True))
            ctx.set(dut.start, start)
            ctx.set(dut.inputs.valid, offered)
            ctx.set(dut.inputs.payload, queue[taken] if offered else junk)
            assert ctx.get(dut.inputs.ready) == (not loaded or start)

            if offered and ctx.get(dut.inputs.ready):
                taken, offered = taken + 1, False
            if start:
                current = vectors[len(starts)]
                starts.append(cycle)
            cycle += 1
            await ctx.tick()

    run_bench(dut, bench)
    return starts


@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_started_vector_is_the_one_sent_whatever_the_pauses(macro_spec, run_bench, data):
    rows = data.draw(st.integers(1, 9))
    bits = data.draw(st.integers(1, 4))
    parallel_rows = data.draw(st.integers(1, rows))
    spec = macro_spec(rows=rows, parallel_rows=parallel_rows, columns_per_adc=1, input_bits=bits)
    vector = st.lists(st.integers(0, 2**bits - 1), min_size=rows, max_size=rows)
    vectors = data.draw(st.lists(vector, min_size=1, max_size=4))
    pauses = st.lists(st.booleans(), max_size=40)
    offers, allows = data.draw(pauses), data.draw(pauses)
    starts = start_cycles(run_bench, spec, vectors, offers=offers, allows=allows)
    assert len(starts) == len(vectors)


def test_sum_of_the_largest_inputs_does_not_wrap(macro_spec, run_bench):
    spec = macro_spec(rows=9, parallel_rows=9, columns_per_adc=1, input_bits=3)
    start_cycles(run_bench, spec, [[7] * 9, [0] * 9, [7] * 9])


def test_loaded_vector_waits_as_long_as_it_must(macro_spec, run_bench):
    spec = macro_spec(rows=5, parallel_rows=5, columns_per_adc=1, input_bits=2)
    vectors = [[3, 0, 1, 2, 3], [1, 2, 3, 0, 1], [2, 2, 0, 3, 1]]
    starts = start_cycles(run_bench, spec, vectors, allows=[False] * 50)
    # by hand: 2 beats load the first; 50 refusals later it starts and the next takes 2 cycles
    assert starts == [52, 54, 56]


@pytest.mark.parametrize(
    ("rows", "input_bits", "beats"),
    [
        (4, 1, 1),  # by hand: 1 cycle per vector, so all rows in one beat
        (1, 3, 1),
        (3, 3, 3),  # 3 cycles per vector, 1 row per beat
        (7, 3, 3),  # 3 rows per beat, the last beat holds 1
        (8, 3, 3),  # the last beat holds 2
        (9, 3, 3),  # the last beat is full
        (6, 5, 3),  # 2 rows per beat, fewer beats than cycles per vector
    ],
)
def test_vectors_sent_without_pause_start_every_row_beats_cycles(
    macro_spec, run_bench, rows, input_bits, beats
):
    spec = macro_spec(rows=rows, parallel_rows=rows, columns_per_adc=1, input_bits=input_bits)
    vectors = [[(3 * n + row) % 2**input_bits for row in range(rows)] for n in range(5)]
    starts = start_cycles(run_bench, spec, vectors)
    assert starts == [beats, 2 * beats, 3 * beats, 4 * beats, 5 * beats]
