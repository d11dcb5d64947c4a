import pytest

from energy import drivers
from energy.drivers import (
    driver,
    multiplexer,
    shifter_area,
    shifter_toggle_energy_j,
    transistor_area,
)
from energy.transistor import transistor
from hw_spec.sourced import Sourced

NODES = (130, 90, 65, 45, 32, 22)
LEAST_F = transistor(32).inverter_f(48e-9)
"""Input of the smallest inverter at 32 nm: an NMOS of 3/2 F."""


@pytest.mark.parametrize(
    ("effort", "stages", "inverters"),
    # by hand: 4^0; 4^1; 1 + 4 + 16; two stages of sqrt(8): 1 + 2.828427
    [(1, 1, 1.0), (4, 1, 1.0), (64 * (1 + 1e-12), 3, 21.0), (8, 2, 3.828427)],
)
def test_stages_by_hand(effort, stages, inverters):
    one = driver(effort * LEAST_F, transistor(32))
    assert one.stages == stages
    assert one.nmos_width_m == pytest.approx(inverters * 48e-9, rel=1e-6, abs=0)
    # Each has its input and half as much at its output.
    assert one.own_f == pytest.approx(1.5 * inverters * LEAST_F, rel=1e-6, abs=0)
    assert one.width_m == pytest.approx(3.23 * inverters * 48e-9, rel=1e-6, abs=0)


def test_transition_switches_line_and_driver():
    line_f = 64 * LEAST_F
    # by hand: 64 + 1.5 * 21 inputs of 79.22544 aF, 1/2 C V^2 at 1 V
    spent_j = driver(line_f, transistor(32)).toggle_energy_j(line_f, 1.0)
    assert spent_j == pytest.approx(95.5 * 79.22544e-18 / 2, rel=1e-6, abs=0)


@pytest.mark.parametrize("node_nm", NODES)
@pytest.mark.parametrize("line_f", [1e-15, 50e-15, 1e-12])
def test_no_stage_drives_more_than_four_times_its_input(node_nm, line_f):
    device = transistor(node_nm)
    one = driver(line_f, device)
    first_f = device.inverter_f(1.5e-9 * node_nm)
    assert first_f * 4**one.stages >= line_f * (1 - 1e-9)
    assert one.stages == 1 or first_f * 4 ** (one.stages - 1) < line_f
    # An endless chain would have a third of the load in its gates.
    assert one.own_f <= 1.5 * (line_f + first_f)


def test_multiplexer_by_hand():
    # by hand: 128 cells of 10 uS have 781.25 ohm, a tenth is 78.125 ohm; 2911.059 ohm um over it is
    # 37.2616 um of NMOS, 120.355 um with PMOS, 61.5014 fF of gates; 8 * 0.25 fF/um at the output
    one = multiplexer(1.28e-3, 8, transistor(32))
    assert one.gate_f == pytest.approx(61.5014e-15, rel=1e-5, abs=0)
    assert one.output_f == pytest.approx(8 * 0.25e-9 * 120.355e-6, rel=1e-5, abs=0)
    assert one.width_m == pytest.approx(8 * 120.355e-6, rel=1e-5, abs=0)
    assert one.select_f(16) == pytest.approx(16 * 61.5014e-15, rel=1e-5, abs=0)


def test_cells_of_low_resistance_take_wide_switches():
    low, high = (multiplexer(128 / ohm, 8, transistor(32)) for ohm in (6e3, 100e3))
    assert low.width_m / high.width_m == pytest.approx(100 / 6)
    least = multiplexer(128 / 500e6, 1, transistor(32))
    assert least.width_m == pytest.approx(3.23 * 48e-9)


def test_level_shifter_is_the_published_cell():
    # SkyWater sky130_fd_sc_hvl, lsbuflv2hv_1: rise 0.3745454 and fall 0.2171465 pJ at 5.99 fF
    assert shifter_toggle_energy_j(0.0, 3.3) == pytest.approx(
        (0.3745454 + 0.2171465) / 2 * 1e-12, rel=1e-9, abs=0
    )
    # by hand: at half the supply a quarter, and 1/2 * 100 fF * 2.7225 V^2
    half_j = shifter_toggle_energy_j(100e-15, 1.65)
    assert half_j == pytest.approx((0.29584595 / 4 + 0.136125) * 1e-12, rel=1e-9, abs=0)


def test_areas_by_hand():
    # by hand: the published inverter, 26.4 um of transistors in 20.0192 um2
    assert transistor_area(26.4e-6, 130).value == pytest.approx(20.0192e-12, rel=1e-6, abs=0)
    assert transistor_area(26.4e-6, 65).value == pytest.approx(10.0096e-12, rel=1e-6, abs=0)
    # by hand: 128 * 85.9584 um2, of which 0.072 at 32 nm
    assert shifter_area(128, 32).value == pytest.approx(792.1926e-12, rel=1e-6, abs=0)
    assert shifter_area(128, 130).assumed
    assert not transistor_area(1e-6, 32).assumed


def test_every_number_has_a_unit_and_a_source():
    numbers = {name: one for name, one in vars(drivers).items() if isinstance(one, Sourced)}
    assert [name for name, one in numbers.items() if one.assumed] == ["MULTIPLEXER_SHARE"]
    assert {one.unit for one in numbers.values()} == {"1", "feature", "V", "J", "W", "m2"}
    assert all(drivers.LEFT_OUT)
