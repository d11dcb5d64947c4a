import pytest

from behavioral.device import PRESETS, preset
from energy import array
from energy.array import array_lines, line_energy_j, line_f, read_energy_j, write_pulse_energy_j
from energy.transistor import transistor
from energy.wires import wire


def test_word_line_by_hand():
    # by hand: 128 cells of 4 F at 130 nm, 0.172 fF/um * 0.52 um + 0.36 fF each
    capacitance_f = line_f(128, pitch_m=0.52e-6, wire_f_per_m=0.172e-9, cell_f=0.36e-15)
    assert capacitance_f == pytest.approx(57.52832e-15, rel=1e-9, abs=0)
    # by hand: up and down once takes C V^2 = 57.52832 fF * 3.24 V^2
    spent_j = line_energy_j(2, capacitance_f=capacitance_f, swing_v=1.8)
    assert spent_j == pytest.approx(0.186391757e-12, rel=1e-8, abs=0)
    assert line_energy_j(0, capacitance_f=capacitance_f, swing_v=1.8) == 0


def test_read_by_hand():
    # by hand: 64 rows of 128 cells of 5.5 uS on average, 0.2 V, 10 ns: 0.04 * 45.056 mS * 10 ns
    spent_j = read_energy_j(64 * 128 * 5.5e-6, read_v=0.2, read_s=10e-9)
    assert spent_j == pytest.approx(18.0224e-12, rel=1e-9, abs=0)


def test_write_pulse_by_hand():
    # by hand: 1.8 V, 20 uS, 8.52 us: 3.24 * 170.4 pC/V
    pulse = {"write_v": 1.8, "pulse_s": 8.52e-6}
    alone_j = write_pulse_energy_j(20e-6, line_f=0.0, **pulse)
    assert alone_j == pytest.approx(0.552096e-9, rel=1e-9, abs=0)
    # by hand: and 100 fF * 3.24 V^2
    with_line_j = write_pulse_energy_j(20e-6, line_f=100e-15, **pulse)
    assert with_line_j - alone_j == pytest.approx(0.324e-12, rel=1e-6, abs=0)


def test_lines_of_an_array_by_hand():
    cell = preset("intel_rram_iedm19").cell
    lines = array_lines(cell, transistor(32), wire(32, "local"), rows=64, columns=128)
    # by hand: 12 F = 0.384 um wide, 5 F = 0.16 um high, access transistor 0.192 um; local wire of
    # 32 nm 0.245774 fF/um, gate 0.511 fF/um, junction 0.25 fF/um
    wire_f = wire(32, "local").capacitance_f_per_m.value * 1e9
    assert wire_f == pytest.approx(0.245774, abs=1e-6)
    word_f = 128 * (wire_f * 0.384 + 0.511 * 0.192)
    assert lines.word_line_f * 1e15 == pytest.approx(word_f, rel=1e-9)
    assert lines.row_input_f * 1e15 == pytest.approx(128 * (wire_f * 0.384 + 0.25 * 0.192))
    assert lines.column_f * 1e15 == pytest.approx(64 * (wire_f * 0.16 + 0.25 * 0.192))


@pytest.mark.parametrize("device", PRESETS, ids=lambda device: device.name)
def test_lines_grow_with_the_cells_they_pass(device):
    def lines(rows, columns):
        return array_lines(
            device.cell, transistor(32), wire(32, "local"), rows=rows, columns=columns
        )

    small, wide, high = lines(64, 64), lines(64, 128), lines(128, 64)
    assert wide.word_line_f == pytest.approx(2 * small.word_line_f, rel=1e-6, abs=0)
    assert wide.row_input_f == pytest.approx(2 * small.row_input_f, rel=1e-6, abs=0)
    assert wide.column_f == small.column_f
    assert high.column_f == pytest.approx(2 * small.column_f, rel=1e-6, abs=0)
    assert high.word_line_f == small.word_line_f
    assert small.word_line_f > small.row_input_f > 1e-15


def test_what_was_chosen_is_named():
    assert array.ACCESS_SHARE.assumed
    assert all(array.LEFT_OUT)
