import gzip

import numpy as np
import pytest

from energy.boolean import parse
from energy.liberty import read_liberty

LIBRARY = """
/* a comment { with : signs; } */
library ("tiny") {
  time_unit : "100ps"; voltage_unit : "10mV";
  leakage_power_unit : "1pW";
  capacitive_load_unit (2, "ff");
  operating_conditions ("hot") { process : 1; temperature : 125; voltage : 60; }
  operating_conditions ("cold") { process : 1; temperature : -40; voltage : 80; }
  default_operating_conditions : "cold";
  lu_table_template ("delay") {
    variable_1 : total_output_net_capacitance;
    variable_2 : input_net_transition;
    index_1 ("1, 2, 3"); index_2 ("5, 6");
  }
  power_lut_template ("inside") { variable_1 : input_transition_time; index_1 ("1, 2"); };
  cell (AND2) {
    area : 3.5;
    cell_leakage_power : 7;
    leakage_power () { when : "A&!B"; value : 9; }
    pin ("A") {
      direction : input; capacitance : 3; rise_capacitance : 4;
      internal_power () { when : "B"; power ("inside") { values ("1, -2"); } }
    }
    pin (B) { direction : "input"; capacitance : 3; }
    pin (Y) {
      direction : output; function : "A B"; max_capacitance : 11;
      timing () {
        related_pin : "A B"; timing_sense : positive_unate;
        cell_rise ("delay") { values ("1, 2", "3, 4", \\
          "5, 6"); }
        rise_transition ("scalar") { values ("8"); }
      }
      internal_power () {
        related_pin : "A";
        rise_power ("delay") { index_1 ("7, 8, 9"); values ("1, 2, 3, 4, 5, 6"); }
      }
    }
  }
  cell (FF) {
    ff (Q1, Q1N) { clocked_on : "C"; next_state : "D"; clear : "!R"; }
    pin (C) { direction : input; clock : true; }
    pin (D) {
      direction : input;
      timing () { related_pin : C; timing_type : setup_rising;
        rise_constraint ("scalar") { values ("2"); } }
      timing () { related_pin : C; timing_type : recovery_rising;
        rise_constraint ("scalar") { values ("2"); } }
    }
    pin (S) { direction : internal; }
    pin (Q) { direction : output; function : "Q1"; }
    pin (Z) { direction : output; function : "Q1"; three_state : "D"; }
  }
  cell (TAP) { area : 1; dont_use : true; }
}
"""


@pytest.fixture
def read(tmp_path):
    def read(text=LIBRARY, name="tiny.lib"):
        data = text.encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
        return read_liberty(tmp_path / name)

    return read


@pytest.fixture
def tiny(read):
    return read()


def test_figures_are_in_si_units(tiny):
    # by hand: units are 100 ps, 10 mV, 1 pW, 2 fF, so energies are 2 fF * (10 mV)^2 = 0.2 aJ
    cell = tiny.cells["AND2"]
    assert tiny.voltage_v == pytest.approx(0.8)
    assert (tiny.temperature_c, tiny.process, tiny.name) == (-40, 1, "tiny")
    assert cell.area_m2 == pytest.approx(3.5e-12, rel=1e-9, abs=0)
    assert cell.leakage_w == pytest.approx(7e-12, rel=1e-9, abs=0)
    assert [(one.when, one.power_w) for one in cell.leakages] == [(parse("A&!B"), 9e-12)]
    a, b, y = cell.pins.values()
    assert (a.rise_f, a.fall_f, b.rise_f) == pytest.approx((8e-15, 6e-15, 6e-15), rel=1e-9, abs=0)
    assert y.max_load_f == pytest.approx(22e-15, rel=1e-9, abs=0)
    (power,) = a.power
    assert (power.related_pin, power.when) == (None, parse("B"))
    np.testing.assert_allclose(power.rise_j.values, [[0.2e-18], [-0.4e-18]])
    np.testing.assert_allclose(power.fall_j.slew_s, [100e-12, 200e-12])


def test_conditions_may_be_nominal(read):
    text = LIBRARY.replace("operating_conditions", "other_conditions")
    with pytest.raises(ValueError, match=r"^Library 'tiny' must tell voltage, temperature and pro"):
        read(text)
    nominal = " nom_voltage : 70; nom_temperature : 25; nom_process : 2; cell (AND2)"
    library = read(text.replace("cell (AND2)", nominal))
    assert library.voltage_v == pytest.approx(0.7)
    assert (library.temperature_c, library.process) == (25, 2)


