import re

import pytest

from energy.wires import LAYERS, toggle_energy_j, wire

NODES = (130, 90, 65, 45, 32, 22, 7)


@pytest.mark.parametrize(
    ("node_nm", "ohm_per_um", "f_per_um"),
    # CACTI 7, conservative, local: computed from its tables apart from this code.
    [
        (90, 1.05, 0.293),
        (65, 2.0299, 0.274),
        (45, 4.20, 0.258),
        (32, 8.40, 0.246),
        (22, 20.661, 0.239),
    ],
)
def test_local_wires_equal_those_of_cacti(node_nm, ohm_per_um, f_per_um):
    local = wire(node_nm, "local")
    assert local.resistance_ohm_per_m.value * 1e-6 == pytest.approx(ohm_per_um, rel=3e-3)
    assert local.capacitance_f_per_m.value * 1e9 == pytest.approx(f_per_um, rel=3e-3)


def test_global_wire_at_32_nm_by_hand():
    # by hand: width 4 * 32 = 128 nm, thickness 2.2 * 128 = 281.6 nm; metal 128 - 6 = 122 nm wide
    # and 281.6 - 3 - 28.16 = 250.44 nm high: 22 nohm m / 30553.68 nm2 = 0.720044 ohm/um
    one = wire(32, "global")
    assert one.resistance_ohm_per_m.value == pytest.approx(0.720044e6, rel=1e-5)
    # by hand: 2 eps0 (3.9 * 128 / 385 + 1.5 * 2.214 * 2.2) + 115 aF/um, eps0 = 8.854188 aF/um
    assert one.capacitance_f_per_m.value == pytest.approx(267.3420e-12, rel=1e-5, abs=0)


def test_130_nm_is_the_sheet_resistance_of_the_process():
    # SkyWater 130 nm: met1 has 0.125 ohm per square and is 0.14 um wide.
    local = wire(130, "local")
    assert local.resistance_ohm_per_m.value == pytest.approx(0.125 / 0.14e-6, rel=1e-4)
    assert local.capacitance_f_per_m.value == pytest.approx(0.172375e-9, rel=1e-9, abs=0)


@pytest.mark.parametrize("node_nm", NODES)
def test_higher_layers_resist_less(node_nm):
    layers = [wire(node_nm, layer) for layer in LAYERS]
    resistances = [one.resistance_ohm_per_m.value for one in layers]
    assert resistances == sorted(resistances, reverse=True)
    for one in layers:
        assert 0.1e-9 < one.capacitance_f_per_m.value < 0.4e-9
        assert (one.resistance_ohm_per_m.unit, one.capacitance_f_per_m.unit) == ("ohm/m", "F/m")
        assert not one.capacitance_f_per_m.assumed


def test_two_transitions_take_what_the_supply_gives_for_a_rise():
    # by hand: 57.53 fF at 1.8 V take 0.1864 pJ for a rise and nothing for a fall
    assert 2 * toggle_energy_j(57.53e-15, 1.8) == pytest.approx(0.1864e-12, rel=1e-4, abs=0)


def test_unknown_node_names_the_known_ones():
    message = re.escape("Technology node must be one of 130, 90, 65, 45, 32, 22, 7 nm, not 14")
    with pytest.raises(ValueError, match=f"^{message}$"):
        wire(14, "local")


def test_unknown_layer_names_the_nearest():
    with pytest.raises(ValueError, match=r"^Layer 'globl' is unknown; nearest: global"):
        wire(32, "globl")
