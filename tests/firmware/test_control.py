"""The accesses of a host, against the control side of a tile in Amaranth's own simulator."""

import re

import pytest
from amaranth import Elaboratable, Module, Signal
from amaranth.sim import Simulator

from firmware.assembler import assemble
from firmware.control import (
    RESUME,
    START,
    Progress,
    intervals,
    log_accesses,
    log_entries,
    progress,
    progress_accesses,
    wait_for_stop,
)
from firmware.driver import load_accesses
from firmware.timing import program_cycles
from hdl_gen.csr_bank import CsrBank
from hdl_gen.event_counters import EventCounters
from hdl_gen.program_sequencer import ProgramSequencer
from hw_spec.host import ANSWER_CYCLES, START_CYCLES, Event, Region, Status
from hw_spec.program import Instruction, Opcode

HALT = Instruction(opcode=Opcode.HALT).encode()
LIMIT = 20  # edges of the clock


class Control(Elaboratable):
    """The control side of a tile. An operation takes 7 cycles, of which the first 4 are filling."""

    def __init__(self, tile):
        self.csr = CsrBank(tile)
        self.sequencer = ProgramSequencer(tile.table.program_words)
        self.events = EventCounters(tile.table.marks)

    def elaborate(self, platform):
        m = Module()
        m.submodules.csr = csr = self.csr
        m.submodules.sequencer = sequencer = self.sequencer
        m.submodules.events = events = self.events
        wires = {
            csr: {
                sequencer: ("resting", "status", "counter", "trap_word"),
                events: ("marks", "log_answer"),
            },
            sequencer: {csr: ("start", "resume", "program_write", "program_index", "program_word")},
            events: {
                sequencer: ("started", "run", "operating", "kind", "mark"),
                csr: ("log_read", "log_index"),
            },
        }
        for sink, sources in wires.items():
            for source, names in sources.items():
                for name in names:
                    m.d.comb += getattr(sink, name).eq(getattr(source, name))
        m.d.comb += events.running.eq(sequencer.status == Status.RUNNING)

        left = Signal(3)  # cycles of the operation after this one
        m.d.comb += sequencer.operation_done.eq(sequencer.operating & (left == 1))
        m.d.comb += events.pending.eq(left > 3)
        with m.If(sequencer.run):
            m.d.sync += left.eq(6)
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        return m


class Tile:
    """A tile that is asked one access at a time."""

    def __init__(self, tile):
        self.dut = Control(tile)
        self.access, self.answer = None, None
        self.simulator = Simulator(self.dut)
        self.simulator.add_clock(1e-8)
        self.simulator.add_testbench(self.bench, background=True)

    async def bench(self, ctx):
        port = self.dut.csr.host
        while True:
            while self.access is None:
                await ctx.tick()
            ctx.set(port.request, 1)
            ctx.set(port.write, self.access.data is not None)
            ctx.set(port.region, self.access.region)
            ctx.set(port.index, self.access.index)
            ctx.set(port.data, self.access.data or 0)
            await ctx.tick()
            ctx.set(port.request, 0)
            await ctx.tick().repeat(ANSWER_CYCLES - 1)
            self.answer = ctx.get(port.answer)
            self.access = None

    def ask(self, access):
        self.access = access
        for _ in range(LIMIT):
            if self.access is None:
                return self.answer
            self.simulator.advance()
        raise TimeoutError(f"Access must be answered within {LIMIT} edges")


PROGRAM = """
    loop 2
        run matrix
        wait
        mark
        host
        run sum
        mark        # 1 cycle after its first
        wait
    end
    halt
"""


@pytest.fixture
def loaded(tile_chip):
    """Return a function that loads a program into a tile."""

    def load(text, **changed):
        spec = tile_chip(**changed).tile_spec()
        tile = Tile(spec)
        for access in load_accesses(spec, program=assemble(text), pieces=[], pes={}):
            tile.ask(access)
        return spec, tile

    return load


