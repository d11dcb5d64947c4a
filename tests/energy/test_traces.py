import numpy as np
import pytest

from cosim.codes import convert_all
from cosim.job import MacroJob
from cosim.twin.compute import compute
from energy.analog_macro import ROW_DRIVE as ROW_DRIVE_REGISTER
from energy.analog_macro import action_costs, analog_energy
from energy.blocks import CONTROL, FIXED, INPUT_BUS, INPUTS, OUTPUT_BUS, ROW_DRIVE, SHIFT_ADD
from energy.digital import toggle_energy
from energy.traces import (
    Held,
    Shares,
    array_energy_j,
    input_share,
    joules,
    register_toggles,
    weight_shares,
)

ROWS, COLUMNS = 8, 6
"""Of the macro of 10 x 12 cells, read four rows at a time."""

VECTORS = 5


def regular_job(make_chip, level, **macro):
    """Every second row with weights is driven in every bit plane, and all weights are equal."""
    chip = make_chip(**macro)
    spec = chip.macro
    levels = np.zeros((spec.rows, spec.bit_lines // spec.columns, spec.columns), dtype=np.uint8)
    levels[:ROWS, :, :COLUMNS] = level
    inputs = np.zeros((VECTORS, spec.rows), dtype=np.uint8)
    inputs[:, :ROWS:2] = 2**spec.input_bits - 1
    cells = levels.reshape(spec.rows, spec.bit_lines)
    return MacroJob(chip=chip, ideal=True, levels=cells, inputs=inputs, seed=1)


@pytest.mark.parametrize("level", [0, 1, 3])
@pytest.mark.parametrize(
    "macro",
    [{}, {"parallel_rows": 10}, {"encoding": "differential"}, {"columns_per_adc": 1}],
    ids=str,
)
def test_shares_say_all_of_regular_traces(make_chip, macro, level):
    job = regular_job(make_chip, level, **macro)
    found = array_energy_j(
        job.chip, {Held(ROWS, COLUMNS): 1}, vectors=VECTORS, shares=Shares(0.5, level / 3)
    )
    # Conductances of the run lie on a grid.
    assert found == pytest.approx(convert_all(job).array_j, rel=1e-6, abs=0)


def test_energy_of_macros_adds_up(make_chip):
    chip, shares = make_chip(), Shares(0.3, 0.6)
    parts = Held(10, 12), Held(7, 5)
    one, other = (array_energy_j(chip, {part: 1}, vectors=9, shares=shares) for part in parts)
    both = array_energy_j(chip, {parts[0]: 3, parts[1]: 2}, vectors=9, shares=shares)
    assert both == pytest.approx(3 * one + 2 * other, rel=1e-9, abs=0)
    assert other < one


def test_uneven_traces_take_less_than_their_share_says(make_chip):
    # The part that floating columns conduct grows with the square of the driven rows.
    job = regular_job(make_chip, 3, parallel_rows=10)
    uneven = job.inputs.copy()
    uneven[:, :] = 0
    uneven[::2, :ROWS] = 2**job.chip.macro.input_bits - 1
    share = input_share(uneven, used=ROWS, rows=10, input_bits=job.chip.macro.input_bits)
    real = convert_all(
        MacroJob(chip=job.chip, ideal=True, levels=job.levels, inputs=uneven, seed=1)
    )
    found = array_energy_j(
        job.chip, {Held(ROWS, COLUMNS): 1}, vectors=VECTORS, shares=Shares(share, 1.0)
    )
    assert share == 0.6
    assert found > 1.1 * real.array_j


def test_shares_by_hand(make_chip):
    spec = make_chip().macro  # cells of 2 bits
    words = np.array([[[7, 0, 1, 0], [2, 0, 0, 0]]], dtype=np.uint8)
    # by hand: 3 + 1 + 1 ones in two vectors of 3 used rows of 3 bits
    assert input_share(words, used=3, rows=4, input_bits=3) == 5 / 18
    # the same as two vectors of two words each
    assert input_share(words.reshape(2, 2, 2), used=3, rows=4, input_bits=3) == 5 / 18
    levels = [np.array([[3, 0], [1, 2]], np.uint8), np.array([[0, 0]], np.uint8)]
    assert weight_shares(levels, spec) == (3 / 6, 6 / 18)


def test_cells_of_one_bit_have_one_share(make_chip):
    spec = make_chip(cell_bits=1, reference_level=1).macro
    levels = np.random.default_rng(1).integers(0, 2, (10, 12), dtype=np.uint8)
    nonzero, mean = weight_shares([levels], spec)
    assert nonzero == mean == levels.mean()


@pytest.mark.parametrize("parallel_rows", [4, 10])
@pytest.mark.parametrize("share", [0.2, 0.5])
def test_independent_bits_switch_as_expected(make_chip, share, parallel_rows):
    chip = make_chip(parallel_rows=parallel_rows)
    spec, vectors = chip.macro, 2000
    rng = np.random.default_rng(2)
    planes = rng.random((vectors, spec.rows, spec.input_bits)) < share
    inputs = (planes << np.arange(spec.input_bits)).sum(axis=2).astype(np.uint8)
    levels = np.zeros((spec.rows, spec.bit_lines), dtype=np.uint8)
    run = compute(MacroJob(chip=chip, ideal=True, levels=levels, inputs=inputs, seed=1)).run
    found = register_toggles(
        spec,
        {Held(spec.rows, spec.columns): 1},
        vectors=vectors,
        shares=Shares(share, 0.5),
        updates=dict.fromkeys(FIXED, 0),
    )
    # 60,000 bits: five standard deviations are 2 %
    assert found[ROW_DRIVE] == pytest.approx(run.toggles[ROW_DRIVE_REGISTER], rel=0.02)
    assert found[INPUT_BUS] == pytest.approx(run.toggles["macro.row_registers.waiting"], rel=0.02)
    assert found[INPUTS] == found[INPUT_BUS]


def test_registers_behind_the_converters_switch_as_neurosim_fixes(make_chip):
    found = register_toggles(
        make_chip().macro,
        {Held(4, 4): 1},
        vectors=3,
        shares=Shares(0.5, 0.5),
        updates=dict.fromkeys(FIXED, 1000),
    )
    # 3D+NeuroSim V1.0 manual, section 2: gamma 0.5, epsilon 0.05; Param.cpp: outputtoggle 0.5
    assert (found[SHIFT_ADD], found[CONTROL], found[OUTPUT_BUS]) == (500, 50, 500)


def test_parts_of_the_energy(make_chip):
    chip = make_chip()
    job = regular_job(make_chip, 2)
    run = compute(job).run
    analog = analog_energy(
        chip, toggles=run.toggles, conversions=run.conversions, array_j=run.array_j
    )
    found = joules(analog, array_j=3e-12, row_drives=100, registers=1000, chip=chip)
    assert found == {
        "array": 3e-12,
        "converters": analog.converters_j,
        "row_inputs": 100 * action_costs(chip).row_input.value,
        "word_lines": analog.word_lines_j,
        "multiplexers": analog.multiplexers_j,
        "registers": 1000 * toggle_energy(32).value,
    }
