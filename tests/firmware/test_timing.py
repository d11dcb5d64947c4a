"""By hand; the sequencer in RTL is held to the same function in tests/hdl_gen."""

import pytest

from firmware.assembler import assemble
from firmware.timing import program_cycles
from hw_spec.host import Status
from hw_spec.program import Instruction, Kind, Opcode, Setting

LAYER = """
    set layer 1
    run matrix      # 1
    wait
    mark
    set layer 2
    add layer 3
    run maximum
    wait
    mark
    halt
"""


def test_operations_marks_and_cycles():
    run = program_cycles(assemble(LAYER), [10, 1])
    # RUN in cycle 1, operation in 2 to 11, WAIT up to 12, MARK in 13 counts 14 cycles
    # SET in 14, ADD in 15, RUN in 16, operation in 17, WAIT up to 18, MARK in 19, HALT in 20
    assert run.runs == (2, 17)
    assert run.marks == (14, 20)
    assert run.cycles == 21
    assert (run.status, run.counter, run.trap_word) == (Status.HALTED, 9, 0)


def test_settings_of_operations():
    first, second = program_cycles(assemble(LAYER), [1, 1]).operations
    assert (first.kind, second.kind) == (Kind.MATRIX, Kind.MAXIMUM)
    assert (first[Setting.LAYER], second[Setting.LAYER]) == (1, 5)
    assert (first.instruction, second.instruction) == (1, 6)
    assert first.settings[1:] == (0,) * (len(Setting) - 1)


def test_operation_is_asked_for_its_cycles():
    run = program_cycles(assemble(LAYER), lambda operation: 10 * operation[Setting.LAYER])
    assert run.marks == (14, 14 + 6 + 49)


def test_nested_loops():
    run = program_cycles(assemble("loop 3\nloop 4\nadd x 1\nend\nend\nrun sum\nwait\nhalt"), [1])
    # LOOP; 3 times LOOP, 4 times ADD and END, END
    assert run.runs == (1 + 3 * (1 + 4 * 2 + 1) + 1,)
    assert run.operations[0][Setting.X] == 12


@pytest.mark.parametrize(
    ("text", "lengths", "counter", "cycles"),
    [
        ("mark", [], 1, 2),
        ("run sum\nmark\nset x 1", [2], 2, 3),
        ("run sum\nmark\nrun sum", [2], 2, 3),
        ("run sum\nmark\nhost", [2], 2, 3),
        ("run sum\nmark\nhalt", [2], 2, 3),
    ],
)
def test_trap(text, lengths, counter, cycles):
    words = assemble(text)
    run = program_cycles(words, lengths)
    assert (run.status, run.counter, run.cycles) == (Status.TRAPPED, counter, cycles)
    assert run.trap_word == (words[counter] if counter < len(words) else 0)


def test_waits_for_the_host():
    run = program_cycles(assemble("host\nloop 2\nrun sum\nwait\nhost\nend\nhalt"), [4, 9])
    # HOST, LOOP, RUN in 0, 1, 2; operation in 3 to 6, WAIT up to 7, HOST in 8; RUN in 10, ...
    assert run.waits == (0, 8, 21)
    assert run.cycles == 24


def test_loop_that_lies_too_deep():
    words = [Instruction(opcode=Opcode.LOOP, immediate=2).encode()] * 3
    run = program_cycles(words, [])
    assert (run.status, run.counter, run.trap_word) == (Status.TRAPPED, 2, words[2])


def test_settings_wrap_around():
    run = program_cycles(assemble("set x 2097151\nadd x 2\nrun sum\nwait\nhalt"), [1])
    assert run.operations[0][Setting.X] == -(2**21) + 1


def test_operation_that_has_ended_needs_no_wait():
    run = program_cycles(assemble("run sum\nmark\nmark\nset x 1\nhalt"), [2])
    assert (run.status, run.cycles) == (Status.HALTED, 5)


@pytest.mark.parametrize("lengths", [[3], [3, 0], lambda operation: 3 - 3 * operation[Setting.X]])
def test_operation_without_cycles(lengths):
    words = assemble("run sum\nwait\nset x 1\nrun sum\nwait\nhalt")
    message = r"^Cycles of the operation at word 3 must be from 1, not 0$"
    with pytest.raises(ValueError, match=message):
        program_cycles(words, lengths)


def test_program_that_takes_too_long():
    words = assemble("loop 2000000\nend\nhalt")
    with pytest.raises(TimeoutError, match=r"^Program must end within 1000 instructions$"):
        program_cycles(words, [], limit=1000)
