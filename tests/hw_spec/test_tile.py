import pytest

from hw_spec.macro import AdcSpec, MacroSpec
from hw_spec.tile import TileSpec, TileTable


def make_tile(activations=64, **changed):
    fields = {
        "rows": 8,
        "beat_rows": 8,
        "columns": 8,
        "parallel_rows": 8,
        "columns_per_adc": 2,
        "cell_bits": 2,
        "input_bits": 4,
        "weight_bits": 2,
        "reference_level": 2,
        "adc": AdcSpec(bits=4, step=1, zero_code=8),
    }
    table = TileTable(
        macros_per_pe=1, pes=4, activations=activations, pieces=4, program_words=4, scales=1
    )
    return TileSpec(macro=MacroSpec(**fields | changed), table=table)


def test_words_of_both_halves_hold_all_activations():
    tile = make_tile(activations=48)
    # by hand: 48 activations of 4 bits are 6 words of 8, 3 in each half
    assert (tile.word, tile.word_bits, tile.half_words, tile.address_bits) == (8, 32, 3, 6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"rows": 6, "beat_rows": 6, "parallel_rows": 6},
            "rows of a macro in a tile must be a power of two, not 6",
        ),
        ({"beat_rows": 4}, "beat_rows of a macro in a tile must be rows = 8, not 4"),
        (
            {"columns": 10},
            "outputs of a macro in a tile must not exceed its rows = 8, not 10",
        ),
        (
            {"activations": 56},
            "tile.activations must be a multiple of 16, two words, not 56",
        ),
    ],
)
def test_macro_that_does_not_suit_a_tile_is_refused(changed, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        make_tile(**changed)
