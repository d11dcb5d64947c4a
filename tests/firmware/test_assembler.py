import re

import pytest

from firmware.assembler import assemble
from hw_spec.program import Instruction, Kind, Opcode, Setting


def test_every_instruction():
    text = """
        # a comment, and an empty line

        set copies 4
        add window_row_address -0x10   # indented
    run maximum
        wait
        mark
        loop 3
            loop 0x1fffff
            end
        end
        host#no space
        halt
    """
    expected = [
        Instruction(opcode=Opcode.SET, setting=Setting.COPIES, immediate=4),
        Instruction(opcode=Opcode.ADD, setting=Setting.WINDOW_ROW_ADDRESS, immediate=-16),
        Instruction(opcode=Opcode.RUN, immediate=Kind.MAXIMUM),
        Instruction(opcode=Opcode.WAIT),
        Instruction(opcode=Opcode.MARK),
        Instruction(opcode=Opcode.LOOP, immediate=3),
        Instruction(opcode=Opcode.LOOP, immediate=2**21 - 1),
        Instruction(opcode=Opcode.END),
        Instruction(opcode=Opcode.END),
        Instruction(opcode=Opcode.HOST),
        Instruction(opcode=Opcode.HALT),
    ]
    assert assemble(text) == [instruction.encode() for instruction in expected]


def test_nothing():
    assert assemble(" \n# nothing\n") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wiat", "Line 1: instruction 'wiat' is unknown; nearest: wait"),
        ("\n\nset copeis 1", "Line 3: setting 'copeis' is unknown; nearest: copies"),
        (
            "wait\nrun conv",
            "Line 2: kind 'conv' is unknown; known: matrix, sum, maximum",
        ),
        ("set x", "Line 1: 'set' must be followed by a setting and a number, not 'x'"),
        ("add x 1 2", "Line 1: 'add' must be followed by a setting and a number, not 'x 1 2'"),
        ("run", "Line 1: 'run' must be followed by a kind, not ''"),
        ("loop", "Line 1: 'loop' must be followed by a number of turns, not ''"),
        ("halt now", "Line 1: 'halt' must be followed by nothing, not 'now'"),
        ("set x ten", "Line 1: Number must be decimal or begin with 0x, not 'ten'"),
        ("set x 1.5", "Line 1: Number must be decimal or begin with 0x, not '1.5'"),
        ("set x 0xg", "Line 1: Number must be decimal or begin with 0x, not '0xg'"),
        (
            "set x 2097152",
            "Line 1: Immediate of SET must be between -2097152 and 2097151, not 2097152",
        ),
        ("loop 0\nend", "Line 1: Turns of a loop must be between 1 and 2097151, not 0"),
        ("wait\nend", "Line 2: 'end' must have a 'loop' before it"),
        ("loop 1\nloop 1\nend", "Line 1: 'loop' must have an 'end' behind it"),
        ("loop 1\nloop 1\nloop 1", "Line 3: Depth of loops must be between 1 and 2, not 3"),
    ],
)
def test_line_that_is_no_instruction(text, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        assemble(text)
