import re
from dataclasses import replace

import numpy as np
import pytest

from firmware.driver import (
    Access,
    PeConfiguration,
    Scale,
    input_accesses,
    load_accesses,
    output_accesses,
)
from hw_spec.host import Region
from hw_spec.program import Piece

PIECE = Piece(offset=-3, x=2, y=1, length=4, row=3, block=7, opens=True, closes=False)
PE = PeConfiguration(
    layer=255,
    copy=127,
    first_block=2047,
    macros=2,
    chained=True,
    ends=False,
    scales=[Scale(2**16 - 1, -(2**31)), Scale(0, 2**31 - 1), Scale(5, -1)],
)
LOAD = {"program": [0x90000000], "pieces": [], "pes": {}, "scales": []}


@pytest.fixture(scope="module")
def tile(tile_chip):
    return tile_chip().tile_spec()  # 8 rows, 3 outputs, 3 PEs of 2 macros


def written(accesses, region):
    return {one.index: one.data for one in accesses if one.region is region}


def test_program_lies_word_by_word(tile):
    accesses = load_accesses(tile, **LOAD | {"program": [7, 2**32 - 1]})
    assert written(accesses, Region.PROGRAM) == {0: 7, 1: 2**32 - 1}


def test_pieces_lie_in_three_words_of_four(tile):
    accesses = load_accesses(tile, **LOAD | {"pieces": [PIECE, replace(PIECE, row=0)]})
    words = written(accesses, Region.PIECES)
    assert sorted(words) == [0, 1, 2, 4, 5, 6]
    for first, piece in ((0, PIECE), (4, replace(PIECE, row=0))):
        parts = [words[first + n] << 32 * n for n in range(3)]
        assert sum(parts) == piece.encode()


def test_words_of_a_pe(tile):
    accesses = load_accesses(tile, **LOAD | {"pes": {1: PE, 2: replace(PE, chained=0, ends=1)}})
    # by hand: 8 + 2 * 3 words fit in 16; scales begin at 8
    assert written(accesses, Region.PES) == {
        3: 0,  # PE 0 takes no part
        **{16: 255, 17: 127, 18: 2047, 19: 2, 20: 1},
        **{24: 65535, 25: 2**31, 26: 0, 27: 2**31 - 1, 28: 5, 29: 2**32 - 1},
        **{32: 255, 33: 127, 34: 2047, 35: 2, 36: 2},
        **{40: 65535, 41: 2**31, 42: 0, 43: 2**31 - 1, 44: 5, 45: 2**32 - 1},
    }


def test_scales_of_the_vector_unit(tile):
    words = [[Scale(-(2**15), -2)] * 8, [], [Scale(2**15 - 1, 9)]]
    scales = written(load_accesses(tile, **LOAD | {"scales": words}), Region.SCALES)
    # by hand: 2 words for each of 8 lanes; what is negative is written as 32 bits
    assert scales == {
        **{2 * n: 2**32 - 2**15 for n in range(8)},
        **{2 * n + 1: 2**32 - 2 for n in range(8)},
        **{32: 2**15 - 1, 33: 9},
    }


def test_activations_are_written_and_read_one_by_one(tile):
    image = np.array([[3, 255], [0, 9]], dtype=np.uint8)
    assert input_accesses(tile, 60, image.ravel()) == [
        Access(Region.ACTIVATIONS, 60 + n, value) for n, value in enumerate([3, 255, 0, 9])
    ]
    assert output_accesses(tile, 62, 2) == [Access(Region.ACTIVATIONS, n) for n in (62, 63)]


def test_everything_may_be_full(tile):
    table = tile.table
    accesses = load_accesses(
        tile,
        program=[0] * table.program_words,
        pieces=[PIECE] * table.pieces,
        pes=dict.fromkeys(range(table.pes), PE),
        scales=[[Scale(1, 1)] * tile.word] * table.scales,
    )
    assert len({(one.region, one.index) for one in accesses}) == len(accesses)
    counts = {region: len(written(accesses, region)) for region in Region}
    assert counts[Region.PES] == 3 * (5 + 2 * 3)
    assert counts[Region.SCALES] == 2 * tile.word * table.scales


BAD = {
    "Number of program words must be between 1 and 12, not 13": {"program": [0] * 13},
    "Number of program words must be between 1 and 12, not 0": {"program": []},
    "Program word 1 must be between 0 and 4294967295, not -1": {"program": [0, -1]},
    "Number of pieces must be between 0 and 5, not 6": {"pieces": [PIECE] * 6},
    "Number of words of scales must be between 0 and 3, not 4": {"scales": [[]] * 4},
    "Number of lanes of word 1 of scales must be between 0 and 8, not 9": {
        "scales": [[], [Scale(1, 1)] * 9]
    },
    "Multiplier of lane 0 of word 0 of scales must be between -32768 and 32767, not 32768": {
        "scales": [[Scale(2**15, 0)]]
    },
    "Number of a PE must be between 0 and 2, not 3": {"pes": {3: PE}},
    "Layer of PE 1 must be between 0 and 255, not 256": {"pes": {1: replace(PE, layer=256)}},
    "Copy of PE 1 must be between 0 and 127, not 128": {"pes": {1: replace(PE, copy=128)}},
    "First block of PE 1 must be between 0 and 2047, not -1": {
        "pes": {1: replace(PE, first_block=-1)}
    },
    "Macros of PE 1 must be between 1 and 2, not 3": {"pes": {1: replace(PE, macros=3)}},
    "Macros of PE 1 must be between 1 and 2, not 0": {"pes": {1: replace(PE, macros=0)}},
    "Number of scales of PE 2 must be between 0 and 3, not 4": {
        "pes": {2: replace(PE, scales=[Scale(1, 1)] * 4)}
    },
    "Multiplier of output 0 of PE 0 must be between 0 and 65535, not -1": {
        "pes": {0: replace(PE, scales=[Scale(-1, 0)])}
    },
    "Bias of output 1 of PE 0 must be between -2147483648 and 2147483647, not 2147483648": {
        "pes": {0: replace(PE, scales=[Scale(0, 0), Scale(0, 2**31)])}
    },
}


@pytest.mark.parametrize(("message", "changed"), BAD.items(), ids=BAD)
def test_what_does_not_fit(tile, message, changed):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_accesses(tile, **LOAD | changed)


def test_activations_that_do_not_fit(tile):
    with pytest.raises(ValueError, match=r"^Activation 1 must be between 0 and 255, not 256$"):
        input_accesses(tile, 0, [255, 256])
    message = r"^Activations must end before address 64, not 65$"
    with pytest.raises(ValueError, match=message):
        input_accesses(tile, 62, [1, 2, 3])
    with pytest.raises(ValueError, match=message):
        output_accesses(tile, 62, 3)
    with pytest.raises(ValueError, match=r"^Address of activations must be between 0 and 64, not"):
        output_accesses(tile, -1, 3)
