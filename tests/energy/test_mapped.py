from types import SimpleNamespace

import pytest

from energy.mapped import scaled_energy


def mapped(voltage_v=1.8, node_nm=130):
    library = SimpleNamespace(name="cells", voltage_v=voltage_v)
    return SimpleNamespace(netlist=SimpleNamespace(library=library), node_nm=node_nm)


def test_energy_goes_down_to_the_supply_that_the_factors_hold_for():
    # By hand, P = a2 V**2 + a1 V + a0 of Stillmaker and Baas: 130 nm at 1.3 V and 32 nm at 1 V.
    before = 7.171 * 1.3**2 - 6.709 * 1.3 + 2.904
    after = 0.9559 - 0.7823 + 0.471
    scaled = scaled_energy(2.0, mapped(), 32)
    assert scaled.value == pytest.approx(2.0 * (1.3 / 1.8) ** 2 * after / before)
    assert "square of the supply" in scaled.source
    assert "Stillmaker" in scaled.source


def test_energy_at_the_node_of_the_cells_is_left_alone():
    assert scaled_energy(2.0, mapped(), 130).value == 2.0


def test_node_without_factors():
    with pytest.raises(ValueError, match=r"^Technology node must be one of .* nm, not 22$"):
        scaled_energy(2.0, mapped(), 22)
