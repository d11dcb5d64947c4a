import pytest

from hw_spec import timing
from hw_spec.macro import AdcSpec, MacroSpec
from hw_spec.tile import TileSpec, TileTable


def macro(**changed):
    fields = {
        "rows": 128,
        "columns": 256,
        "parallel_rows": 128,
        "columns_per_adc": 8,
        "cell_bits": 2,
        "input_bits": 8,
        "weight_bits": 8,
        "reference_level": 2,
        "adc": AdcSpec(bits=5, step=4, zero_code=16),
    }
    return MacroSpec(**fields | changed)


def test_layer_of_the_intel_macro():
    spec = macro()
    # by hand: 8 planes, 8 columns per ADC: 64 cycles per vector, so 2 rows and 1 psum per beat
    fill = 64 + timing.PIPELINE_CYCLES + 64
    assert timing.fill_cycles(spec) == fill
    assert timing.layer_cycles(spec, 10) == 10 * 64 + fill


@pytest.mark.parametrize(
    ("changed", "cycles"),
    [
        ({}, 8 * 1 * 8 * 1),
        ({"parallel_rows": 50}, 8 * 3 * 8 * 1),
        ({"columns_per_adc": 1}, 8 * 1 * 1 * 1),
        ({"input_bits": 3}, 3 * 1 * 8 * 1),
        ({"adc": AdcSpec(bits=5, step=4, zero_code=16, conversion_cycles=6)}, 8 * 1 * 8 * 6),
    ],
)
def test_each_further_vector_takes_planes_times_groups_times_columns_times_conversion(
    changed, cycles
):
    spec = macro(**changed)
    for vectors in (1, 2, 50):
        more = timing.layer_cycles(spec, vectors + 1) - timing.layer_cycles(spec, vectors)
        assert more == cycles


def test_fill_is_counted_once():
    spec = macro(rows=7, parallel_rows=7, columns=8, columns_per_adc=4, input_bits=2)
    # by hand: 8 cycles per vector take 7 rows one by one and 2 psums one by one
    assert timing.fill_cycles(spec) == 7 + timing.PIPELINE_CYCLES + 2
    assert timing.layer_cycles(spec, 0) == timing.fill_cycles(spec)


@pytest.mark.parametrize(("macros", "levels"), [(1, 0), (2, 1), (5, 3), (64, 6)])
@pytest.mark.parametrize("place", [0, 3])
def test_results_of_a_chain_of_intel_macros(macros, levels, place):
    table = {"activations": 1024, "pieces": 8, "program_words": 8, "scales": 2}
    table = TileTable(macros_per_pe=macros, pes=4, **table)
    tile = TileSpec(macro=macro(beat_rows=128), table=table)
    # by hand: 64 cycles per vector and 64 beats of one psum each
    first_psum = 64 + timing.PIPELINE_CYCLES
    expected = place + first_psum + levels + 63 + timing.PE_CYCLES
    assert timing.finish_cycles(tile, place) == expected


def test_vectors_of_a_tile_follow_each_other_as_fast_as_words_or_converters():
    # by hand: 4 stages, 9 words; then 64 cycles per vector, or 100 words
    assert [timing.begun_cycle(64, 9, n) for n in range(3)] == [13, 77, 141]
    assert [timing.begun_cycle(64, 100, n) for n in range(3)] == [104, 204, 304]


def test_last_block_is_written_a_cycle_after_it_is_taken():
    # by hand: finished in cycle 50, 6 blocks taken in cycles 50 to 55
    assert timing.last_write_cycle(50, 2, 3) == 56


def test_vector_operation_ends_with_its_last_word():
    # by hand: the last of 30 words in cycle 4 + 29, the result 4 later, written in the next
    assert timing.vector_operation_cycle(3, 10) == 38
