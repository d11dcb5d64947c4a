"""ProgramSequencer, in Amaranth's own simulator, against the interpreter of the firmware."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.timing import program_cycles
from hdl_gen.program_sequencer import ProgramSequencer
from hw_spec.host import Status
from hw_spec.program import SETTINGS, Instruction, Kind, Opcode, Setting

HALT, WAIT, MARK, END, HOST = (
    Instruction(opcode=one).encode()
    for one in (Opcode.HALT, Opcode.WAIT, Opcode.MARK, Opcode.END, Opcode.HOST)
)


def run_word(kind=Kind.MATRIX):
    return Instruction(opcode=Opcode.RUN, immediate=kind).encode()


def loop(turns):
    return Instruction(opcode=Opcode.LOOP, immediate=turns).encode()


def change(opcode, setting, value):
    return Instruction(opcode=opcode, setting=setting, immediate=value).encode()


async def load(ctx, dut, program):
    for n, word in enumerate(program):
        ctx.set(dut.program_write, 1)
        ctx.set(dut.program_index, n)
        ctx.set(dut.program_word, word)
        await ctx.tick()
    ctx.set(dut.program_write, 0)


async def follow(ctx, dut, program, expected, lengths, waits):
    """Start a loaded program and hold every cycle of it to what is expected.

    ``waits`` are the cycles the host lets pass before it resumes.
    """
    lengths, waits = iter(lengths), iter(waits)
    assert ctx.get(dut.resting)
    ctx.set(dut.start, 1)
    assert ctx.get(dut.started)
    await ctx.tick()
    assert ctx.get(dut.trap_word) == 0

    cycle, left, runs = 0, 0, 0  # cycles left of the operation, this one included
    while cycle < expected.cycles:
        assert (ctx.get(dut.status) == Status.HOST) == (cycle - 1 in expected.waits)
        if ctx.get(dut.status) == Status.HOST:
            ctx.set(dut.start, 0)
            wait = next(waits, 0)
            for _ in range(wait):
                assert ctx.get(dut.status) == Status.HOST
                assert program[ctx.get(dut.counter)] == HOST
                assert ctx.get(dut.resting)
                await ctx.tick()
            ctx.set(dut.resume, 1)
            await ctx.tick()
            ctx.set(dut.resume, 0)
        assert ctx.get(dut.status) == Status.RUNNING
        assert not ctx.get(dut.resting)
        # A start while the program runs is without effect.
        ctx.set(dut.start, cycle % 2)
        assert not ctx.get(dut.started)
        ctx.set(dut.resume, cycle % 3 == 0)  # so is a resume while nothing waits for it

        assert ctx.get(dut.run) == (cycle in expected.runs)
        assert ctx.get(dut.mark) == (cycle in expected.marks)
        if ctx.get(dut.run):
            operation = expected.operations[runs]
            assert ctx.get(dut.kind) == operation.kind
            for setting in Setting:
                assert ctx.get(dut.settings[setting.name.lower()]) == operation[setting]
            runs, left = runs + 1, next(lengths)
        assert ctx.get(dut.operating) == (left > 0)
        # So is the end of an operation that does not run.
        ctx.set(dut.operation_done, left <= 1)
        left -= left > 0
        cycle += 1
        await ctx.tick()
        ctx.set(dut.resume, 0)

    ctx.set(dut.start, 0)
    ctx.set(dut.operation_done, 0)
    assert ctx.get(dut.status) == expected.status
    assert ctx.get(dut.counter) == expected.counter
    assert ctx.get(dut.trap_word) == expected.trap_word
    assert ctx.get(dut.mark) == (cycle in expected.marks)
    assert not ctx.get(dut.run)
    while left:
        assert ctx.get(dut.operating)
        assert not ctx.get(dut.resting)
        ctx.set(dut.start, 1)  # without effect, too
        ctx.set(dut.operation_done, left == 1)
        left -= 1
        await ctx.tick()
        ctx.set(dut.start, 0)
        ctx.set(dut.operation_done, 0)
    assert ctx.get(dut.status) == expected.status
    assert ctx.get(dut.resting)


def check(run_bench, program, lengths=(), *, words=None, waits=(), times=1):
    """Run a program ``times`` times in a row and return what was expected of it."""
    dut = ProgramSequencer(words or len(program))
    expected = program_cycles(program, lengths)

    async def bench(ctx):
        assert ctx.get(dut.status) == Status.IDLE
        await load(ctx, dut, program)
        for _ in range(times):
            await follow(ctx, dut, program, expected, lengths, waits)

    run_bench(dut, bench)
    return expected


def test_one_instruction_per_cycle(run_bench):
    program = [
        *(change(Opcode.SET, setting, 3 * setting - 50) for setting in Setting),
        *(change(Opcode.ADD, setting, -7 * setting) for setting in Setting),
        *(run_word(), WAIT, MARK, HALT),
    ]
    expected = check(run_bench, program, [5])
    assert expected.runs == (2 * SETTINGS + 1,)
    # by hand: RUN in cycle 76, operation in 77 to 81, WAIT ends in 82, MARK in 83, HALT in 84
    assert expected.marks == (84,)
    assert expected.cycles == 85
    assert expected.operations[0].settings == tuple(-4 * n - 50 for n in range(SETTINGS))


@pytest.mark.parametrize("length", [1, 2, 3, 50])
def test_wait_ends_in_the_cycle_after_the_operation(run_bench, length):
    program = [run_word(Kind.SUM), WAIT, run_word(Kind.MAXIMUM), WAIT, WAIT, MARK, HALT]
    expected = check(run_bench, program, [length, length])
    # by hand: RUN in 0, WAIT up to length + 1, RUN in length + 2
    assert expected.runs == (1, length + 3)
    assert expected.marks == (2 * length + 6,)  # the second WAIT takes one cycle


def test_loops_take_one_cycle_to_enter_and_one_to_turn(run_bench):
    add = change(Opcode.ADD, Setting.X, 1)
    program = [loop(3), add, loop(4), add, END, END, MARK, run_word(), WAIT, HALT]
    expected = check(run_bench, program, [2], times=2)
    # by hand: 1 + 3 * (1 + 1 + 4 * 2 + 1) = 34 cycles before the MARK
    assert expected.marks == (35,)
    assert expected.operations[0][Setting.X] == 3 * (1 + 4)


def test_settings_wrap_around_and_start_at_zero(run_bench):
    top = 2**21 - 1
    program = [
        change(Opcode.ADD, Setting.ADDRESS, top),
        change(Opcode.ADD, Setting.ADDRESS, 1),
        change(Opcode.ADD, Setting.ZERO, -1),
        *(run_word(), WAIT, HALT),
    ]
    expected = check(run_bench, program, [1], times=2)
    assert expected.operations[0][Setting.ADDRESS] == -(2**21)
    assert expected.operations[0][Setting.ZERO] == -1


def test_time_spent_waiting_for_the_host_does_not_count(run_bench):
    program = [HOST, MARK, loop(2), HOST, END, MARK, HALT]
    slow = check(run_bench, program, waits=[40, 0, 7], times=2)
    assert slow.marks == (2, 8)  # by hand: HOST, MARK; LOOP, HOST, END, HOST, END, MARK
    assert slow.cycles == 9


TRAPS = {
    "empty memory": ([0], 0),
    "loop too deep": ([loop(2), loop(2), loop(2), END, END, END, HALT], 2),
    "end without loop": ([MARK, END, HALT], 1),
    "end after the loop was left": ([loop(2), MARK, END, END, HALT], 3),
    "run while an operation runs": ([run_word(), run_word(), HALT], 1),
    "set while an operation runs": ([run_word(), change(Opcode.SET, 3, 1), HALT], 1),
    "add while an operation runs": ([run_word(), MARK, change(Opcode.ADD, 3, 1), HALT], 2),
    "host while an operation runs": ([run_word(), HOST, HALT], 1),
    "halt while an operation runs": ([run_word(), HALT], 1),
    "end of the memory": ([MARK, MARK, MARK], 3),
    "end of the memory after a loop": ([loop(1), MARK, END], 3),
    "body beyond the memory": ([MARK, loop(1)], 2),
}


@pytest.mark.parametrize(("program", "counter"), TRAPS.values(), ids=TRAPS)
def test_traps(run_bench, program, counter):
    expected = check(run_bench, program, [9, 9], times=2)
    assert (expected.status, expected.counter) == (Status.TRAPPED, counter)


ILLEGAL = [
    *(code << 28 for code in (0, *range(10, 16))),
    *(Opcode.SET << 28 | number << 22 | 5 for number in range(SETTINGS, 64)),
    Opcode.ADD << 28 | SETTINGS << 22,
    *(code << 28 | 1 << 22 | (code in (3, 6)) for code in range(3, 10)),
    *(code << 28 | 1 << 27 | (code in (3, 6)) for code in range(3, 10)),
    *(Opcode.RUN << 28 | kind for kind in (3, 4, 2**21, 2**22 - 1)),
    *(Opcode.LOOP << 28 | turns for turns in (0, 2**21, 2**22 - 1)),
    *(code << 28 | immediate for code in (4, 5, 8, 9) for immediate in (1, 2**21)),
    *(Opcode.END << 28 | immediate for immediate in (1, 2**21)),
]


@pytest.mark.parametrize("word", ILLEGAL, ids=hex)
def test_illegal_word_stops_the_program_and_is_told(run_bench, word):
    expected = check(run_bench, [loop(1), word, END, HALT])
    assert (expected.status, expected.counter, expected.trap_word) == (Status.TRAPPED, 1, word)


@pytest.mark.parametrize("words", [1, 2, 3, 4, 5, 8, 100])
def test_memories_of_any_depth(run_bench, words):
    check(run_bench, [*[MARK] * (words - 1), HALT], words=words)
    assert check(run_bench, [MARK] * words, words=words).trap_word == 0


def test_program_may_be_changed_while_it_waits_for_the_host(run_bench):
    dut = ProgramSequencer(4)

    async def bench(ctx):
        await load(ctx, dut, [HOST, 0, HALT])
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        await ctx.tick()
        assert ctx.get(dut.status) == Status.HOST
        await load(ctx, dut, [0, MARK])
        ctx.set(dut.resume, 1)
        await ctx.tick().repeat(4)
        assert ctx.get(dut.status) == Status.HALTED

    run_bench(dut, bench)


def test_program_that_waits_for_the_host_may_be_started_anew(run_bench):
    program = [loop(2), loop(2), change(Opcode.ADD, Setting.X, 1), HOST, END, END, HALT]
    dut = ProgramSequencer(len(program))
    expected = program_cycles(program, [])

    async def bench(ctx):
        await load(ctx, dut, program)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        await ctx.tick().repeat(4)
        assert ctx.get(dut.status) == Status.HOST
        assert ctx.get(dut.settings.x) == 1
        await follow(ctx, dut, program, expected, [], [])
        assert ctx.get(dut.settings.x) == 4

    run_bench(dut, bench)


settings_words = st.builds(
    change,
    st.sampled_from([Opcode.SET, Opcode.ADD]),
    st.sampled_from(list(Setting)),
    st.integers(-(2**21), 2**21 - 1),
)
operation_words = st.builds(
    lambda kind, marks: [run_word(kind), *[MARK] * marks, WAIT],
    st.sampled_from(list(Kind)),
    st.integers(0, 3),
)
flat = st.lists(
    st.one_of(settings_words.map(lambda word: [word]), operation_words, st.just([HOST])),
    max_size=6,
).map(lambda parts: [word for part in parts for word in part])


def looped(inner):
    one = st.builds(lambda turns, body: [loop(turns), *body, END], st.integers(1, 3), inner)
    return st.lists(st.one_of(one, flat), max_size=3).map(
        lambda parts: [word for part in parts for word in part]
    )


legal_programs = looped(looped(flat)).map(lambda body: [*body, HALT])
lengths_of_operations = st.lists(st.one_of(st.integers(1, 4), st.integers(1, 60)), min_size=1)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    program=legal_programs,
    lengths=lengths_of_operations,
    waits=st.lists(st.integers(0, 30), max_size=8),
    spare=st.integers(0, 3),
)
def test_legal_programs_run_as_predicted(run_bench, program, lengths, waits, spare):
    lengths = lengths * 200
    expected = check(run_bench, program, lengths, words=len(program) + spare, waits=waits)
    assert expected.status == Status.HALTED


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    program=st.lists(
        st.one_of(
            settings_words,
            st.sampled_from([run_word(), WAIT, MARK, END, HOST, HALT, loop(1), loop(2)]),
            st.integers(0, 2**32 - 1),
        ),
        min_size=1,
        max_size=12,
    ),
    lengths=lengths_of_operations,
)
def test_arbitrary_words_run_or_trap_as_predicted(run_bench, program, lengths):
    check(run_bench, program, lengths * 20)
