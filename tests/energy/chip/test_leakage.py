import pytest

from energy.chip.leakage import logic_leakage_w


def test_leakage_by_hand(macro):
    # 5.8331 features of area per width; half of the width is off, at 1 V and 20.6 + 37.3 pA/um.
    area_m2 = macro.mapped.cells.value * 0.072
    width_um = area_m2 / (5.8331 * 32e-9) * 1e6
    expected = width_um / 2 * (20.6e-12 + 37.3e-12)
    assert logic_leakage_w(macro.mapped, 32) == pytest.approx(expected, rel=1e-6)


def test_node_without_transistors(macro):
    with pytest.raises(ValueError, match=r"^Technology node must be one of .* nm, not 14$"):
        logic_leakage_w(macro.mapped, 14)
