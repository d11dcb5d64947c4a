import pytest
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import (
    analog_signature,
    conversion_layout,
    instruction_layout,
    piece_layout,
    settings_layout,
    status_layout,
)
from hw_spec.port import unpack_status
from hw_spec.program import PIECE_BITS, Instruction, Opcode, Piece, Setting


def test_analog_port_drives_the_array_and_takes_its_codes(macro_spec):
    spec = macro_spec(rows=7, columns=12, columns_per_adc=3, adc={"bits": 5})
    members = analog_signature(spec).members
    # by hand: 7 rows, 3 columns per lane, 12 / 3 lanes of 5 bits
    assert {name: (member.flow, member.shape) for name, member in members.items()} == {
        "row_drive": (Out, 7),
        "word_lines": (Out, 7),
        "column_select": (Out, 3),
        "sample": (Out, 1),
        "codes": (In, 20),
    }


@pytest.mark.parametrize(("columns_per_adc", "bits"), [(1, 1), (2, 1), (3, 2), (4, 2)])
def test_conversion_tells_all_columns_of_a_lane_apart(macro_spec, columns_per_adc, bits):
    spec = macro_spec(columns=24, columns_per_adc=columns_per_adc, rows=5, input_bits=3)
    layout = conversion_layout(spec)
    assert layout["column"].width == bits
    assert layout["row_sum"].width == 6  # by hand: 5 * 7 = 35
    assert layout.size == bits + 3 + 6


def test_status_word_is_unpacked_as_it_is_laid_out(macro_spec):
    spec = macro_spec(rows=5, parallel_rows=1, columns=10, columns_per_adc=5, input_bits=9)
    fields = {"loaded": 1, "converting": 0, "finished": 1, "draining": 0}
    fields |= {"plane": 8, "group": 4, "column": 3}
    layout = status_layout(spec)
    assert unpack_status(spec, layout.const(fields).as_bits()) == fields
    assert layout.size == 4 + 4 + 3 + 3


@pytest.mark.parametrize("setting", Setting)
@pytest.mark.parametrize("immediate", [0, -1, 2**21 - 1, -(2**21)])
def test_instruction_is_laid_out_as_it_is_encoded(setting, immediate):
    fields = {"opcode": Opcode.ADD, "setting": setting, "immediate": immediate}
    word = Instruction(opcode=Opcode.ADD, setting=setting, immediate=immediate).encode()
    assert instruction_layout().const(fields).as_bits() == word
    assert instruction_layout().size == 32


def test_settings_are_signed_and_in_their_order():
    layout = settings_layout()
    assert [name for name, _ in layout] == [setting.name.lower() for setting in Setting]
    assert layout.const({"zero": -(2**21)}).zero == -(2**21)


def test_piece_is_laid_out_as_it_is_encoded():
    fields = {"offset": -3, "x": -1, "y": 200, "length": 1024, "row": 1000, "block": 2047}
    fields |= {"opens": 1, "closes": 0, "begins": 0, "ends": 1}
    piece = Piece(**fields)
    assert piece_layout().const(fields).as_bits() == piece.encode()
    assert piece_layout().size == PIECE_BITS
