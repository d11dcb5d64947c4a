"""Macro, in Amaranth's own simulator, against the exact results of whatever codes it gets."""

import itertools
import math

import numpy as np
import pytest
from amaranth import ClockDomain, Module, Value
from hypothesis import given, settings
from hypothesis import strategies as st

from behavioral import ideal
from cosim.engines.pysim import simulate
from cosim.job import MacroJob, Pauses
from cosim.loop import Sense, drive_pins, macro_loop, sense_pins
from hdl_gen.macro import Macro
from hw_spec.chip import ChipSpec, SarSettings, Setting
from hw_spec.macro import AdcSpec, MacroSpec
from hw_spec.port import pack, psum_beats, row_beats, unpack, unpack_status
from hw_spec.timing import first_psum_cycle, first_sample_cycle, layer_cycles

SIZES = {
    "short last row group": {"rows": 7, "parallel_rows": 3},
    "one row group": {"rows": 6, "parallel_rows": 6},
    "one row at a time": {"rows": 5, "parallel_rows": 1},
    "one row": {"rows": 1, "parallel_rows": 1},
    "one bit plane": {"input_bits": 1},
    "one slice": {"cell_bits": 3, "weight_bits": 3, "reference_level": 3, "adc": {"zero_code": 3}},
    "cell bits do not divide weight bits": {"columns": 9, "columns_per_adc": 3, "cell_bits": 3}
    | {"weight_bits": 7, "reference_level": 4, "adc": {"bits": 5, "zero_code": 12}},
    "one column per lane": {"columns_per_adc": 1},
    "one lane": {"columns": 6, "columns_per_adc": 6},
    "no power of two": {"rows": 11, "parallel_rows": 4, "columns": 15, "columns_per_adc": 5}
    | {"cell_bits": 2, "weight_bits": 5, "reference_level": 1, "adc": {"bits": 4, "zero_code": 4}},
    "three cycles per conversion": {"adc": {"conversion_cycles": 3}},
    "two cycles per conversion and vector": {"rows": 4, "parallel_rows": 4, "columns_per_adc": 1}
    | {"input_bits": 1, "adc": {"conversion_cycles": 2}},
    "one cycle per vector": {"rows": 3, "parallel_rows": 3, "columns": 6, "columns_per_adc": 1}
    | {"input_bits": 1},
    # by hand: 3 cycles per vector for 7 rows and 5 outputs
    "short last beats": {"rows": 7, "parallel_rows": 7, "columns": 10, "columns_per_adc": 1},
    "a vector in one beat": {"rows": 7, "beat_rows": 7},
    "last of three beats not full": {"rows": 7, "beat_rows": 3},
    "bottom reference and zero": {"cell_bits": 2, "weight_bits": 4},
    "top reference and zero": {"cell_bits": 2, "weight_bits": 4, "reference_level": 3}
    | {"adc": {"zero_code": 7}},
    "coarse codes": {"reference_level": 1, "adc": {"step": 5, "zero_code": 3}},
    "pairs": {"encoding": "differential", "cell_bits": 2, "weight_bits": 4, "columns": 6}
    | {"adc": {"zero_code": 3}},
    "successive approximation": {"adc": {"kind": "sar", "conversion_cycles": 4}},
    "one decision": {"adc": {"kind": "sar", "bits": 1, "conversion_cycles": 2}},
    "pairs, successive approximation, one column per lane": {"encoding": "differential"}
    | {
        "weight_bits": 3,
        "columns_per_adc": 1,
        "columns": 4,
        "adc": {"kind": "sar", "bits": 5, "conversion_cycles": 6},
    }
    | {"cell_bits": 1, "rows": 3, "parallel_rows": 3, "input_bits": 1},
    "wide slices": {"rows": 4, "input_bits": 16, "cell_bits": 8, "weight_bits": 16}
    | {"reference_level": 128, "adc": {"bits": 16, "step": 4096, "zero_code": 32768}},
    "widest psum": {"rows": 4, "parallel_rows": 1, "columns": 16, "columns_per_adc": 1}
    | {"input_bits": 16, "weight_bits": 16, "adc": {"bits": 16, "step": 4096, "zero_code": 0}},
}


