import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.assembler import assemble
from firmware.disassembler import disassemble, listing
from hw_spec.program import Instruction, Kind, Opcode, Setting

flat = st.one_of(
    st.builds(
        Instruction,
        opcode=st.sampled_from([Opcode.SET, Opcode.ADD]),
        setting=st.sampled_from(list(Setting)),
        immediate=st.integers(-(2**21), 2**21 - 1),
    ),
    st.builds(Instruction, opcode=st.just(Opcode.RUN), immediate=st.sampled_from(list(Kind))),
    st.builds(
        Instruction,
        opcode=st.sampled_from([Opcode.WAIT, Opcode.MARK, Opcode.HOST, Opcode.HALT]),
    ),
).map(lambda instruction: [instruction.encode()])


def joined(parts):
    return st.lists(parts, max_size=5).map(lambda lists: [word for part in lists for word in part])


def looped(body):
    return st.builds(
        lambda turns, words: [
            Instruction(opcode=Opcode.LOOP, immediate=turns).encode(),
            *words,
            Instruction(opcode=Opcode.END).encode(),
        ],
        st.integers(1, 2**21 - 1),
        body,
    )


inner = joined(st.one_of(flat, looped(joined(flat))))
programs = joined(st.one_of(flat, looped(inner)))


@given(programs)
def test_text_of_words_is_assembled_to_the_same_words(words):
    assert assemble(disassemble(words)) == words


@given(programs, st.dictionaries(st.integers(0, 20), st.text()))
def test_text_in_a_listing_is_assembled_to_the_same_words(words, comments):
    lines = listing(words, comments).splitlines()
    assert assemble("\n".join(line[17:] for line in lines)) == words
    assert [int(line[7:15], 16) for line in lines] == words
    assert [int(line[:5]) for line in lines] == list(range(len(words)))


def test_bodies_of_loops_are_indented():
    text = "loop 2\n    loop 3\n        add x -1\n    end\nend\nhalt\n"
    assert disassemble(assemble(text)) == text


def test_listing():
    words = assemble("set layer 1\nloop 2\nrun matrix\nend")
    assert listing(words, {0: "conv1", 2: "two\nlines"}) == (
        "    0  10000001  set layer 1                           # conv1\n"
        "    1  60000002  loop 2\n"
        "    2  30000000      run matrix                        # two lines\n"
        "    3  70000000  end\n"
    )


@pytest.mark.parametrize("write", [disassemble, listing])
def test_word_that_is_no_instruction(write):
    message = "^Word 1: Program word must be an instruction, not 0x00000005$"
    with pytest.raises(ValueError, match=message):
        write([*assemble("wait"), 5])
