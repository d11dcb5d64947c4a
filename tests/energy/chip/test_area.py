from types import SimpleNamespace

import pytest

from energy import memory
from energy.chip.area import Digital, area_numbers, chip_area
from hw_spec.sourced import Sourced

DIGITAL = Digital(**{name: Sourced(1e-9, "m2", "test") for name in ("macro", "pe_logic", "core")})
WORDS = SimpleNamespace(words=32, width=64)


@pytest.fixture
def area(make_case):
    case = make_case({"bits": 5, "step": 2, "zero_code": 16})
    return chip_area(
        case.chip, case.compiled.tile, DIGITAL, pe_memories=[WORDS], core_memories=[WORDS, WORDS]
    )


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


def test_every_number_has_a_source(area):
    numbers = area_numbers(area)
    assert all(number.unit in ("m2", "1") and number.source for number in numbers.values())
    assert {"macro_adcs_area", "core_gates_area"} <= numbers.keys()
