import runpy
from pathlib import Path

import numpy as np
import pytest

from energy.liberty import SKY130, read_liberty

SCRIPT = Path(__file__).parents[2] / "examples" / "derive_cells.py"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


@pytest.fixture(scope="module")
def shipped():
    return read_liberty(SKY130)


def test_shipped_table_has_the_cells_of_the_script(script, shipped):
    names = [script["PREFIX"] + name for name in script["NAMES"].split()]
    assert [*shipped.cells] == sorted(names)
    assert str(len(names)) in shipped.source
    assert "Apache-2.0" in shipped.source


def test_shipped_figures_are_those_of_the_library(shipped):
    # from sky130_fd_sc_hd__tt_025C_1v80, cell dfxtp_1: pF, nW, um2, and pJ at a slew of 0.01 ns
    cell = shipped.cells["sky130_fd_sc_hd__dfxtp_1"]
    clock = cell.pins["CLK"]
    assert (clock.rise_f + clock.fall_f) / 2 == pytest.approx(1.794e-15, rel=1e-3, abs=0)
    assert cell.leakage_w == pytest.approx(8.438635e-12, rel=1e-3, abs=0)
    assert cell.area_m2 == pytest.approx(20.0192e-12, rel=1e-3, abs=0)
    assert shipped.voltage_v == 1.8


def test_points_of_a_table_are_kept_as_they_are(script, shipped):
    table = shipped.cells["sky130_fd_sc_hd__nand2_1"].pins["Y"].power[0].rise_j
    large = type(table)(np.arange(7.0), np.arange(10.0, 13), np.arange(21.0).reshape(7, 3))
    small = script["_table"](large)
    kept = [0, 2, 4, 6]
    assert small.slew_s.tolist() == kept
    assert small.across.tolist() == [10, 11, 12]  # only seven points are too many
    assert small.values.tolist() == [[3.0 * i + j for j in range(3)] for i in kept]
    assert script["_table"](table).values.tolist() == table.values.tolist()
