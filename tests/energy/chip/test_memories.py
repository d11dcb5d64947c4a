from types import SimpleNamespace

import pytest

from energy.chip.memories import accesses_j, memories_leakage_w
from energy.memory import leakage, read_energy, write_energy
from energy.replay.accesses import Accesses

SIZE = {"words": 64, "width": 40}
AT = {"node_nm": 32, "supply_v": 1.0}


def test_every_access_is_paid_for():
    some = Accesses(**SIZE, reads=3, writes=2, written_bits=80)
    expected = 3 * read_energy(**SIZE, **AT).value + 2 * write_energy(**SIZE, **AT).value
    assert accesses_j([some], 32) == pytest.approx(expected, rel=1e-6, abs=0)
    assert accesses_j([some, some], 32) == pytest.approx(2 * expected, rel=1e-6, abs=0)


@pytest.mark.parametrize("node_nm", [130, 90, 65, 45, 32])
def test_accesses_at_every_node_with_transistors(node_nm):
    some = Accesses(**SIZE, reads=1, writes=1, written_bits=40)
    assert accesses_j([some], node_nm) > 0


def test_memory_that_was_left_alone_takes_nothing():
    assert accesses_j([Accesses(**SIZE, reads=0, writes=0, written_bits=0)], 32) == 0


def test_part_of_a_word_takes_less_than_the_word():
    """By hand: 34.57 % of a 64-bit access are fixed, the rest goes with the width."""
    part = Accesses(**SIZE, reads=0, writes=1, written_bits=10)
    share = (0.345698 + 0.654302 * 10 / 64) / (0.345698 + 0.654302 * 40 / 64)
    expected = share * write_energy(**SIZE, **AT).value
    assert accesses_j([part], 32) == pytest.approx(expected, rel=1e-6, abs=0)


def test_leakage_is_that_of_all_bits():
    memory = SimpleNamespace(**SIZE)
    expected = leakage(bits=2 * 64 * 40, **AT).value
    assert memories_leakage_w([memory, memory], 32) == pytest.approx(expected, rel=1e-6, abs=0)
