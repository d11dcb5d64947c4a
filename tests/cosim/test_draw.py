import dataclasses

import numpy as np
import pytest

from cosim.draw import JOB_CYCLES, MOST_CYCLES, draw_chip, draw_job
from hw_spec.macro import AdcSpec, MacroSpec
from hw_spec.port import psum_beats, psums_per_beat, row_beats, rows_per_beat

CHIPS, JOBS = 200, 200

FEATURES = {
    "one row": lambda m: m.rows == 1,
    "one column": lambda m: m.columns == 1,
    "rows wider than 64 bits": lambda m: m.rows > 64,
    "last group is smaller": lambda m: m.rows % m.parallel_rows,
    "slow conversion": lambda m: m.adc.conversion_cycles > 1,
    "slices that do not divide": lambda m: m.weight_bits % m.cell_bits,
    "one slice": lambda m: m.slices == 1,
    "several rows per beat": lambda m: rows_per_beat(m) > 1,
    "last row beat is not full": lambda m: m.rows < row_beats(m) * rows_per_beat(m),
    "several psums per beat": lambda m: psums_per_beat(m) > 1,
    "last psum beat is not full": lambda m: m.outputs < psum_beats(m) * psums_per_beat(m),
    "one cycle per vector": lambda m: m.cycles_per_vector == 1,
    "one lane": lambda m: m.lanes == 1 < m.columns,
    "one column per lane": lambda m: m.columns_per_adc == 1,
    "lossless": lambda m: m.parallel_rows * m.top_level < 2**16 and m.lossless() == m,
    "pairs": lambda m: m.encoding == "differential",
    "sar": lambda m: m.adc.kind == "sar",
    "sar with pairs": lambda m: m.adc.kind == "sar" and m.encoding == "differential",
    "no input correction": lambda m: m.encoding == "offset" and not m.input_correction,
    "wide step": lambda m: m.adc.step > 100,
    "psums above 32 bits": lambda m: m.psum_bits > 32,
    "psums of nearly 63 bits": lambda m: m.psum_bits > 56,
    "reference at 0": lambda m: m.reference_level == 0,
    "reference at the top": lambda m: m.reference_level == m.top_level,
    "reference between": lambda m: 0 < m.reference_level < m.top_level,
}


@pytest.fixture(scope="module")
def macros():
    return [draw_chip(1, number).macro for number in range(CHIPS)]


@pytest.fixture(scope="module")
def jobs(macros):
    return [draw_job(draw_chip(1, number % 20), 1, number) for number in range(JOBS)]


@pytest.mark.parametrize("feature", FEATURES)
def test_chips_have_every_feature(feature, macros):

    assert any(FEATURES[feature](macro) for macro in macros)


@pytest.mark.parametrize("model", [MacroSpec, AdcSpec])
def test_every_member_varies(model, macros):
    for name in model.model_fields:
        owners = macros if model is MacroSpec else [macro.adc for macro in macros]
        assert len({str(getattr(owner, name)) for owner in owners}) > 1, name


def test_jobs_are_bounded(macros, jobs):
    assert max(macro.cycles_per_vector for macro in macros) <= MOST_CYCLES
    for job in jobs:
        cycles = len(job.inputs) * job.chip.macro.cycles_per_vector
        assert len(job.inputs) <= 2 or cycles <= JOB_CYCLES


def test_inputs_levels_and_pauses_are_of_all_kinds(jobs):
    tops = [2**job.chip.macro.input_bits - 1 for job in jobs]
    several = [job.inputs for job in jobs if len(job.inputs) > 1]
    assert any(not job.inputs.any() for job in jobs)
    assert any((job.inputs == top).all() for job, top in zip(jobs, tops, strict=True) if top > 1)
    assert any((inputs == inputs[0]).all() and inputs.any() for inputs in several)
    assert any(0 < np.count_nonzero(inputs) < inputs.size / 5 for inputs in several)
    assert len({job.inputs.dtype for job in jobs}) == 5
    assert any(not job.levels.any() for job in jobs)
    assert any((job.levels == job.chip.macro.top_level).all() for job in jobs)
    shares = {(job.pauses.inputs > 0, job.pauses.psums > 0) for job in jobs}
    assert shares == {(False, False), (True, True), (False, True), (True, False)}
    assert any(job.pauses.psums > 0.6 for job in jobs)
    assert any(0 < job.pauses.psums < 0.3 for job in jobs)
    settings = {(job.ideal, job.read_noise) for job in jobs}
    assert settings == {(True, True), (True, False), (False, True), (False, False)}
    assert any(job.macro > 1 for job in jobs)


def members(job):
    rest = {field.name: getattr(job, field.name) for field in dataclasses.fields(job)}
    arrays = [rest.pop(name) for name in ("levels", "inputs")]
    return rest, [(array.dtype, array.tolist()) for array in arrays]


def test_case_depends_on_seed_and_number_alone():
    chip = draw_chip(3, 7)
    job = draw_job(chip, 3, 180)
    draw_chip(4, 7), draw_job(chip, 4, 180)
    assert draw_chip(3, 7) == chip
    assert members(draw_job(chip, 3, 180)) == members(job)
    assert draw_chip(3, 8).macro != chip.macro
    assert draw_chip(4, 7).macro != chip.macro
    assert members(draw_job(chip, 3, 181)) != members(job)
    assert members(draw_job(chip, 4, 180)) != members(job)
