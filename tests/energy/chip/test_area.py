from types import SimpleNamespace

import pytest

from energy import memory
from energy.chip.area import Digital, area_numbers, chip_area
from energy.chip.links import Links
from hw_spec.sourced import Sourced

DIGITAL = Digital(**{name: Sourced(1e-9, "m2", "test") for name in ("macro", "pe_logic", "core")})
LINKS = Links(all_pes=100, one_pe=2, all_macros=60, one_macro=12, next_pe=30)
WORDS = SimpleNamespace(words=32, width=64)


@pytest.fixture
def area(make_case):
    case = make_case({"bits": 5, "step": 2, "zero_code": 16})
    memories = {"pe_memories": [WORDS], "core_memories": [WORDS, WORDS]}
    return chip_area(case.chip, case.compiled.tile, DIGITAL, links=LINKS, **memories)


def test_parts_are_the_whole(area):
    parts = area.parts_m2()
    assert sum(parts.values()) == pytest.approx(area.total_m2)
    assert all(part >= 0 for part in parts.values())


def test_parts_by_hand(area):
    """Three PEs of two macros of 8 x 8 cells and a reference column."""
    parts = area.parts_m2()
    assert parts["macro_gates"] == pytest.approx(6e-9)
    assert parts["pe_gates"] == pytest.approx(3e-9)
    assert parts["core_gates"] == pytest.approx(1e-9)
    assert parts["memories"] == pytest.approx(5 * memory.area(bits=2048, node_nm=32).value)
    # Cells of 4 by 4 features.
    assert parts["array"] == pytest.approx(6 * 8 * 9 * 16 * 32e-9**2, rel=1e-6, abs=0)
    assert parts["adcs"] == pytest.approx(6 * area.macro.adcs.value)


def test_repeaters_have_room_in_the_places_of_pes(area):
    parts = area.parts_m2()
    assert parts["repeaters"] > 0
    one_pe_m2 = 2 * area.macro.total_m2() + 1e-9 + area.pe_memories.value
    places_m2 = area.plan.pes.unit.area_m2 * 3
    assert places_m2 == pytest.approx(3 * one_pe_m2 + parts["repeaters"], rel=1e-6, abs=0)


def test_every_number_has_a_source(area):
    numbers = area_numbers(area)
    assert all(number.unit in ("m2", "1") and number.source for number in numbers.values())
    assert {"macro_adcs_area", "core_gates_area"} <= numbers.keys()
