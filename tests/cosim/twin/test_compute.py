import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from behavioral import ideal
from cosim.engines import pysim
from cosim.job import Pauses
from cosim.twin.compute import compute, results
from cosim.twin.plan import plan_macro
from hw_spec.port import psum_beats, row_beats
from hw_spec.timing import layer_cycles


def pysim_run(job):
    return pysim.run(job, None, build_dir=None)


def test_equals_pysim(observed, assert_same):
    job, expected, _ = observed
    assert_same(compute(job).run, expected)


@pytest.mark.parametrize("vectors", [1, 2, 13])
def test_equals_pysim_for_any_number_of_vectors(vectors, pauses, make_chip, make_job, assert_same):
    job = make_job(make_chip(columns_per_adc=1, parallel_rows=10), vectors=vectors, pauses=pauses)
    assert_same(compute(job).run, pysim_run(job))


@pytest.mark.parametrize(
    ("share", "seed", "left"),  # found by trial
    [(0.9, 23, -2), (0.9, 45, -1), (0.85, 342, 0), (0.93, 23, 1), (0.95, 220, 9)],
)
def test_run_that_ends_before_its_last_steps_equals_pysim(
    share, seed, left, make_chip, make_job, assert_same
):
    # One conversion of 16 cycles per vector; a hold lets its codes be due while steps stand still.
    macro = {"rows": 3, "parallel_rows": 3, "columns": 2, "columns_per_adc": 1, "input_bits": 1}
    chip = make_chip(**macro, adc={"conversion_cycles": 16})
    job = make_job(chip, vectors=5, pauses=Pauses(psums=share, seed=seed))
    plan = plan_macro(job)
    assert plan.last_step[-1] - plan.last_psum[-1] == left
    assert_same(compute(job).run, pysim_run(job))


def test_inputs_that_never_change_toggle_as_in_pysim(make_chip, make_job, assert_same):
    job = make_job(make_chip(parallel_rows=10), vectors=3, pauses=Pauses(inputs=0.5, psums=0.5))
    job.inputs[:] = 7  # the last bit plane of a vector and the first of the next are alike
    assert_same(compute(job).run, pysim_run(job))


@pytest.mark.parametrize("chunk", [1, 3, 1000])
@pytest.mark.parametrize("macro", [{}, {"columns_per_adc": 1, "parallel_rows": 10}])
def test_result_does_not_depend_on_the_chunk(chunk, macro, make_chip, make_job, assert_same):
    job = make_job(make_chip(**macro), vectors=20, pauses=Pauses(inputs=0.8, seed=6))
    assert_same(compute(job, chunk=chunk).run, compute(job).run)


def test_without_toggles_the_rest_is_the_same(make_chip, make_job):
    job = make_job(make_chip(), pauses=Pauses(psums=0.5))
    without, full = compute(job, toggles=False), compute(job)
    assert without.run.toggles == {}
    np.testing.assert_array_equal(without.run.psums, full.run.psums)
    np.testing.assert_array_equal(without.run.done_cycles, full.run.done_cycles)
    assert without.stalls == full.stalls


def test_free_run_takes_the_cycles_of_the_closed_form(macro, make_chip, make_job):
    job = make_job(make_chip(**macro), vectors=100)
    spec = job.chip.macro
    twin = compute(job, toggles=False)
    expected = [layer_cycles(spec, vectors) for vectors in range(1, 101)]
    np.testing.assert_array_equal(twin.run.done_cycles, expected)
    assert (twin.stalls.inputs, twin.stalls.psums) == (0, 0)


@pytest.mark.parametrize("held", ["inputs", "psums"])
def test_stalls_go_to_the_stream_that_paused(held, macro, make_chip, make_job):
    job = make_job(make_chip(**macro), vectors=30, pauses=Pauses(**{held: 0.95}))
    twin = compute(job, toggles=False)
    more = twin.run.cycles - layer_cycles(job.chip.macro, 30)
    assert more > 0
    assert twin.stalls == type(twin.stalls)(**{"inputs": 0, "psums": 0, held: more})


def test_stalls_of_both_streams_add_up(make_chip, make_job):
    job = make_job(make_chip(), vectors=30, pauses=Pauses(inputs=0.8, psums=0.9))
    twin = compute(job, toggles=False)
    assert twin.stalls.inputs > 0
    assert twin.stalls.psums > 0
    stalls = twin.stalls.inputs + twin.stalls.psums
    assert twin.run.cycles == layer_cycles(job.chip.macro, 30) + stalls