@pytest.fixture(params=SIZES.values(), ids=SIZES, scope="module")
def spec(request, macro_spec):
    return macro_spec(**request.param)


FREE = Pauses()
SMALL_ERROR = Setting(value=1e-3, source="assumed: test")
SAR = SarSettings(capacitor_mismatch=SMALL_ERROR, comparator_noise=SMALL_ERROR)


class RecordedAnalog:
    """Gives codes in the order of the conversions, and keeps what the port showed."""

    def __init__(self, spec, codes):
        self._words = [
            pack(plane[group, column :: spec.columns_per_adc].tolist(), spec.adc.bits)
            for vector in codes
            for plane in vector[::-1]
            for group in range(spec.row_groups)
            for column in range(spec.columns_per_adc)
        ]
        self._bits, self._lanes = spec.adc.bits, spec.lanes
        self.seen = []
        self.conversions = 0
        self.array_j = 0.0
        self.code_counts = np.bincount(np.ravel(codes), minlength=2**spec.adc.bits)

    def answer(self, *, row_drive, word_lines, column_select):
        self.seen.append((row_drive, word_lines, column_select))
        self.conversions += 1
        return self._words[self.conversions - 1]

    def hold(self, **lines):
        self._held = unpack(self.answer(**lines), self._bits, self._lanes)

    def decide(self, trials):
        trials = unpack(trials, self._bits, self._lanes)
        reached = [code >= trial for code, trial in zip(self._held, trials, strict=True)]
        return pack(reached, 1)


def conversions_of(spec, inputs):
    """Return row drive, word lines and column select of every conversion, in their order."""
    conversions = []
    for vector in inputs.tolist():
        for plane in reversed(range(spec.input_bits)):
            for group in range(spec.row_groups):
                first = group * spec.parallel_rows
                rows = range(first, min(first + spec.parallel_rows, spec.rows))
                drive = sum((vector[row] >> plane & 1) << row for row in rows)
                for column in range(spec.columns_per_adc):
                    conversions.append((drive, 2**spec.rows - 1, 1 << column))
    return conversions


def random_case(spec, vectors, seed):
    """Return random inputs and random codes, which need not belong together."""
    rng = np.random.default_rng(seed)
    shape = (vectors, spec.input_bits, spec.row_groups, spec.columns)
    inputs = rng.integers(0, 2**spec.input_bits, (vectors, spec.rows))
    return inputs, rng.integers(0, 2**spec.adc.bits, shape)


def extreme_case(spec):
    """Return six vectors and their codes: the four extremes of both, and two random ones."""
    inputs, codes = random_case(spec, 6, seed=1)
    inputs[:4], codes[:4] = 0, 0
    inputs[1:3] = 2**spec.input_bits - 1
    codes[2:4] = 2**spec.adc.bits - 1
    return inputs, codes


def job_of(spec, inputs, pauses):
    chip = ChipSpec(
        name="fake",
        source="none, for tests",
        device="taox_hfox_iedm19",
        node_nm=32,
        clock_period_s=Setting(value=1e-8, source="assumed: test"),
        read_v=Setting(value=0.2, source="assumed: test"),
        sar=SAR if spec.adc.kind == "sar" else None,
        macro=spec,
    )
    levels = np.zeros((spec.rows, spec.bit_lines), dtype=np.uint8)  # the codes are prepared
    return MacroJob(chip=chip, ideal=True, levels=levels, inputs=inputs, seed=0, pauses=pauses)


def watched(loop, senses):
    """Run a loop, and keep what it was sent in each cycle."""
    drive = next(loop)
    while True:
        senses.append((yield drive))
        try:
            drive = loop.send(senses[-1])
        except StopIteration as stop:
            return stop.value


def rtl_run(spec, inputs, codes, pauses=FREE):
    """Return the run, what the analog port showed at each sample, and all outputs by cycle."""
    job = job_of(spec, inputs, pauses)
    analog, senses = RecordedAnalog(spec, codes), []
    run = simulate(job.chip, watched(macro_loop(job, analog), senses))
    return run, analog.seen, senses


@pytest.fixture(scope="module")
def case(spec):
    return extreme_case(spec)


