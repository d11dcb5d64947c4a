import itertools
import re

import numpy as np
import pytest

from energy.liberty import read_liberty
from energy.liberty_write import liberty_text


def tables(cell):
    for pin in cell.pins.values():
        for arc in (*pin.timing, *pin.constraints, *pin.power):
            for name, value in vars(arc).items():
                if name.endswith(("_s", "_j")) and value is not None:
                    yield (pin.name, str(arc.related_pin), name), value


def plain(cell):
    pins = [
        (pin.name, pin.direction, pin.clock, pin.role, pin.function) for pin in cell.pins.values()
    ]
    return cell.name, cell.flop, cell.clock_gate, cell.dont_use, pins


def test_library_that_is_written_is_read_as_the_same(sky130, tmp_path):
    path = tmp_path / "again.lib"
    path.write_text(liberty_text(sky130, digits=12))
    again = read_liberty(path)
    assert (again.name, again.source) == (sky130.name, sky130.source)
    assert again.voltage_v == sky130.voltage_v
    for one, other in zip(sky130.cells.values(), again.cells.values(), strict=True):
        assert plain(one) == plain(other)
        assert other.area_m2 == pytest.approx(one.area_m2, rel=1e-9, abs=0)
        assert other.leakage_w == pytest.approx(one.leakage_w, rel=1e-9, abs=0)
        for a, b in zip(one.pins.values(), other.pins.values(), strict=True):
            assert (b.rise_f, b.fall_f) == pytest.approx((a.rise_f, a.fall_f), rel=1e-9, abs=0)
            assert (b.max_load_f or 0) == pytest.approx(a.max_load_f or 0, rel=1e-9, abs=0)
        for (name, a), (other_name, b) in itertools.zip_longest(tables(one), tables(other)):
            assert name == other_name
            for axis in ("slew_s", "across", "values"):
                np.testing.assert_allclose(getattr(b, axis), getattr(a, axis), rtol=1e-9)


def test_table_of_one_axis_is_one_row_of_text(sky130):
    rows = re.findall(r'_power \("slew_\d"\) \{[^}]*values \(([^)]*)\)', liberty_text(sky130))
    assert len(rows) > 100
    assert all(row.count('"') == 2 and row.count(",") == 3 for row in rows)


def test_mean_capacitance_stands_before_those_of_the_edges(sky130):
    text = liberty_text(sky130)
    places = [text.index(f" {edge}capacitance :") for edge in ("", "rise_", "fall_")]
    assert places == sorted(places)
