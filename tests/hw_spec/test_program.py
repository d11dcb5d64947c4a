import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_spec.program import (
    PIECE_BITS,
    PIECE_FIELDS,
    PIECE_HOST_WORDS,
    SETTINGS,
    Instruction,
    Kind,
    Opcode,
    Piece,
    Setting,
    decode,
    decode_piece,
)

immediates = st.integers(-(2**21), 2**21 - 1)
instructions = st.one_of(
    st.builds(
        Instruction,
        opcode=st.sampled_from([Opcode.SET, Opcode.ADD]),
        setting=st.sampled_from(list(Setting)),
        immediate=immediates,
    ),
    st.builds(Instruction, opcode=st.just(Opcode.RUN), immediate=st.sampled_from(list(Kind))),
    st.builds(Instruction, opcode=st.just(Opcode.LOOP), immediate=st.integers(1, 2**21 - 1)),
    st.builds(
        Instruction,
        opcode=st.sampled_from([Opcode.WAIT, Opcode.MARK, Opcode.END, Opcode.HOST, Opcode.HALT]),
    ),
)


@given(instructions)
def test_decoded_word_is_the_encoded_instruction(instruction):
    word = instruction.encode()
    assert 0 <= word < 2**32
    assert decode(word) == instruction


@given(st.one_of(st.integers(0, 2**32 - 1), instructions.map(Instruction.encode)), st.data())
def test_word_is_either_illegal_or_the_only_one_of_its_instruction(word, data):
    word ^= 1 << data.draw(st.integers(0, 31))
    try:
        instruction = decode(word)
    except ValueError:
        return
    assert instruction.encode() == word


def test_words_by_hand():
    negative = Instruction(opcode=Opcode.ADD, setting=Setting.ZERO, immediate=-2)
    assert negative.encode() == 0x2 << 28 | 37 << 22 | 0x3FFFFE
    assert Instruction(opcode=Opcode.RUN, immediate=Kind.MAXIMUM).encode() == 0x30000002
    assert Instruction(opcode=Opcode.HALT).encode() == 0x90000000


ILLEGAL = {
    "empty memory": 0,
    "all ones": 2**32 - 1,
    **{f"opcode {code}": code << 28 for code in range(10, 16)},
    "first unknown setting of SET": 1 << 28 | SETTINGS << 22,
    "first unknown setting of ADD": 2 << 28 | SETTINGS << 22,
    "last unknown setting of SET": 1 << 28 | 63 << 22,
    **{
        f"setting with {code.name}": code << 28 | 1 << 22 | (code in (Opcode.RUN, Opcode.LOOP))
        for code in Opcode
        if code not in (Opcode.SET, Opcode.ADD)
    },
    "first unknown kind": 3 << 28 | len(Kind),
    "negative kind": 3 << 28 | 2**22 - 1,
    "no turn": 6 << 28,
    "fewer turns than none": 6 << 28 | 2**22 - 1,
    **{
        f"immediate with {code.name}": code << 28 | 1
        for code in (Opcode.WAIT, Opcode.MARK, Opcode.END, Opcode.HOST, Opcode.HALT)
    },
    "33 bits": 2**32 | 9 << 28,
    "negative": -1,
}


@pytest.mark.parametrize("word", ILLEGAL.values(), ids=ILLEGAL)
def test_illegal_word(word):
    message = f"Program word must be an instruction, not {word:#010x}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        decode(word)


@pytest.mark.parametrize("immediate", [2**21, -(2**21) - 1])
def test_immediate_that_does_not_fit(immediate):
    message = f"^Immediate of SET must be between -2097152 and 2097151, not {immediate}$"
    with pytest.raises(ValueError, match=message):
        Instruction(opcode=Opcode.SET, setting=Setting.X, immediate=immediate)


@pytest.mark.parametrize(("opcode", "setting"), [(Opcode.SET, None), (Opcode.WAIT, Setting.X)])
def test_setting_out_of_place(opcode, setting):
    with pytest.raises(ValueError, match=r"^Setting must be given with SET and ADD only, not "):
        Instruction(opcode=opcode, setting=setting)


def test_settings_are_numbered_without_gaps():
    assert [int(setting) for setting in Setting] == list(range(SETTINGS))


def ranges():
    for name, bits in PIECE_FIELDS.items():
        low = -(2 ** (bits - 1)) if name in ("offset", "x") else 0
        yield name, low, low + 2**bits - 1


fields = st.fixed_dictionaries(
    {name: st.booleans() if high == 1 else st.integers(low, high) for name, low, high in ranges()}
)


@given(fields)
def test_decoded_piece_is_the_encoded_one(fields):
    word = Piece(**fields).encode()
    assert 0 <= word < 2**PIECE_BITS <= 2 ** (32 * PIECE_HOST_WORDS)
    assert decode_piece(word) == Piece(**fields)


def test_piece_by_hand():
    piece = Piece(offset=-1, x=1, y=2, length=3, row=4, block=5, opens=True, closes=False)
    places = {"x": 22, "y": 44, "length": 52, "row": 63, "block": 73, "opens": 84}
    word = 2**22 - 1  # offset
    for value, place in zip((1, 2, 3, 4, 5, 1), places.values(), strict=True):
        word |= value << place
    assert piece.encode() == word


@pytest.mark.parametrize(("name", "low", "high"), [one for one in ranges() if one[2] > 1])
@pytest.mark.parametrize("below", [True, False])
def test_field_that_does_not_fit(name, low, high, below):
    fields = {"offset": 0, "x": 0, "y": 0, "length": 0, "row": 0, "block": 0}
    value = low - 1 if below else high + 1
    piece = Piece(**fields | {name: value}, opens=True, closes=True)
    message = f"^Field '{name}' of a piece must be between {low} and {high}, not {value}$"
    with pytest.raises(ValueError, match=message):
        piece.encode()