@pytest.fixture(scope="module")
def free(spec, case):
    """A run without pauses."""
    return rtl_run(spec, *case)


def test_psums_equal_those_of_the_codes(spec, case, free):
    inputs, codes = case
    run, *_ = free
    np.testing.assert_array_equal(run.psums, ideal.psums_from_codes(codes, inputs, spec))


def test_conversions_follow_the_order_of_planes_groups_and_columns(spec, case, free):
    inputs, _codes = case
    run, seen, _senses = free
    assert seen == conversions_of(spec, inputs)
    assert run.conversions == len(seen)


def test_cycles_equal_the_closed_form(spec, case, free):
    inputs, _codes = case
    run, *_ = free
    assert run.cycles == layer_cycles(spec, len(inputs))
    assert (np.diff(run.done_cycles) == spec.cycles_per_vector).all()


def test_samples_and_psum_beats_come_in_the_cycles_of_the_closed_forms(spec, case, free):
    inputs, _codes = case
    run, _seen, senses = free
    first, step = first_sample_cycle(spec), spec.adc.conversion_cycles
    sampled = [cycle for cycle, sense in enumerate(senses) if sense.sample]
    assert sampled == [first + n * step for n in range(run.conversions)]
    offered = [cycle for cycle, sense in enumerate(senses) if sense.psum_valid]
    starts = [first_psum_cycle(spec) + n * spec.cycles_per_vector for n in range(len(inputs))]
    assert offered == [start + beat for start in starts for beat in range(psum_beats(spec))]


def test_drives_hold_through_each_conversion_and_return_to_zero(spec, case):
    # Inputs three times slower than conversions, so that the drives return many times.
    share = 1 - row_beats(spec) / (3 * spec.cycles_per_vector)
    _run, seen, senses = rtl_run(spec, *case, Pauses(inputs=share, seed=2))
    driven = []
    left, drive = 0, (0, 0, 0)
    conversions = iter(seen)
    for sense in senses:
        if sense.sample:
            left, drive = spec.adc.conversion_cycles, next(conversions)
        driven.append(drive if left else (0, 0, 0))
        left = max(0, left - 1)
    port = [(s.row_drive, s.word_lines, s.column_select) for s in senses]
    assert port == driven
    assert port[-1] == (0, 0, 0)


def slow(beats, spec):
    """Return the share of pauses that makes beats three times slower than conversions, or 0.9."""
    return max(0.9, 1 - beats / (3 * spec.cycles_per_vector))


@pytest.mark.parametrize("paused", ["inputs", "psums", "both"])
def test_psums_and_drives_do_not_depend_on_pauses(spec, paused):
    inputs, codes = extreme_case(spec)
    pauses = {"inputs": slow(row_beats(spec), spec), "psums": slow(psum_beats(spec), spec)}
    if paused != "both":
        pauses = {paused: pauses[paused]}
    run, seen, _senses = rtl_run(spec, inputs, codes, Pauses(**pauses, seed=3))
    np.testing.assert_array_equal(run.psums, ideal.psums_from_codes(codes, inputs, spec))
    assert seen == conversions_of(spec, inputs)


def stored(spec, weights):
    """Return the levels of cells that hold signed weights."""
    if spec.encoding == "differential":
        return np.hstack(
            [digits(spec, np.maximum(weights, 0)), digits(spec, np.maximum(-weights, 0))]
        )
    return digits(spec, weights + 2 ** (spec.weight_bits - 1))


def digits(spec, values):
    levels = np.zeros((spec.rows, spec.columns), dtype=np.uint8)
    for row, output in np.ndindex(values.shape):
        rest = int(values[row, output])
        for k in range(spec.slices):
            rest, levels[row, output * spec.slices + k] = divmod(rest, 2**spec.cell_bits)
    return levels


def test_lossless_macro_computes_the_product(spec):
    spec = spec.lossless()
    rng = np.random.default_rng(4)
    inputs, _codes = extreme_case(spec)
    top = 2 ** (spec.weight_bits - 1)
    low = 1 - top if spec.encoding == "differential" else -top
    weights = rng.integers(low, top, (spec.rows, spec.outputs))
    weights[:, 0], weights[:, -1] = low, top - 1
    codes = ideal.column_steps(inputs, stored(spec, weights), spec) + spec.adc.zero_code
    run, *_ = rtl_run(spec, inputs, codes)
    np.testing.assert_array_equal(run.psums, ideal.product(inputs, weights))