def test_psums_of_a_shipped_macro_are_those_of_its_codes(make_chip, make_job):
    macro = {"rows": 128, "columns": 128, "parallel_rows": 128, "columns_per_adc": 8}
    macro |= {"cell_bits": 4, "input_bits": 8, "weight_bits": 8, "reference_level": 8}
    job = make_job(make_chip(**macro, adc={"bits": 5, "step": 3, "zero_code": 19}), vectors=300)
    spec = job.chip.macro
    codes = np.random.default_rng(1).integers(0, 32, (300, 8, 1, 128), dtype=np.uint8)
    psums, _ = results(job, codes, None)
    expected = ideal.psums_from_codes(codes[:, ::-1], job.inputs, spec)
    np.testing.assert_array_equal(psums, expected)


def test_memory_does_not_grow_with_the_vectors_but_for_codes_and_results(make_chip, make_job):
    chip = make_chip()
    peaks = []
    for vectors in (30_000, 60_000):
        job = make_job(chip, vectors=vectors)
        plan = plan_macro(job)
        codes = np.zeros((vectors, 3, 3, 12), dtype=np.uint8)
        tracemalloc.start()
        results(job, codes, plan)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Psums, and a few numbers of the schedule: 27 steps, 4 lanes and a walk of 108 sums beside.
    assert peaks[1] - peaks[0] < 30_000 * 8 * 16


@st.composite
def macros(draw):
    """Draw fields of a small macro."""
    rows = draw(st.integers(1, 9))
    encoding = draw(st.sampled_from(["offset", "differential"]))
    weight_bits = draw(st.integers(2, 5))
    digit_bits = weight_bits - (encoding == "differential")
    cell_bits = draw(st.integers(1, min(3, digit_bits)))
    columns = -(-digit_bits // cell_bits) * draw(st.integers(1, 4))
    bits = draw(st.integers(1, 5))
    kind = draw(st.sampled_from(["flash", "flash", "sar"]))
    cycles = bits + 1 if kind == "sar" else draw(st.sampled_from([1, 1, 2, 5, 30]))
    per_adc = [count for count in range(1, columns + 1) if columns % count == 0]
    return {
        "rows": rows,
        "columns": columns,
        "parallel_rows": draw(st.sampled_from([rows, (rows + 1) // 2, 1])),
        "columns_per_adc": draw(st.sampled_from(per_adc)),
        "cell_bits": cell_bits,
        "input_bits": draw(st.integers(1, 4)),
        "weight_bits": weight_bits,
        "encoding": encoding,
        "reference_level": draw(st.integers(0, 2**cell_bits - 1)) * (encoding == "offset"),
        "adc": {
            "kind": kind,
            "bits": bits,
            "step": draw(st.integers(1, 5)),
            "zero_code": draw(st.integers(0, 2**bits - 1)),
            "conversion_cycles": cycles,
        },
    }


SHARES = st.sampled_from([0.0, 0.0, 0.3, 0.6, 0.9, 0.97])


def check(make_chip, make_job, assert_same, macro, shares, seed):
    chip = make_chip(**macro)
    spec, pauses = chip.macro, Pauses(inputs=shares[0], psums=shares[1], seed=seed)
    beats = row_beats(spec) / (1 - pauses.inputs) + psum_beats(spec) / (1 - pauses.psums)
    vectors = min(6, int(600 / (spec.cycles_per_vector + beats)))
    assume(vectors)
    job = make_job(chip, vectors=vectors, pauses=pauses, seed=seed)
    assert_same(compute(job, chunk=1 + seed % 3).run, pysim_run(job))


@settings(max_examples=20, deadline=None)
@given(macros(), st.tuples(SHARES, SHARES), st.integers(0, 1000))
def test_small_macros_equal_pysim(make_chip, make_job, assert_same, macro, shares, seed):
    check(make_chip, make_job, assert_same, macro, shares, seed)


@pytest.mark.long
@settings(max_examples=500, deadline=None)
@given(macros(), st.tuples(SHARES, SHARES), st.integers(0, 1000))
def test_many_small_macros_equal_pysim(make_chip, make_job, assert_same, macro, shares, seed):
    check(make_chip, make_job, assert_same, macro, shares, seed)
