import re
from dataclasses import replace

import numpy as np
import pytest

from behavioral import adc, crossbar, ideal, randomness
from behavioral.device import preset
from cosim.analog import AnalogService
from cosim.codes import convert_all
from hw_spec.chip import SarSettings, Setting
from hw_spec.port import pack, unpack

KINDS = {
    "flash": {},
    "pairs": {"encoding": "differential"},
    "sar": {"adc": {"kind": "sar"}},
    "pairs-sar": {"encoding": "differential", "adc": {"kind": "sar", "bits": 6, "zero_code": 30}},
}
TINY = Setting(value=1e-9, source="assumed: test")
kinds = pytest.mark.parametrize("kind", KINDS)


def conversions(spec):
    """Return plane, group and column of every conversion of a vector, in the order of the RTL."""
    for plane in reversed(range(spec.input_bits)):
        for group in range(spec.row_groups):
            for column in range(spec.columns_per_adc):
                yield plane, group, column


def rows_of(spec, group):
    first = group * spec.parallel_rows
    return range(first, min(first + spec.parallel_rows, spec.rows))


def word(bits):
    """Return a word whose bit r is ``bits[r]``."""
    return sum(int(bit) << position for position, bit in enumerate(bits))


def ask(service, spec, vector, plane, group, column):
    """Ask for one conversion as the macro does, and return the code of each lane."""
    lines = {
        "row_drive": word(vector >> plane & 1),
        "word_lines": sum(1 << row for row in rows_of(spec, group)),
        "column_select": 1 << column,
    }
    if spec.adc.kind == "flash":
        return unpack(service.answer(**lines), spec.adc.bits, spec.lanes)
    service.hold(**lines)
    codes = [0] * spec.lanes
    for bit in reversed(range(spec.adc.bits)):
        trials = [code | 1 << bit for code in codes]
        reached = unpack(service.decide(pack(trials, spec.adc.bits)), 1, spec.lanes)
        codes = [
            trial if r else code for r, trial, code in zip(reached, trials, codes, strict=True)
        ]
    return codes


def answered(job, service=None):
    """Return all codes of a job, shape (vectors, input_bits, row_groups, columns)."""
    spec, service = job.chip.macro, service or AnalogService(job)
    shape = (len(job.inputs), spec.input_bits, spec.row_groups, spec.columns)
    codes = np.full(shape, -1)
    for n, vector in enumerate(job.inputs):
        for plane, group, column in conversions(spec):
            lanes = slice(column, None, spec.columns_per_adc)
            codes[n, plane, group, lanes] = ask(service, spec, vector, plane, group, column)
    return codes


def open_all(spec):
    return {"word_lines": (1 << spec.rows) - 1, "column_select": 1}


@kinds
def test_codes_of_an_ideal_lossless_chip_are_the_exact_column_steps(kind, make_chip, make_job):
    job = make_job(make_chip(**KINDS[kind]).lossless(), ideal=True)
    spec = job.chip.macro
    exact = ideal.column_steps(job.inputs, job.levels, spec)
    np.testing.assert_array_equal(answered(job) - spec.adc.zero_code, exact)


