import dataclasses
import re

import numpy as np
import pytest

from behavioral.device import preset
from cosim.job import MacroJob
from cosim.predict import drive_words
from cosim.twin.compute import compute
from energy.analog_macro import ALL_OPEN, COLUMN_SELECT, ROW_DRIVE, action_costs, analog_energy
from energy.drivers import driver, multiplexer
from energy.technology import supply
from energy.transistor import transistor
from energy.wires import wire
from hw_spec.chip import read_chip

COUNTS = {ROW_DRIVE: 1000, ALL_OPEN: 2, COLUMN_SELECT: 300}


@pytest.fixture(scope="module")
def chips(root):
    return {path.stem: read_chip(path) for path in (root / "chips").glob("*.toml")}


@pytest.fixture(scope="module")
def taox(chips):
    return chips["rram_taox_32nm"]


def test_costs_of_actions_by_hand(taox):
    # 4 F x 4 F cells at 32 nm: 129 of them along a row, 0.128 um each, access width 64 nm.
    local, node, supply_v = wire(32, "local"), transistor(32), supply(32).value
    wire_f = local.capacitance_f_per_m.value * 0.128e-6
    word_f = 129 * (wire_f + node.gate_f_per_m.value * 0.064e-6)
    row_f = 129 * (wire_f + node.junction_f_per_m.value * 0.064e-6)
    costs = action_costs(taox)
    word_j = 0.5 * (driver(word_f, node).own_f + word_f) * supply_v**2
    assert costs.word_line.value == pytest.approx(word_j, rel=1e-6, abs=0)
    row_j = 0.5 * (driver(row_f, node).own_f * supply_v**2 + row_f * 0.2**2)
    assert costs.row_input.value == pytest.approx(row_j, rel=1e-6, abs=0)
    # 128 cells of 100 kohm side by side; 5 bits at 100 MS/s are 0.93624 pJ.
    select_f = 16 * multiplexer(128 / 100e3, 8, node).gate_f
    select_j = 0.5 * (driver(select_f, node).own_f + select_f) * supply_v**2
    assert costs.select.value == pytest.approx(select_j, rel=1e-6, abs=0)
    assert costs.conversion.value == pytest.approx(0.93624e-12, rel=1e-5, abs=0)


def test_energy_is_actions_times_costs(taox):
    costs = action_costs(taox)
    energy = analog_energy(taox, toggles=COUNTS, conversions=64, array_j=1e-12)
    assert energy.array_j == 1e-12
    assert energy.converters_j == pytest.approx(64 * 16 * costs.conversion.value, rel=1e-6, abs=0)
    assert energy.row_inputs_j == pytest.approx(1000 * costs.row_input.value, rel=1e-6, abs=0)
    assert energy.word_lines_j == pytest.approx(2 * 128 * costs.word_line.value, rel=1e-6, abs=0)
    assert energy.multiplexers_j == pytest.approx(300 * costs.select.value, rel=1e-6, abs=0)
    parts = dataclasses.astuple(energy)
    assert all(part > 0 for part in parts)
    assert energy.total_j == pytest.approx(sum(parts), rel=1e-6, abs=0)


def test_pairs_have_two_switches_per_lane(chips):
    chip, node = chips["rram_pairs_sar_32nm"], transistor(32)
    spec, column_s = chip.macro, chip.macro.rows * preset(chip.device).g_max_s
    select_f = 2 * spec.lanes * multiplexer(column_s, spec.columns_per_adc, node).gate_f
    select_j = driver(select_f, node).toggle_energy_j(select_f, supply(32).value)
    assert action_costs(chip).select.value == pytest.approx(select_j, rel=1e-6, abs=0)


def test_transitions_of_rows_are_those_of_their_drives(taox):
    spec = taox.macro
    rng = np.random.default_rng(1)
    job = MacroJob(
        chip=taox,
        ideal=False,
        levels=rng.integers(0, 16, (128, 128), dtype=np.uint8),
        inputs=rng.integers(0, 256, (5, 128)),
        seed=1,
    )
    drives = drive_words(job.inputs, spec)
    ground = np.zeros_like(drives[:1])
    changes = np.concatenate([ground, drives]) ^ np.concatenate([drives, ground])
    toggles = compute(job).run.toggles
    assert toggles[ROW_DRIVE] == int(np.bitwise_count(changes).sum())
    assert toggles[ALL_OPEN] == 2
    assert toggles[COLUMN_SELECT] == 2 * 5 * spec.cycles_per_vector


def test_toggles_that_were_not_counted(taox):
    message = f"Toggles of '{COLUMN_SELECT}' must be counted, but were not"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        analog_energy(taox, toggles={ROW_DRIVE: 1, ALL_OPEN: 2}, conversions=1, array_j=0.0)


def test_node_without_transistors(taox):
    with pytest.raises(ValueError, match=r"^Technology node must be one of .* nm, not 14$"):
        action_costs(taox.model_copy(update={"node_nm": 14}))


def test_lower_resistance_takes_wider_switches(chips):
    intel, taox = (action_costs(chips[f"rram_{name}_32nm"]) for name in ("intel", "taox"))
    ratio = preset("intel_rram_iedm19").g_max_s / preset("taox_hfox_iedm19").g_max_s
    lanes = chips["rram_intel_32nm"].macro.lanes / chips["rram_taox_32nm"].macro.lanes
    # But for the last stages of their drivers.
    assert intel.select.value / taox.select.value == pytest.approx(lanes * ratio, rel=0.05)