def test_tables_lie_along_the_slew_and_across_the_load(tiny):
    y = tiny.cells["AND2"].pins["Y"]
    assert [arc.related_pin for arc in y.timing] == ["A", "B"]
    arc = y.timing[1]
    assert (arc.kind, arc.sense, arc.delay_fall_s) == ("combinational", "positive_unate", None)
    np.testing.assert_allclose(arc.delay_rise_s.slew_s, [5e-10, 6e-10])
    np.testing.assert_allclose(arc.delay_rise_s.across, [2e-15, 4e-15, 6e-15])
    # by hand: the file has rows of one load, in units of 100 ps
    np.testing.assert_allclose(
        arc.delay_rise_s.values, [[1e-10, 3e-10, 5e-10], [2e-10, 4e-10, 6e-10]]
    )
    np.testing.assert_allclose(arc.slew_rise_s.values, [[8e-10]])
    (power,) = y.power
    np.testing.assert_allclose(power.rise_j.across, [14e-15, 16e-15, 18e-15])
    np.testing.assert_allclose(power.rise_j.values[1], [0.4e-18, 0.8e-18, 1.2e-18])
    assert not power.fall_j.values.any()


def test_flops_and_their_pins(tiny):
    cell = tiny.cells["FF"]
    assert [*cell.pins] == ["C", "D", "Q", "Z"]
    assert (cell.flop.state, cell.flop.inverse) == ("Q1", "Q1N")
    assert (cell.flop.clocked_on, cell.flop.next_state) == (parse("C"), parse("D"))
    assert (cell.flop.clear, cell.flop.preset) == (parse("!R"), None)
    assert cell.pins["C"].clock
    assert not cell.pins["D"].clock
    (setup,) = cell.pins["D"].constraints
    assert (setup.kind, setup.related_pin) == ("setup_rising", "C")
    assert setup.rise_s.values.item() == pytest.approx(2e-10, rel=1e-9, abs=0)
    assert cell.pins["Q"].function == parse("Q1")
    assert cell.pins["Z"].function is None


def test_cells_not_to_be_used_are_marked(tiny):
    assert [name for name, cell in tiny.cells.items() if cell.dont_use] == ["TAP"]


def test_packed_file_is_the_same(read, tiny):
    assert str(read(name="tiny.lib.gz").cells) == str(tiny.cells)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"100ps"', '"1 furlong"', "Unit 'time_unit' must be like '1ns', not '1 furlong'"),
        ('(2, "ff")', "()", "Unit 'capacitive_load_unit' must be like '1nf', not ''"),
        ("internal_power", "other_power", "must tell the internal power of cells, but has none"),
        ('("1, -2")', '("1, x")', "Cell 'AND2' of library '"),
        ('("1, -2")', '("1, 2, 3")', "must be sound: Table must have 2 values, not 3"),
        ('next_state : "D";', "", "must be sound: 'next_state'"),
        ("area : 3.5", "area : -3.5", "must be sound: Area must not be below 0, as -3.5 is"),
        ("area : 3.5", "area : nan", "must be sound: Area must be a finite number, not nan"),
        ('("7, 8, 9")', '("7, 9, 8")', "Index 1 of a table must rise, not be 7, 9, 8"),
        ('("1, -2")', '("1, inf")', "must be sound: Numbers must be finite, not 1, inf"),
        ('A B"; max', 'A &&"; max', "Boolean function must be one of Liberty, not 'A &&'"),
        ("cell (FF) {", "cell (FF) }", "must be well formed, not what stands in line 40"),
        ("dont_use : true; }\n}", "", "must be well formed, but it ends early"),
        ('library ("tiny")', 'shelf ("tiny")', "must hold a library, not a 'shelf'"),
    ],
)
def test_fault_is_told_in_one_line(old, new, message, read):
    assert old in LIBRARY
    with pytest.raises(ValueError, match=r".") as error:
        read(LIBRARY.replace(old, new))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_file_that_is_not_packed_is_refused(tmp_path):
    (tmp_path / "a.lib.gz").write_text("library")
    with pytest.raises(ValueError, match=r"^Liberty file '.*a.lib.gz' must be text or gzip"):
        read_liberty(tmp_path / "a.lib.gz")
