from pathlib import Path

import pytest

from hw_spec.chip import read_chip
from hw_spec.host import (
    BLOCK_BITS,
    INDEX_BITS,
    LOG_WORDS,
    REGION_BITS,
    Event,
    PeWord,
    Region,
    pe_index_bits,
)
from hw_spec.program import PIECE_FIELDS, PIECE_HOST_WORDS
from hw_spec.tile import TileSpec, TileTable

CHIP = read_chip(Path(__file__).parents[2] / "chips" / "rram_taox_32nm.toml")
LARGEST = {
    "macros_per_pe": 64,
    "pes": 1024,
    "activations": 2**21,
    "pieces": 2**14,
    "program_words": 2**14,
    "scales": 2**11,
    "marks": 2**10,
}


def tile(outputs=64, rows=128, **changed):
    changes = {"rows": rows, "parallel_rows": rows, "beat_rows": rows, "columns": 2 * outputs}
    return TileSpec(
        macro=CHIP.macro.model_copy(update=changes), table=TileTable(**LARGEST | changed)
    )


def test_every_region_has_a_number():
    assert max(Region) < 2**REGION_BITS
    assert LOG_WORDS == len({int(event) for event in Event}) == max(Event) + 1


@pytest.mark.parametrize("outputs", [1, 3, 4, 64, 128])
def test_words_of_a_pe_hold_the_scales_of_all_outputs_and_no_power_of_two_more(outputs):
    words = PeWord.SCALES + 2 * outputs
    bits = pe_index_bits(tile(outputs, pes=1))
    assert 2 ** (bits - 1) < words <= 2**bits


def test_largest_tile_has_an_index_for_everything():
    spec = tile()
    table = spec.table
    assert table.pieces * 4 <= 2**INDEX_BITS
    assert PIECE_HOST_WORDS <= 4
    assert table.activations <= 2**INDEX_BITS
    assert table.pes << pe_index_bits(spec) <= 2**INDEX_BITS
    assert table.scales * 2 * spec.word <= 2**INDEX_BITS
    assert table.marks * LOG_WORDS <= 2**INDEX_BITS


def test_blocks_of_pieces_and_pes_are_alike():
    assert PIECE_FIELDS["block"] == BLOCK_BITS
    assert LARGEST["scales"] <= 2**BLOCK_BITS
