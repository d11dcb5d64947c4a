import pytest

from energy import digital
from energy.digital import RegisterEnergy, register_energy
from energy.technology import scale_energy
from hw_spec.sourced import Sourced


def energy(toggles, *, flip_flops=10, cycles=100, clock_period_s=10e-9):
    return register_energy(
        toggles, flip_flops=flip_flops, cycles=cycles, clock_period_s=clock_period_s
    )


def close(energy_j):
    # Without abs=0 anything below a picojoule would count as equal.
    return pytest.approx(energy_j, rel=1e-9, abs=0)


def test_energy_by_hand():
    spent = energy({"a": 3, "b.c": 4})
    # by hand, from the cell's library file: rise 17.4124 fJ and fall 22.3385 fJ, and 1.794 fF at
    # 1.8 V: 39.7509 fJ + 5.81256 fJ per flip-flop and cycle
    assert spent.clock_j == close(1000 * 45.56346e-15)
    # by hand: mean of rise 23.3518 fJ and fall 15.4150 fJ, and half of 3.434554 fF at 1.8 V squared
    assert spent.toggle_j == close(7 * (19.3834e-15 + 5.56397748e-15))
    # by hand: 8.438635 pW for 1 us, ten times
    assert spent.leakage_j == close(10 * 8.438635e-18)
    assert spent.total_j == spent.clock_j + spent.toggle_j + spent.leakage_j


@pytest.mark.parametrize("toggles", [{}, {"a": 0, "b": 0}])
def test_registers_that_never_toggle_still_pay_for_the_clock(toggles):
    spent = energy(toggles)
    assert spent.toggle_j == 0
    assert spent.clock_j == energy({"a": 10**6}).clock_j > 0
    assert spent.leakage_j > 0


def test_each_cause_grows_with_its_own_count_only():
    one = energy({"a": 1})
    assert energy({"a": 5}) == RegisterEnergy(one.clock_j, 5 * one.toggle_j, one.leakage_j)
    slower = energy({"a": 1}, clock_period_s=20e-9)
    assert slower == RegisterEnergy(one.clock_j, one.toggle_j, 2 * one.leakage_j)
    for twice in (energy({"a": 1}, cycles=200), energy({"a": 1}, flip_flops=20)):
        assert twice == RegisterEnergy(2 * one.clock_j, one.toggle_j, 2 * one.leakage_j)


def test_every_number_has_its_unit_and_a_source():
    numbers = {name: one for name, one in vars(digital).items() if isinstance(one, Sourced)}
    units = {name: one.unit for name, one in numbers.items()}
    assert units == {
        "SUPPLY_V": "V",
        "CLOCK_INTERNAL_J": "J",
        "CLOCK_PIN_F": "F",
        "TOGGLE_INTERNAL_J": "J",
        "TOGGLE_LOAD_F": "F",
        "LEAKAGE_W": "W",
    }
    for name, number in numbers.items():
        assert name.endswith(f"_{number.unit}")
        assert number.value > 0
        assert number.source.startswith(("SkyWater sky130_fd_sc_hd", "assumed: "))
    assert [name for name, number in numbers.items() if number.assumed] == ["TOGGLE_LOAD_F"]


def test_what_is_left_out_is_named():
    assert all(digital.LEFT_OUT)
    assert "combinational logic" in digital.LEFT_OUT


def test_toggle_of_a_register():
    # by hand: 19.3834 fJ + 3.434554 fF * 1.8 V * 1.8 V / 2 at 130 nm
    assert digital.toggle_energy(130).value == pytest.approx(24.947377e-15, rel=1e-6, abs=0)
    assert digital.toggle_energy(130).assumed
    # down to 1.3 V by the square, then by the published factors
    lowered = digital.TOGGLE_INTERNAL_J  # any energy
    ratio = scale_energy(lowered, from_nm=130, from_v=1.3, to_nm=32, to_v=1.0).value / lowered.value
    expected = 24.947377e-15 * (1.3 / 1.8) ** 2 * ratio
    assert digital.toggle_energy(32).value == pytest.approx(expected, rel=1e-6, abs=0)
