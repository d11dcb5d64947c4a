import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_spec import port
from hw_spec.macro import AdcSpec, MacroSpec


def macro(rows, columns, *, parallel_rows=None, columns_per_adc=1, input_bits=1, adc_bits=3):
    return MacroSpec(
        rows=rows,
        columns=columns,
        parallel_rows=parallel_rows or rows,
        columns_per_adc=columns_per_adc,
        cell_bits=1,
        input_bits=input_bits,
        weight_bits=2,
        reference_level=0,
        adc=AdcSpec(bits=adc_bits, step=1, zero_code=0),
    )


SPECS = [
    macro(1, 2),
    macro(7, 6, input_bits=3),
    macro(128, 256, columns_per_adc=8, input_bits=8),
    macro(100, 64, columns_per_adc=2, input_bits=3),
    macro(64, 64, parallel_rows=5, input_bits=2),
]


@given(st.data())
def test_unpacked_fields_are_the_packed_values(data):
    bits = data.draw(st.integers(1, 70))
    signed = data.draw(st.booleans())
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    values = data.draw(st.lists(st.integers(low, high - 1), max_size=20))
    word = port.pack(values, bits)
    assert 0 <= word < 2 ** (bits * len(values))
    assert port.unpack(word, bits, len(values), signed=signed) == values


def test_first_value_takes_the_lowest_bits():
    assert port.pack([0x1, 0x2, -1], 4) == 0xF21


def test_fields_beyond_the_word_are_zero():
    assert port.unpack(0x21, 4, 4) == [1, 2, 0, 0]


@pytest.mark.parametrize("value", [16, -9])
def test_value_that_does_not_fit_its_field(value):
    with pytest.raises(ValueError, match=f"^A field of 4 bits must hold its value, not {value}$"):
        port.pack([0, value], 4)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(
    ("per_beat", "beats", "count"),
    [
        (port.rows_per_beat, port.row_beats, "rows"),
        (port.psums_per_beat, port.psum_beats, "outputs"),
    ],
    ids=["rows", "psums"],
)
def test_beats_carry_everything_in_time_and_are_as_narrow_as_they_can(spec, per_beat, beats, count):
    total = getattr(spec, count)
    assert per_beat(spec) * beats(spec) >= total
    assert per_beat(spec) * (beats(spec) - 1) < total
    assert beats(spec) <= spec.cycles_per_vector
    assert (per_beat(spec) - 1) * spec.cycles_per_vector < total


@pytest.mark.parametrize(
    ("beat_rows", "beats"), [(None, 64), (2, 64), (3, 43), (48, 3), (127, 2), (128, 1)]
)
def test_rows_of_a_beat_may_be_named(beat_rows, beats):
    spec = macro(128, 256, columns_per_adc=8, input_bits=8)
    spec = MacroSpec.model_validate(spec.model_copy(update={"beat_rows": beat_rows}).model_dump())
    # by hand: 64 cycles of a vector, so 2 rows each if none are named
    assert port.rows_per_beat(spec) == (beat_rows or 2)
    assert port.row_beats(spec) == beats


def test_widths_of_the_analog_port():
    spec = macro(64, 256, columns_per_adc=8, adc_bits=5)
    # by hand: 256 / 8 = 32 lanes of 5 bits
    assert port.analog_port(spec) == port.AnalogPort(
        row_drive=64, word_lines=64, column_select=8, codes=160, trials=0, decisions=0
    )


@pytest.mark.parametrize(
    ("count", "bits"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4), (1024, 10)]
)
def test_index_width_holds_the_last_index(count, bits):
    assert port.index_bits(count) == bits


@pytest.mark.parametrize("spec", SPECS)
def test_status_fields_have_room_for_every_position(spec):
    fields = port.status_fields(spec)
    last = {
        "plane": spec.input_bits - 1,
        "group": spec.row_groups - 1,
        "column": spec.columns_per_adc - 1,
    }
    for name, position in last.items():
        assert position < 2 ** fields[name]


def test_status_word_is_unpacked_from_its_lowest_bits():
    spec = macro(8, 8, parallel_rows=2, columns_per_adc=8, input_bits=4)
    # by hand: column 5, group 2, plane 3, draining 1, finished 0, converting 1, loaded 0
    word = 0b101_10_11_1_0_1_0
    assert port.unpack_status(spec, word) == {
        "loaded": 0,
        "converting": 1,
        "finished": 0,
        "draining": 1,
        "plane": 3,
        "group": 2,
        "column": 5,
    }


def test_pack_of_numpy_integers_does_not_overflow():
    assert port.pack(np.full(4, 3), 32) == sum(3 << 32 * n for n in range(4))
    assert port.pack([np.int64(-1)] * 4, 20) == 2**80 - 1
