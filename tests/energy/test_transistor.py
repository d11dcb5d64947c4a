import math
import re
from dataclasses import fields

import pytest

from energy.transistor import DIFFUSION_SHARE, scale_delay, transistor
from hw_spec.sourced import Sourced

NODES = (130, 90, 65, 45, 32, 22)


@pytest.mark.parametrize("node_nm", NODES)
def test_every_number_has_its_unit_and_a_source(node_nm):
    one = transistor(node_nm)
    assert one.node_nm == node_nm
    numbers = {
        field.name: getattr(one, field.name)
        for field in fields(one)
        if isinstance(getattr(one, field.name), Sourced)
    }
    units = {"ohm_m": "ohm m", "f_per_m": "F/m", "a_per_m": "A/m", "pmos_width": "1"}
    for name, number in numbers.items():
        assert number.unit == next(unit for end, unit in units.items() if name.endswith(end))
        assert number.source
    assert len(numbers) == 6
    assert all(f"{node_nm}nm" in n.source for n in numbers.values()) or node_nm == 130


def test_32_nm_by_hand():
    one = transistor(32)
    # CACTI 7, 32 nm, lstp. by hand: 1.99 * 1.0 V / 683.6 uA = 2911.059 ohm for 1 um
    assert one.width_for_m(2911.059) == pytest.approx(1e-6, rel=1e-6, abs=0)
    # by hand: 0.458 + 0.053 = 0.511 fF per um, 3.23 um of gates for an NMOS of 1 um
    assert one.inverter_f(1e-6) == pytest.approx(1.65053e-15, rel=1e-9, abs=0)
    assert one.off_a_per_m.value == pytest.approx(20.6e-6, rel=1e-12, abs=0)


def test_22_nm_by_hand():
    # CACTI 7, 22 nm, lstp. by hand: 1.99 * 0.8 V / 727.6 uA = 2188.016 ohm for 1 um
    assert transistor(22).width_for_m(2188.016) == pytest.approx(1e-6, rel=1e-6, abs=0)


def test_half_of_the_transistors_leak():
    # by hand: 1 um off with 20.6 pA, 1 um on with 37.3 pA through its gate, at 0.9 V
    assert transistor(32).leakage_w(2e-6, 0.9) == pytest.approx(52.11e-12, rel=1e-9, abs=0)


def test_130_nm_is_the_published_inverter():
    one = transistor(130)
    # Library of sky130_fd_sc_hd, inv_1: pin A has 2.302 fF; it leaks 5.326682 pW at 1.8 V, through
    # the NMOS in one state and the PMOS in the other.
    assert one.inverter_f(0.65e-6) == pytest.approx(2.302e-15, rel=1e-6, abs=0)
    mean_m = (0.65e-6 + 1.0e-6) / 2
    assert 1.8 * one.off_a_per_m.value * mean_m == pytest.approx(5.326682e-12, rel=1e-6, abs=0)
    # The same for inv_16, another cell: 33.442 fF, 10 % less because its fingers share diffusion.
    assert one.inverter_f(16 * 0.65e-6) == pytest.approx(33.442e-15, rel=0.12, abs=0)


def test_smaller_nodes_are_faster():
    times = [
        transistor(node).on_ohm_m.value * transistor(node).gate_f_per_m.value for node in NODES[1:]
    ]
    assert times == sorted(times, reverse=True)
    assert all(1e-13 < time < 1e-11 for time in times)
    assert math.isclose(DIFFUSION_SHARE.value, 0.5)


def test_unknown_node_names_the_known_ones():
    message = re.escape("Technology node must be one of 130, 90, 65, 45, 32, 22 nm, not 7")
    with pytest.raises(ValueError, match=f"^{message}$"):
        transistor(7)


def test_delay_goes_as_r_c_of_an_inverter():
    """By hand: 2.1727 mohm m * 1.3952 nF/m * (1 + 1.00 / 0.65) at 130 nm; CACTI's at 32 nm."""
    before_s = 2.172716e-3 * 1.395152e-9 * (1 + 1.00 / 0.65)
    after_s = 1.99 * 1.0 / 683.6 * (0.458e-9 + 0.053e-9) * (1 + 2.23)
    scaled = scale_delay(Sourced(2.0, "s", "test"), from_nm=130, to_nm=32)
    assert scaled.value == pytest.approx(2.0 * after_s / before_s)
    assert scaled.unit == "s"
    assert "assumed" in scaled.source


def test_delay_at_an_unknown_node():
    with pytest.raises(ValueError, match=r"^Technology node must be one of .* nm, not 10$"):
        scale_delay(Sourced(2.0, "s", "test"), from_nm=130, to_nm=10)