@st.composite
def macros(draw):
    rows = draw(st.integers(1, 9))
    columns_per_adc = draw(st.integers(1, 4))
    cell_bits = draw(st.integers(1, 4))
    pairs = draw(st.booleans())
    weight_bits = draw(st.integers(max(2, cell_bits + pairs), 6))
    slices = -(-(weight_bits - pairs) // cell_bits)
    adc_bits = draw(st.integers(1, 6))
    kind = draw(st.sampled_from(["flash", "sar"]))
    spec = MacroSpec(
        rows=rows,
        columns=draw(st.integers(1, 2)) * math.lcm(slices, columns_per_adc),
        parallel_rows=draw(st.integers(-(-rows // 3), rows)),
        columns_per_adc=columns_per_adc,
        cell_bits=cell_bits,
        input_bits=draw(st.integers(1, 4)),
        weight_bits=weight_bits,
        encoding="differential" if pairs else "offset",
        reference_level=0 if pairs else draw(st.integers(0, 2**cell_bits - 1)),
        adc=AdcSpec(
            kind=kind,
            bits=adc_bits,
            step=draw(st.integers(1, 9)),
            zero_code=draw(st.integers(0, 2**adc_bits - 1)),
            conversion_cycles=adc_bits + 1 if kind == "sar" else draw(st.integers(1, 3)),
        ),
    )
    beat_rows = draw(st.none() | st.integers(spec.fewest_beat_rows, rows))
    return spec.model_copy(update={"beat_rows": beat_rows})


SHARES = st.sampled_from([0.0, 0.5, 0.9])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    spec=macros(),
    vectors=st.integers(1, 4),
    paused_inputs=SHARES,
    paused_psums=SHARES,
    seed=st.integers(0, 99),
)
def test_any_macro_gives_the_psums_of_its_codes(spec, vectors, paused_inputs, paused_psums, seed):
    inputs, codes = random_case(spec, vectors, seed)
    pauses = Pauses(inputs=paused_inputs, psums=paused_psums, seed=seed)
    run, seen, _senses = rtl_run(spec, inputs, codes, pauses)
    np.testing.assert_array_equal(run.psums, ideal.psums_from_codes(codes, inputs, spec))
    assert seen == conversions_of(spec, inputs)
    if not paused_inputs and not paused_psums:
        assert run.cycles == layer_cycles(spec, vectors)


def pins_of(macro):
    return {
        "__".join(map(str, path)): Value.cast(value)
        for path, _member, value in macro.signature.flatten(macro)
    }


async def turn(ctx, macro, loop, cycles=None):
    """Turn the clock until a loop ends, and return its run, or for so many cycles."""
    pins, cycle = pins_of(macro), 0
    drive = next(loop)
    while cycle != cycles:
        for name, value in zip(drive_pins(macro.spec), drive, strict=True):
            ctx.set(pins[name], value)
        sense = Sense(*(ctx.get(pins[name]) for name in sense_pins(macro.spec)))
        try:
            drive = loop.send(sense)
        except StopIteration as stop:
            return stop.value
        await ctx.tick()
        cycle += 1
    return None


@pytest.mark.parametrize("stalled", [False, True], ids=["free", "stalled"])
@pytest.mark.parametrize("conversion_cycles", [1, 3])
def test_reset_in_any_cycle_leaves_nothing_behind(
    macro_spec, run_bench, conversion_cycles, stalled
):
    spec = macro_spec(
        rows=3, parallel_rows=2, input_bits=2, adc={"conversion_cycles": conversion_cycles}
    )
    inputs, codes = random_case(spec, 3, seed=5)
    whole = job_of(spec, inputs, FREE)
    cut = job_of(spec, inputs, Pauses(psums=1.0)) if stalled else whole
    macro, top = Macro(spec), Module()
    top.domains.sync = sync = ClockDomain()
    top.submodules.macro = macro

    async def bench(ctx):
        for cycles in range(1, layer_cycles(spec, 3)):
            await turn(ctx, macro, macro_loop(cut, RecordedAnalog(spec, codes)), cycles)
            ctx.set(sync.rst, 1)
            await ctx.tick()
            ctx.set(sync.rst, 0)
            analog = RecordedAnalog(spec, codes)
            run = await turn(ctx, macro, macro_loop(whole, analog))
            np.testing.assert_array_equal(run.psums, ideal.psums_from_codes(codes, inputs, spec))
            assert run.cycles == layer_cycles(spec, 3)
            assert analog.seen == conversions_of(spec, inputs)
            await ctx.tick()  # the last psum beat is taken

    run_bench(top, bench)


@pytest.mark.parametrize("conversion_cycles", [1, 2, 5])
def test_status_follows_one_vector_through_the_macro(macro_spec, conversion_cycles):
    spec = macro_spec(
        rows=5, parallel_rows=2, input_bits=2, adc={"conversion_cycles": conversion_cycles}
    )
    inputs, codes = random_case(spec, 1, seed=6)
    _run, _seen, senses = rtl_run(spec, inputs, codes)
    status = [unpack_status(spec, sense.status) for sense in senses]

    # One cycle loaded; then converting; the last code is taken a cycle and a conversion after the
    # last drive was decided on; then one cycle finished, and as many draining as psum beats.
    start = row_beats(spec)
    steps = range(start + 1, start + 1 + spec.cycles_per_vector)
    finished = steps[-1] + 3
    for cycle, fields in enumerate(status):
        assert fields["loaded"] == (cycle == start)
        assert fields["converting"] == (cycle in steps)
        assert fields["finished"] == (cycle == finished)
        assert fields["draining"] == (finished < cycle <= finished + psum_beats(spec))
    shown = [(status[n]["plane"], status[n]["group"], status[n]["column"]) for n in steps]
    order = [(plane, group, column) for plane in (1, 0) for group in range(3) for column in (0, 1)]
    assert shown == [conversion for conversion in order for _ in range(conversion_cycles)]


@pytest.mark.parametrize(
    ("conversion_cycles", "column", "first_sample"),
    # by hand: the vector after has taken two steps when the column sums of the one before must wait
    # for the 5 psum beats still in the result registers. The last of these moves on in the cycle 4
    # after they flow again; then the steps go on, and a sample is the step after the first of a
    # conversion.
    [(1, 2, 4), (2, 1, 5), (3, 0, 6)],
)
def test_stalled_macro_stops_before_a_sum_is_lost(
    macro_spec, run_bench, conversion_cycles, column, first_sample
):
    spec = macro_spec(
        columns=12, columns_per_adc=3, input_bits=2, adc={"conversion_cycles": conversion_cycles}
    )
    macro = Macro(spec)
    stalled = {"loaded": 1, "converting": 1, "finished": 1, "draining": 1}
    stalled |= {"plane": 1, "group": 0, "column": column}

    async def bench(ctx):
        pins = pins_of(macro)
        ctx.set(pins["inputs__valid"], 1)
        await ctx.tick().repeat(5 * spec.cycles_per_vector)
        for _ in range(2 * spec.cycles_per_vector):
            assert unpack_status(spec, ctx.get(pins["status"])) == stalled
            assert not ctx.get(pins["analog__sample"])
            assert not ctx.get(pins["inputs__ready"])
            await ctx.tick()
        ctx.set(pins["psums__ready"], 1)
        for cycle in range(first_sample + 1):
            assert ctx.get(pins["analog__sample"]) == (cycle == first_sample)
            await ctx.tick()

    run_bench(macro, bench)


def test_last_drive_waits_for_its_sample(macro_spec, run_bench):
    spec = macro_spec(**SIZES["one cycle per vector"])
    # by hand: of five vectors, stalled, the first is offered as psums, and the others are in the
    # result registers, in the column sums, at the converters and on the drives
    inputs, codes = random_case(spec, 5, seed=7)
    inputs[4] = [1, 0, 1]
    macro, analog = Macro(spec), RecordedAnalog(spec, codes)
    loop = macro_loop(job_of(spec, inputs, Pauses(psums=1.0)), analog)

    async def bench(ctx):
        await turn(ctx, macro, loop, cycles=30)
        assert len(analog.seen) == 4
        assert not ctx.get(macro.analog.sample)
        ctx.set(macro.psums.ready, 1)
        assert ctx.get(macro.analog.sample)
        assert ctx.get(macro.analog.row_drive) == 0b101
        assert ctx.get(macro.analog.word_lines) == 0b111
        assert ctx.get(macro.analog.column_select) == 1
        await ctx.tick()
        assert not ctx.get(macro.analog.row_drive)

    run_bench(macro, bench)


def test_access_opens_one_word_line_between_conversions_only(macro_spec, run_bench):
    spec = macro_spec(rows=5, parallel_rows=2, adc={"conversion_cycles": 2})
    inputs, codes = random_case(spec, 3, seed=5)
    macro, analog, senses = Macro(spec), RecordedAnalog(spec, codes), []
    job = job_of(spec, inputs, Pauses(inputs=0.9))

    async def bench(ctx):
        ctx.set(macro.access_enable, 1)
        ctx.set(macro.access_row, 3)
        await ctx.tick()
        run = await turn(ctx, macro, watched(macro_loop(job, analog), senses))
        np.testing.assert_array_equal(run.psums, ideal.psums_from_codes(codes, inputs, spec))

    run_bench(macro, bench)
    assert analog.seen == conversions_of(spec, inputs)
    for sense in senses:
        converting = sense.column_select != 0
        assert sense.word_lines == (0b11111 if converting else 0b01000)


def holding(loop, held):
    """Run a loop, with the macro held in some cycles."""
    drive = next(loop)
    for cycle in itertools.count():
        sense = yield drive._replace(hold=int(held(cycle)))
        try:
            drive = loop.send(sense)
        except StopIteration as stop:
            return stop.value


def held_run(spec, inputs, codes, held):
    """Return a run that is held in some cycles, its conversions, and all outputs by cycle."""
    job = job_of(spec, inputs, FREE)
    analog, senses = RecordedAnalog(spec, codes), []
    loop = watched(holding(macro_loop(job, analog), held), senses)
    return simulate(job.chip, loop), analog.seen, senses


def test_psums_and_drives_do_not_depend_on_hold(spec, case):
    inputs, codes = case
    # Three times rarer let go than conversions allow, and at any moment.
    rng = np.random.default_rng(8)
    run, seen, _senses = held_run(spec, inputs, codes, lambda cycle: rng.random() < slow(1, spec))
    np.testing.assert_array_equal(run.psums, ideal.psums_from_codes(codes, inputs, spec))
    assert seen == conversions_of(spec, inputs)
    assert run.cycles > layer_cycles(spec, len(inputs))


@pytest.mark.parametrize("late", [0, 1, 7])
def test_vectors_let_go_one_by_one_in_time_follow_each_other(spec, case, late):
    inputs, codes = case
    start = row_beats(spec) + late
    run, *_ = held_run(
        spec, inputs, codes, lambda cycle: (cycle - start) % spec.cycles_per_vector != 0
    )
    assert run.cycles == layer_cycles(spec, len(inputs)) + late % spec.cycles_per_vector
    assert (np.diff(run.done_cycles) == spec.cycles_per_vector).all()
    np.testing.assert_array_equal(run.psums, ideal.psums_from_codes(codes, inputs, spec))


@pytest.mark.parametrize("beat_rows", [1, 3, 5])
def test_held_vector_waits_and_starts_when_it_is_let_go(macro_spec, beat_rows):
    spec = macro_spec(beat_rows=beat_rows)
    inputs, codes = random_case(spec, 2, seed=9)
    loaded, release = row_beats(spec), row_beats(spec) + 40
    _run, seen, senses = held_run(spec, inputs, codes, lambda cycle: cycle < release)
    for cycle, sense in enumerate(senses[: release + 1]):
        status = unpack_status(spec, sense.status)
        assert status["loaded"] == (cycle >= loaded)
        assert not status["converting"]
        assert sense.row_ready == (cycle < loaded or cycle == release)
    # by hand: the drive follows the start by two cycles, as without hold
    assert [sense.sample for sense in senses].index(1) == release + 2
    assert seen == conversions_of(spec, inputs)
