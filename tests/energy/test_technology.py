import re

import pytest

from energy import technology
from energy.technology import at_supply, scale_area, scale_energy, supply
from hw_spec.sourced import Sourced

PICOJOULE = Sourced(1e-12, "J", "here")
SQUARE_MILLIMETRE = Sourced(1e-6, "m2", "here")
SCALED = (130, 90, 65, 45, 32, 20, 16, 14, 10, 7)


def test_energy_from_45_to_32_nm_by_hand():
    scaled = scale_energy(PICOJOULE, from_nm=45, from_v=0.9, to_nm=32, to_v=0.9)
    # by hand: 0.9559 * 0.81 - 0.7823 * 0.9 + 0.471 = 0.541209, and at 45 nm 1.103 * 0.81
    # - 0.362 * 0.9 + 0.2767 = 0.844330
    assert scaled.value == pytest.approx(0.541209e-12 / 0.844330, rel=1e-9, abs=0)
    assert scaled.unit == "J"


def test_65_nm_is_that_of_the_example_of_the_authors():
    scaled = scale_energy(PICOJOULE, from_nm=65, from_v=1.3, to_nm=65, to_v=0.9)
    # The authors' corrected example: 3.755 (1.3)^2 - 4.398 (1.3) + 1.975 = 2.604, to four digits.
    at_900_mv = 3.755 * 0.81 - 4.398 * 0.9 + 1.975
    assert at_900_mv / (scaled.value * 1e12) == pytest.approx(2.604, abs=5e-4)


@pytest.mark.parametrize("node_nm", SCALED)
def test_there_and_back_is_the_same(node_nm):
    there = scale_energy(PICOJOULE, from_nm=130, from_v=1.2, to_nm=node_nm, to_v=0.7)
    back = scale_energy(there, from_nm=node_nm, from_v=0.7, to_nm=130, to_v=1.2)
    assert back.value == pytest.approx(1e-12, rel=1e-12, abs=0)
    area = scale_area(SQUARE_MILLIMETRE, from_nm=130, to_nm=node_nm)
    assert scale_area(area, from_nm=node_nm, to_nm=130).value == pytest.approx(1e-6, rel=1e-12)


def test_a_smaller_node_is_smaller_and_spends_less():
    energies = [
        scale_energy(PICOJOULE, from_nm=130, from_v=0.9, to_nm=node, to_v=0.9).value
        for node in SCALED
    ]
    areas = [scale_area(SQUARE_MILLIMETRE, from_nm=130, to_nm=node).value for node in SCALED]
    assert energies == sorted(energies, reverse=True)
    assert areas == sorted(areas, reverse=True)


@pytest.mark.parametrize("node_nm", SCALED)
@pytest.mark.parametrize("volts", [0.6, 0.8, 1.0, 1.2])
def test_energy_grows_with_the_supply_all_over_the_range(node_nm, volts):
    low = scale_energy(PICOJOULE, from_nm=45, from_v=1.0, to_nm=node_nm, to_v=volts)
    high = scale_energy(PICOJOULE, from_nm=45, from_v=1.0, to_nm=node_nm, to_v=volts + 0.1)
    assert 0 < low.value < high.value


@pytest.mark.parametrize(
    ("from_nm", "to_nm", "ratio"),
    # Other rows of the published table of area ratios, to two digits; the code has the first only.
    [(90, 32, 0.16), (65, 45, 0.66), (45, 32, 0.46), (32, 7, 0.13), (20, 10, 0.48), (7, 45, 17)],
)
def test_area_agrees_with_the_other_rows_of_the_table(from_nm, to_nm, ratio):
    scaled = scale_area(SQUARE_MILLIMETRE, from_nm=from_nm, to_nm=to_nm)
    # Two roundings to two digits: up to 5 % each.
    assert scaled.value / 1e-6 == pytest.approx(ratio, rel=0.06)


def test_supply_goes_by_its_square():
    halved = at_supply(PICOJOULE, from_v=1.8, to_v=0.9)
    assert halved.value == pytest.approx(0.25e-12, rel=1e-12, abs=0)
    assert at_supply(PICOJOULE, from_v=0.9, to_v=0.9) == PICOJOULE
    assert halved.source == "here; from 1.8 to 0.9 V by the square of the supply"


def test_nominal_supplies():
    assert supply(32) == Sourced(1.0, "V", "CACTI 7, tech_params/32nm.dat, lstp")
    assert supply(130).value == 1.8
    assert [supply(node).assumed for node in (22, 20, 7)] == [False, True, True]


def test_source_tells_the_way():
    scaled = scale_energy(PICOJOULE, from_nm=45, from_v=0.9, to_nm=32, to_v=1.0)
    assert scaled.source == (
        "here; from 45 nm at 0.9 V to 32 nm at 1 V by Stillmaker and Baas, "
        "Integration 58 (2017) 74-81"
    )
    guess = Sourced(1.0, "m2", "assumed: a guess")
    assert scale_area(guess, from_nm=45, to_nm=32).assumed


@pytest.mark.parametrize("node_nm", [28, 22, 5])
def test_unknown_node_names_the_known_ones(node_nm):
    message = re.escape(
        f"Technology node must be one of 130, 90, 65, 45, 32, 20, 16, 14, 10, 7 nm, not {node_nm}"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        scale_energy(PICOJOULE, from_nm=45, from_v=0.9, to_nm=node_nm, to_v=0.9)
    with pytest.raises(ValueError, match=f"^{message}$"):
        scale_area(SQUARE_MILLIMETRE, from_nm=node_nm, to_nm=45)


@pytest.mark.parametrize("volts", [0.5, 1.8])
def test_supply_beyond_the_fits(volts):
    message = re.escape(f"Supply voltage must be between 0.6 and 1.3 V to scale, not {volts:g}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        scale_energy(PICOJOULE, from_nm=130, from_v=volts, to_nm=32, to_v=1.0)


def test_fits_are_named():
    assert technology.SOURCE in scale_area(SQUARE_MILLIMETRE, from_nm=45, to_nm=32).source
