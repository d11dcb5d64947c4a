"""Words go to active PEs only, whatever their number."""

import random

import pytest

from hdl_gen.word_tree import WordTree


@pytest.mark.parametrize("pes", [1, 2, 3, 8, 11])
def test_words_reach_active_pes_only(tile_spec, run_cycles, pes):
    tile = tile_spec(pes=pes)
    rng = random.Random(pes)
    drives = [
        {"word": rng.getrandbits(tile.word_bits) | 1, "active": rng.getrandbits(pes)}
        for _ in range(40)
    ]
    for given, seen in zip(drives, run_cycles(WordTree(tile), drives), strict=True):
        for pe in range(pes):
            active = given["active"] >> pe & 1
            # A single PE needs no tree.
            expected = given["word"] if active or pes == 1 else 0
            assert seen[f"words_{pe}"] == expected
