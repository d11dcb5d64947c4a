"""PeConfiguration, in Amaranth's own simulator."""

from hdl_gen.pe_configuration import PeConfiguration
from hw_spec.host import PeWord, pe_index_bits

ZERO = {"layer": 0, "copy": 0, "first_block": 0, "macros": 0, "chained": 0, "ends": 0}


def after(run_cycles, tile, *words, write=1):
    """Return the registers after words, given as index and value, have been offered."""
    drives = [{"write": write, "index": index, "data": value} for index, value in words]
    return run_cycles(PeConfiguration(tile), [*drives, {"write": 0}])[-1]


def test_each_word_reaches_its_register_only(tile_spec, run_cycles):
    tile = tile_spec(5)
    for index, name, value in [
        (PeWord.LAYER, "layer", 0xA5),
        (PeWord.COPY, "copy", 0x55),
        (PeWord.FIRST_BLOCK, "first_block", 0x5A5),
        (PeWord.MACROS, "macros", 5),
        (PeWord.CHAINED, "chained", 1),
        (PeWord.CHAINED, "ends", 1),
    ]:
        word = 2 if name == "ends" else value
        assert after(run_cycles, tile, (index, word)) == ZERO | {name: value}


def test_words_of_other_indices_and_those_not_offered_are_left_alone(tile_spec, run_cycles):
    tile = tile_spec(5)
    others = [(n, 7) for n in range(2 ** pe_index_bits(tile)) if n not in set(PeWord) - {8}]
    assert after(run_cycles, tile, *others) == ZERO
    assert after(run_cycles, tile, *[(index, 7) for index in PeWord], write=0) == ZERO


def test_registers_keep_their_words_until_the_next(tile_spec, run_cycles):
    words = [(PeWord.LAYER, 3), (PeWord.MACROS, 2), (PeWord.LAYER, 4), (PeWord.CHAINED, 3)]
    kept = {"layer": 4, "macros": 2, "chained": 1, "ends": 1}
    assert after(run_cycles, tile_spec(2), *words) == ZERO | kept
