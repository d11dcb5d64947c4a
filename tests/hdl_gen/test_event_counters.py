"""EventCounters, in Amaranth's own simulator, against counts of a list of cycles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.event_counters import EventCounters
from hw_spec.host import LOG_WORDS, Event
from hw_spec.program import Kind

LEVELS = ("running", "operating", "converting", "pending", "begun", "piece_read", "block_written")
PULSES = ("started", "run", "mark")


def happens(cycle):
    """Return the events that a cycle counts."""
    if not cycle["running"]:
        return set()
    events = {Event.CYCLES}
    if cycle["operating"] and cycle["kind"] == Kind.MATRIX:
        if cycle["converting"]:
            events.add(Event.CONVERTING)
        elif cycle["pending"] or cycle["run"]:
            events.add(Event.FILLING)
        else:
            events.add(Event.DRAINING)
    elif cycle["operating"]:
        events.add(Event.VECTOR)
    sources = {
        Event.VECTORS: "begun",
        Event.WORDS_READ: "piece_read",
        Event.WORDS_WRITTEN: "block_written",
    }
    return events | {event for event, source in sources.items() if cycle[source]}


def expected_log(cycles, entries):
    """Return the entries of the log by number, and the number of marks."""
    counts, log, marks = dict.fromkeys(Event, 0), {}, 0
    for cycle in cycles:
        if cycle["mark"]:
            if marks < entries:
                log[marks] = list(counts.values())
            marks = min(marks + 1, entries + 1)
        for event in happens(cycle):
            counts[event] += 1
        if cycle["started"]:
            counts, marks = dict.fromkeys(Event, 0), 0
    return log, marks


def read_log(run_bench, cycles, entries):
    """Return the entries of the log after the cycles, and the number of marks."""
    dut = EventCounters(entries)
    log, marks = {}, None

    async def bench(ctx):
        nonlocal marks
        for cycle in cycles:
            for name, value in cycle.items():
                ctx.set(getattr(dut, name), value)
            await ctx.tick()
        for name in (*LEVELS, *PULSES):
            ctx.set(getattr(dut, name), 0)
        marks = ctx.get(dut.marks)
        for entry in range(entries):
            log[entry] = []
            for event in range(LOG_WORDS):
                ctx.set(dut.log_read, 1)
                ctx.set(dut.log_index, LOG_WORDS * entry + event)
                await ctx.tick()
                log[entry].append(ctx.get(dut.log_answer))
                ctx.set(dut.log_read, 0)
                ctx.set(dut.log_index, LOG_WORDS * entries - 1)
                assert ctx.get(dut.log_answer) == log[entry][event]
                await ctx.tick()
                assert ctx.get(dut.log_answer) == 0

    run_bench(dut, bench)
    return log, marks


def cycle_of(**changed):
    return dict.fromkeys((*LEVELS, *PULSES, "kind"), 0) | {"running": 1} | changed


MARK = cycle_of(mark=1)


def check(run_bench, cycles, entries):
    log, marks = read_log(run_bench, cycles, entries)
    expected, expected_marks = expected_log(cycles, entries)
    assert marks == expected_marks
    assert {entry: log[entry] for entry in expected} == expected
    return log


def test_each_cycle_of_a_matrix_operation_counts_once(run_bench):
    matrix = {"operating": 1, "kind": Kind.MATRIX}
    cycles = [
        cycle_of(run=1, **matrix),  # nothing is pending yet, and it fills all the same
        *[cycle_of(pending=1, **matrix)] * 3,
        *[cycle_of(pending=1, converting=1, **matrix)] * 5,
        *[cycle_of(converting=1, **matrix)] * 7,
        *[cycle_of(**matrix)] * 2,
        MARK,
    ]
    (entry,) = check(run_bench, cycles, 1).values()
    # by hand: 1 + 3 filling, 5 + 7 converting, 2 draining
    assert entry == [18, 12, 4, 2, 0, 0, 0, 0]


@pytest.mark.parametrize("kind", [Kind.SUM, Kind.MAXIMUM])
def test_vector_operations_are_counted_apart(run_bench, kind):
    busy = cycle_of(operating=1, kind=kind, pending=1, converting=1)
    (entry,) = check(run_bench, [*[busy] * 6, cycle_of(kind=kind), MARK], 1).values()
    assert entry == [7, 0, 0, 0, 6, 0, 0, 0]


def test_nothing_is_counted_while_the_program_does_not_run(run_bench):
    idle = dict.fromkeys((*LEVELS, "kind"), 1) | {"running": 0, "started": 0, "run": 0, "mark": 0}
    (entry,) = check(run_bench, [*[idle] * 9, MARK], 1).values()
    assert entry == [0] * LOG_WORDS


def test_counts_and_marks_are_zero_after_a_start(run_bench):
    busy = cycle_of(begun=1, piece_read=1, block_written=1)
    cycles = [*[busy] * 5, MARK, MARK, busy | {"started": 1}, *[busy] * 2, MARK]
    log, marks = read_log(run_bench, cycles, 2)
    assert marks == 1
    assert log[0] == [2, 0, 0, 0, 0, 2, 2, 2]
    assert log[1][0] == 6  # of the program before


@pytest.mark.parametrize("entries", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("more", [-1, 0, 1, 2, 9])
def test_marks_beyond_the_log_are_dropped_and_told(run_bench, entries, more):
    cycles = [MARK] * (entries + more)
    log, marks = read_log(run_bench, cycles, entries)
    assert marks == min(entries + more, entries + 1)
    for entry in range(min(entries, entries + more)):
        assert log[entry][0] == entry


flags = st.fixed_dictionaries(
    {name: st.booleans() for name in LEVELS}
    | {"kind": st.sampled_from(list(Kind)), "run": st.booleans()}
    | {"started": st.integers(0, 15).map(lambda n: n == 7)}
    | {"mark": st.integers(0, 3).map(lambda n: n == 1)}
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(cycles=st.lists(flags, max_size=80), entries=st.integers(1, 9))
def test_log_holds_what_was_counted(run_bench, cycles, entries):
    check(run_bench, cycles, entries)
