import pytest

from behavioral.cell import sram_cell
from energy import memory
from energy.memory import BIT_AREA, area, leakage, read_energy, write_energy
from energy.technology import at_supply
from hw_spec.sourced import Sourced


def read_j(words, width, node_nm=45, supply_v=0.9):
    return read_energy(words=words, width=width, node_nm=node_nm, supply_v=supply_v).value


@pytest.mark.parametrize(
    ("kilobytes", "picojoules"),
    # Horowitz, ISSCC 2014: 8, 32 kB and 1 MB. by hand: 16 kB is half way to 32 kB in logarithms,
    # 2 kB has a quarter of 8 kB, 4 MB four times 1 MB
    [(8, 10), (32, 20), (1024, 100), (16, 10 * 2**0.5), (2, 5), (4096, 200)],
)
def test_reads_of_64_bits_are_as_published(kilobytes, picojoules):
    energy_j = read_j(kilobytes * 1024 // 8, 64)
    assert energy_j == pytest.approx(picojoules * 1e-12, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("words", "width", "picojoules"),
    # OpenROAD-flow-scripts, nangate45, fakeram45: rise and fall of the clock at 1.1 V. CACTI sized
    # them; Horowitz measured other memories.
    [
        (64, 32, 2 * 0.795762),
        (256, 34, 2 * 2.471870),
        (1024, 32, 2 * 3.566400),
        (512, 64, 2 * 5.300430),
        (2048, 39, 2 * 6.855190),
    ],
)
def test_reads_are_within_a_quarter_of_those_of_other_memories(words, width, picojoules):
    other = at_supply(Sourced(picojoules * 1e-12, "J", "fakeram45"), from_v=1.1, to_v=0.9)
    assert read_j(words, width) == pytest.approx(other.value, rel=0.25, abs=0)


def test_half_the_width_takes_more_than_half():
    # by hand: 3.566400 / 5.300430
    assert read_j(1024, 32) / read_j(512, 64) == pytest.approx(0.672851, rel=1e-5)


def test_memory_beyond_the_supplies_of_the_factors_by_hand():
    # by hand: 7.171 * 1.69 - 6.709 * 1.3 + 2.904 = 6.30129 at 1.3 V, over 0.844330 at 45 nm and
    # 0.9 V; from there by (1.8 / 1.3)^2
    expected = 6.30129 / 0.844330 * (1.8 / 1.3) ** 2 * read_j(512, 64)
    assert read_j(512, 64, node_nm=130, supply_v=1.8) == pytest.approx(expected, rel=1e-5, abs=0)


def test_memory_at_another_node():
    # by hand: 45 nm at 0.9 V has the factor 0.844330, 32 nm at 0.9 V 0.541209
    assert read_j(1024, 64, 32) == pytest.approx(10e-12 * 0.541209 / 0.844330, rel=1e-5, abs=0)


def test_a_write_is_an_assumption():
    sizes = {"words": 1024, "width": 8, "node_nm": 32, "supply_v": 1.0}
    write, read = write_energy(**sizes), read_energy(**sizes)
    assert write.value == read.value
    assert write.assumed
    assert not read.assumed
    assert "45 nm at 0.9 V to 32 nm at 1 V" in read.source


def test_leakage_of_a_bit_by_hand():
    # CACTI 7, 32 nm, lstp, 300 K. by hand: off 20.6 pA/um * 4.62 F, gates 37.3 pA/um * 3.31 F,
    # F = 0.032 um: 3.045504 + 3.950816 = 6.996320 pA, at 1 V
    one = leakage(bits=1, node_nm=32, supply_v=1.0)
    assert one.value == pytest.approx(6.99632e-12, rel=1e-6, abs=0)
    assert leakage(bits=4096, node_nm=32, supply_v=1.0).value == pytest.approx(4096 * one.value)


def test_area_is_that_of_the_memories():
    # OpenROAD-flow-scripts, nangate45: 45478.818 um2 for 2048 words of 39 bits; smaller ones have
    # 16406.082 (1024 x 32), 17301.438 (512 x 64) and 6476.036 um2 (256 x 34).
    assert area(bits=2048 * 39, node_nm=45).value == pytest.approx(45478.818e-12, rel=1e-6)
    for bits, um2 in ((1024 * 32, 16406.082), (512 * 64, 17301.438), (256 * 34, 6476.036)):
        assert area(bits=bits, node_nm=45).value == pytest.approx(um2 * 1e-12, rel=0.25, abs=0)
    # About half of a memory is cells: 146 squares of 45 nm are 0.295650 um2, by hand.
    assert sram_cell(45).area_m2 / BIT_AREA.value == pytest.approx(0.51923, rel=1e-4)


@pytest.mark.parametrize(("words", "width"), [(0, 64), (64, 0)])
def test_empty_memory(words, width):
    with pytest.raises(ValueError, match=r"^(Number of words|Width of a word) must be between 1 "):
        read_energy(words=words, width=width, node_nm=45, supply_v=0.9)


def test_what_is_left_out_is_named():
    assert all(memory.LEFT_OUT)