def test_program_is_loaded_run_and_its_log_read(loaded):
    spec, tile = loaded(PROGRAM)
    for _ in range(2):  # the second start begins anew
        tile.ask(START)
        for _ in range(2):
            told = wait_for_stop(tile.ask, polls=30)
            assert (told.status, told.counter) == (Status.HOST, 4)
            tile.ask(RESUME)
        told = wait_for_stop(tile.ask, polls=30)
        assert told == Progress(status=Status.HALTED, counter=9, trap_word=0, marks=4)

        answers = [tile.ask(access) for access in log_accesses(spec, told.marks)]
        entries = log_entries(answers)
        predicted = program_cycles(assemble(PROGRAM), [7] * 4)
        assert [entry[Event.CYCLES] for entry in entries] == list(predicted.marks)
        between = intervals(entries)
        # by hand: 4 cycles of filling and 3 of draining; of SUM, 1 before its mark and 6 after
        assert [entry[Event.FILLING] for entry in between] == [4, 0, 4, 0]
        assert [entry[Event.DRAINING] for entry in between] == [3, 0, 3, 0]
        assert [entry[Event.VECTOR] for entry in between] == [0, 1, 6, 1]


def test_first_instruction_follows_the_command(tile_chip):
    spec = tile_chip().tile_spec()
    dut = Control(spec)
    words = [access.data for access in load_accesses(spec, program=[HALT], pieces=[], pes={})]
    seen = []

    async def bench(ctx):
        port = dut.csr.host
        for region, index, data in ((Region.PROGRAM, 0, words[0]), (Region.CONTROL, 0, 1)):
            ctx.set(port.request, 1)
            ctx.set(port.write, 1)
            ctx.set(port.region, region)
            ctx.set(port.index, index)
            ctx.set(port.data, data)
            seen.clear()
            seen.append(ctx.get(dut.sequencer.status))  # in the cycle of the request
            await ctx.tick()
        ctx.set(port.request, 0)
        for _ in range(5):
            seen.append(ctx.get(dut.sequencer.status))
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen.index(Status.RUNNING) == START_CYCLES
    assert seen.count(Status.RUNNING) == program_cycles([HALT], []).cycles == 1


def test_trap_is_told(loaded):
    _, tile = loaded("mark\nset x 3\nrun sum\nset x 4")
    tile.ask(START)
    message = "Program must halt or wait for the host, not be TRAPPED at word 3 on 0x10800004"
    with pytest.raises(RuntimeError, match=f"^{re.escape(message)}$"):
        wait_for_stop(tile.ask, polls=30)
    assert progress([tile.ask(access) for access in progress_accesses()]) == Progress(
        status=Status.TRAPPED, counter=3, trap_word=0x10800004, marks=1
    )


def test_program_that_was_not_started(loaded):
    _, tile = loaded("halt")
    message = "Program must halt or wait for the host, not be IDLE at word 0 on 0x00000000"
    with pytest.raises(RuntimeError, match=f"^{re.escape(message)}$"):
        wait_for_stop(tile.ask, polls=30)


def test_program_that_does_not_end(loaded):
    _, tile = loaded("loop 2000000\nend")
    tile.ask(START)
    with pytest.raises(TimeoutError, match=r"^Program still ran after 20 polls, at word 1$"):
        wait_for_stop(tile.ask, polls=20)


def test_log_that_is_full(loaded):
    spec, tile = loaded("mark\n" * 5 + "halt")
    tile.ask(START)
    told = wait_for_stop(tile.ask, polls=30)
    assert told.marks == 5
    message = r"^Log must hold every mark, not only the first 4$"
    with pytest.raises(RuntimeError, match=message):
        log_accesses(spec, told.marks)


def test_counters_that_wrapped_around():
    entries = log_entries([2**32 - 5, *range(7), 3, *range(1, 8)])
    assert [entry[Event.CYCLES] for entry in intervals(entries)] == [2**32 - 5, 8]
    assert [entry[Event.WORDS_WRITTEN] for entry in intervals(entries)] == [6, 1]