@pytest.mark.parametrize("device", ["taox_hfox_iedm19", "intel_rram_iedm19"])
def test_codes_of_a_real_chip_follow_from_array_noise_and_converter(device, make_chip, make_job):
    job = replace(make_job(make_chip(device), vectors=3), macro=4)
    spec = job.chip.macro
    array = crossbar.program(
        job.levels, spec=spec, device=preset(device), rng=randomness.frozen(job.seed, macro=4)
    )
    codes = answered(job)
    order = list(conversions(spec))
    for n, vector in enumerate(job.inputs):
        # A block of 16 vectors at once; per read the lanes and the reference, by their columns.
        rng = randomness.reads(job.seed, macro=4, block=0)
        shape = (16, len(order) // 3, spec.lanes + 1, spec.columns_per_adc)
        noise = rng.standard_normal(shape, dtype=np.float32)[n]
        for m, (plane, group, column) in enumerate(order):
            drive = np.zeros((1, spec.rows))
            rows = list(rows_of(spec, group))
            drive[0, rows] = vector[rows] >> plane & 1
            columns = np.arange(spec.lanes) * spec.columns_per_adc + column
            moved = (noise[m // 3, :-1] - noise[m // 3, -1])[None, :, column]
            sums = crossbar.line_sums(array, drive)[:, [*columns, spec.columns]]
            steps = crossbar.column_values(array, sums, drive.sum(axis=1), moved)[0]
            expected = np.searchsorted(adc.references(spec.adc), steps, side="right")
            assert codes[n, plane, group, columns].tolist() == expected.tolist()


def test_real_codes_differ_from_ideal_ones_by_a_few_steps(make_chip, make_job):
    job = make_job(make_chip().lossless(), vectors=40)
    error = answered(job) - answered(replace(job, ideal=True))
    assert error.any()
    # 4 rows of 2-bit TaOx err by 0.2 * 2 steps, twice that variance with the reference: 0.57;
    # half of a step of rounding and five times that is never exceeded.
    assert np.abs(error).max() <= 3


def test_two_services_give_the_same_codes_and_energy(make_chip, make_job):
    job = make_job(make_chip())
    services = [AnalogService(job) for _ in range(2)]
    one, other = (answered(job, service) for service in services)
    np.testing.assert_array_equal(one, other)
    assert services[0].array_j == services[1].array_j


def test_services_that_take_turns_do_not_disturb_each_other(make_chip, make_job):
    job = make_job(make_chip(), vectors=2)
    spec, alone = job.chip.macro, answered(job)
    services = [AnalogService(job), AnalogService(replace(job, macro=1))]
    for n, vector in enumerate(job.inputs):
        for place in conversions(spec):
            lanes = slice(place[2], None, spec.columns_per_adc)
            first, _ = (ask(service, spec, vector, *place) for service in services)
            assert first == alone[(n, *place[:2], lanes)].tolist()


@pytest.mark.parametrize("change", [{"seed": 6}, {"macro": 1}])
def test_other_seed_or_macro_gives_other_codes(change, make_chip, make_job):
    job = make_job(make_chip())
    assert (answered(job) != answered(replace(job, **change))).any()


def test_noise_of_a_vector_does_not_depend_on_the_vectors_before(make_chip, make_job):
    job = make_job(make_chip(), vectors=3)
    changed = job.inputs.copy()
    changed[:2] = changed[:2] ^ 1
    codes, other = answered(job), answered(replace(job, inputs=changed))
    assert (codes[:2] != other[:2]).any()
    np.testing.assert_array_equal(codes[2], other[2])


def test_noise_is_not_repeated_from_plane_to_plane_or_vector_to_vector(make_chip, make_job):
    job = make_job(make_chip(adc={"bits": 8, "zero_code": 128}, reference_level=0))
    # All bits of all vectors are one, so only the noise can tell planes and vectors apart.
    job = replace(job, levels=np.full_like(job.levels, 3), inputs=np.full((40, 10), 7))
    codes = answered(job)
    assert (codes[:-1] != codes[1:]).any()
    assert (codes[:, 0] != codes[:, 1]).any()


def test_closed_word_lines_conduct_nothing(make_chip, make_job):
    job = make_job(make_chip())
    spec, service = job.chip.macro, AnalogService(job)
    driven = (1 << spec.rows) - 1
    codes = service.answer(row_drive=driven, word_lines=0, column_select=1)
    assert unpack(codes, spec.adc.bits, spec.lanes) == [spec.adc.zero_code] * spec.lanes
    assert service.array_j == 0
    codes = service.answer(row_drive=0, word_lines=driven, column_select=1)
    assert unpack(codes, spec.adc.bits, spec.lanes) == [spec.adc.zero_code] * spec.lanes
    assert service.array_j == 0


@pytest.mark.parametrize("row", [0, 1, 7, 8, 9])
def test_bit_of_the_drive_is_the_row(row, make_chip, make_job):
    job = make_job(make_chip().lossless(), ideal=True)
    spec, service = job.chip.macro, AnalogService(job)
    codes = service.answer(row_drive=1 << row, **open_all(spec))
    steps = job.levels[row, :: spec.columns_per_adc].astype(int) - spec.reference_level
    expected = (steps + spec.adc.zero_code).tolist()
    assert unpack(codes, spec.adc.bits, spec.lanes) == expected


@pytest.mark.parametrize("cycles", [1, 3])
@pytest.mark.parametrize("ideal_cells", [True, False], ids=["ideal", "device"])
def test_energy_is_that_of_all_conducting_cells(cycles, ideal_cells, make_chip, make_job):
    chip = make_chip("intel_rram_iedm19", adc={"conversion_cycles": cycles})
    job = make_job(chip, vectors=2, ideal=ideal_cells)
    spec, service = chip.macro, AnalogService(job)
    answered(job, service)

    device = preset(chip.device)
    cells = np.column_stack([job.levels, np.full(spec.rows, spec.reference_level)])
    if not ideal_cells:
        rng = randomness.frozen(job.seed, macro=0)
        array = crossbar.program(job.levels, spec=spec, device=device, rng=rng)
        cells = array.lines.astype(float)
    cells_s = device.g_min_s + cells * device.step_s(spec.cell_bits)
    # Test chip: 0.2 V and 10 ns per cycle. Columns that are not read float.
    expected_j = 0.0
    for vector in job.inputs:
        for plane, group, column in conversions(spec):
            rows = np.arange(spec.rows)
            drive = (vector >> plane & 1) * (rows // spec.parallel_rows == group)
            to_driven, to_all = drive @ cells_s, cells_s.sum(axis=0)
            read = (np.arange(spec.columns + 1) - column) % spec.columns_per_adc == 0
            read[-1] = True
            seen_s = np.where(read, to_driven, to_driven * (to_all - to_driven) / to_all)
            expected_j += 0.2**2 * seen_s.sum() * cycles * 10e-9
    assert service.array_j == pytest.approx(expected_j, rel=1e-6, abs=0)


def test_energy_of_one_conversion_by_hand(make_chip, make_job):
    chip = make_chip()
    job = make_job(chip, ideal=True)
    job = replace(job, levels=np.full_like(job.levels, 3))
    service = AnalogService(job)
    service.answer(row_drive=0b11, **open_all(chip.macro))
    # by hand: 2 rows at 0.2 V for 10 ns, 4 lanes of 10 uS and the reference of 1 + 2 * 3 uS;
    # in each of 8 floating columns, 2 cells of 10 uS in series with 8
    seen_s = 2 * 47e-6 + 8 * 20e-6 * 80e-6 / 100e-6
    assert service.array_j == pytest.approx(0.04 * 10e-9 * seen_s, rel=1e-6, abs=0)


@kinds
@pytest.mark.parametrize("ideal_cells", [True, False], ids=["ideal", "device"])
def test_all_answers_at_once_equal_those_one_by_one(ideal_cells, kind, make_chip, make_job):
    chip = make_chip("intel_rram_iedm19", **KINDS[kind])
    # More vectors than share a block of noise, and not a whole number of blocks.
    job = make_job(chip, vectors=37, ideal=ideal_cells)
    single, whole = AnalogService(job), convert_all(job)
    np.testing.assert_array_equal(whole.codes[:, ::-1], answered(job, single))
    # What numpy counts in the codes themselves.
    counts = np.bincount(whole.codes.ravel(), minlength=2**chip.macro.adc.bits)
    np.testing.assert_array_equal(whole.code_counts, counts)
    np.testing.assert_array_equal(single.code_counts, counts)
    assert whole.conversions == single.conversions
    assert whole.array_j == single.array_j


def test_frozen_errors_of_sar_converters_show_in_the_codes(make_chip, make_job):
    job = make_job(make_chip(adc={"kind": "sar"}))
    quiet = job.chip.model_copy(
        update={"sar": SarSettings(capacitor_mismatch=TINY, comparator_noise=TINY)}
    )
    assert (answered(job) != answered(replace(job, chip=quiet))).any()


@kinds
def test_noise_can_be_left_out(kind, make_chip, make_job):
    job = replace(make_job(make_chip(**KINDS[kind]), vectors=40), read_noise=False)
    job = replace(job, inputs=np.full_like(job.inputs, 5))
    codes = convert_all(job).codes
    assert (codes == codes[0]).all()  # equal vectors then give equal codes
    assert (codes != convert_all(replace(job, ideal=True)).codes).any()  # with frozen errors
    assert (codes != convert_all(replace(job, read_noise=True)).codes).any()


def test_comparators_asked_once_too_often(make_chip, make_job):
    job = make_job(make_chip(adc={"kind": "sar"}))
    service, message = (
        AnalogService(job),
        "Comparators must be asked 4 times per sample, not once more",
    )
    with pytest.raises(ValueError, match=rf"^{message} \(macro 0, conversion 0\)$"):
        service.decide(0)
    ask(service, job.chip.macro, job.inputs[0], 2, 0, 0)
    with pytest.raises(ValueError, match=rf"^{message} \(macro 0, conversion 1\)$"):
        service.decide(0)


def test_conversions_are_counted(make_chip, make_job):
    job = make_job(make_chip(), vectors=2)
    service = AnalogService(job)
    assert (service.conversions, service.array_j) == (0, 0.0)
    answered(job, service)
    # by hand: 2 vectors of 3 bit planes, 3 row groups and 3 columns per ADC
    assert service.conversions == 2 * 3 * 3 * 3


@pytest.mark.parametrize("column_select", [0b000, 0b011, 0b101, 0b111])
def test_column_select_that_is_not_one_hot(column_select, make_chip, make_job):
    job = make_job(make_chip())
    service = AnalogService(job)
    lines = open_all(job.chip.macro)
    for asked in range(2):
        message = f"Column select must have one bit set, not {column_select:#x}"
        message = re.escape(f"{message} (conversion {asked})")
        with pytest.raises(ValueError, match=f"^{message}$"):
            service.answer(row_drive=1, **{**lines, "column_select": column_select})
        assert service.conversions == asked  # what was refused does not count
        service.answer(row_drive=1, **lines)


@pytest.mark.parametrize("ideal_cells", [True, False], ids=["ideal", "device"])
@pytest.mark.parametrize("column_select", [0b1000, 1 << 40])
def test_column_select_beyond_the_last_column(column_select, ideal_cells, make_chip, make_job):
    job = make_job(make_chip(), ideal=ideal_cells)
    service = AnalogService(job)
    lines = open_all(job.chip.macro) | {"column_select": column_select}
    message = f"Column select must choose one of 3 columns, not {column_select:#x} (conversion 0)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        service.answer(row_drive=1, **lines)
    assert service.conversions == 0
