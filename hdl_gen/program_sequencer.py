"""The sequencer of a tile: runs the program."""

from amaranth import Array, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl_gen.layouts import instruction_layout, settings_layout
from hdl_gen.loops import Loops
from hw_spec.host import Status
from hw_spec.port import index_bits
from hw_spec.program import SETTINGS, Kind, Opcode, Setting

__all__ = ["ProgramSequencer"]


class ProgramSequencer(wiring.Component):
    """Runs the instructions of :mod:`hw_spec.program` from a memory that the host writes.

    Timing
    ------
    The first instruction is executed in the cycle after ``start``, then one per cycle. WAIT takes
    until the cycle after ``operation_done``, this one included, and a cycle if no operation runs.
    After HOST, the next instruction is executed in the cycle after ``resume``. Settings are new,
    and ``run`` and ``mark`` are high, in the cycle after their instruction. An operation runs from
    the cycle of ``run`` to that of ``operation_done``, both included, which may be the same.

    Parameters
    ----------
    program_words : int
        Words of the program memory.

    Members
    -------
    program_write : In(1)
        ``program_word`` is stored at ``program_index``; only while the status is not ``RUNNING``.
    start : In(1)
        Start the program; without effect unless ``resting``.
    resume : In(1)
        Go on after HOST; without effect unless the status is ``HOST``.
    operation_done : In(1)
        Last cycle of the operation.
    started : Out(1)
        The start takes effect.
    resting : Out(1)
        The status is not ``RUNNING``, and no operation runs.
    run : Out(1)
        First cycle of an operation.
    kind : Out(range(len(Kind)))
        Kind of the operation; holds until the next.
    operating : Out(1)
        An operation runs.
    settings : Out(settings_layout())
        Settings; they hold while an operation runs.
    mark : Out(1)
        The event counters go to the log.
    status, counter, trap_word : Out
        See :class:`hw_spec.host.Control`.
    """

    def __init__(self, program_words: int):
        self.program_words = program_words
        members = {
            "program_write": In(1),
            "program_index": In(index_bits(program_words)),
            "program_word": In(32),
            "start": In(1),
            "resume": In(1),
            "operation_done": In(1),
            "started": Out(1),
            "resting": Out(1),
            "run": Out(1),
            "kind": Out(range(len(Kind))),
            "operating": Out(1),
            "settings": Out(settings_layout()),
            "mark": Out(1),
            "status": Out(range(len(Status))),
            "counter": Out(range(program_words + 1)),
            "trap_word": Out(32),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        shape = instruction_layout()
        m.submodules.program = program = Memory(shape=shape, depth=self.program_words, init=[])
        m.submodules.loops = loops = Loops(self.program_words)
        write, read = program.write_port(), program.read_port()
        m.d.comb += [
            write.en.eq(self.program_write),
            write.addr.eq(self.program_index),
            write.data.eq(self.program_word),
        ]

        # The word at ``counter`` stands at the output of the memory.
        instruction = read.data
        opcode = instruction.opcode
        running = self.status == Status.RUNNING
        beyond = self.counter == self.program_words
        legal = Signal()
        waits = Signal()
        taken = Signal()
        trapped = Signal()
        self._judge(m, instruction, legal, loops)
        m.d.comb += [
            waits.eq((opcode == Opcode.WAIT) & self.operating),
            taken.eq(running & ~beyond & legal & ~waits),
            trapped.eq(running & (beyond | ~legal)),
            self.resting.eq(~running & ~self.operating),
            self.started.eq(self.start & self.resting),
        ]

        self._set(m, instruction, taken)
        m.d.sync += self.mark.eq(taken & (opcode == Opcode.MARK))
        m.d.sync += self.run.eq(taken & (opcode == Opcode.RUN))
        with m.If(taken & (opcode == Opcode.RUN)):
            m.d.sync += [self.operating.eq(1), self.kind.eq(instruction.immediate)]
        with m.Elif(self.operation_done):
            m.d.sync += self.operating.eq(0)

        resumed = self.resume & (self.status == Status.HOST)
        self._step(m, opcode, taken, resumed, read, loops)
        m.d.comb += loops.turns.eq(instruction.immediate)

        with m.If(self.started | resumed):
            m.d.sync += self.status.eq(Status.RUNNING)
        with m.Elif(trapped):
            m.d.sync += self.status.eq(Status.TRAPPED)
            m.d.sync += self.trap_word.eq(Mux(beyond, 0, instruction.as_value()))
        with m.Elif(taken & (opcode == Opcode.HOST)):
            m.d.sync += self.status.eq(Status.HOST)
        with m.Elif(taken & (opcode == Opcode.HALT)):
            m.d.sync += self.status.eq(Status.HALTED)
        with m.If(self.started):
            m.d.sync += self.trap_word.eq(0)

        return m

    def _judge(self, m, instruction, legal, loops):
        """Tell whether an instruction is legal where it stands, as ``hw_spec.program`` has it."""
        immediate = instruction.immediate
        bare = instruction.setting == 0
        plain = bare & (immediate == 0)
        with m.Switch(instruction.opcode):
            with m.Case(Opcode.SET, Opcode.ADD):
                m.d.comb += legal.eq(~self.operating & (instruction.setting < SETTINGS))
            with m.Case(Opcode.RUN):
                known = (immediate >= 0) & (immediate < len(Kind))
                m.d.comb += legal.eq(~self.operating & bare & known)
            with m.Case(Opcode.LOOP):
                m.d.comb += legal.eq(~loops.full & bare & (immediate > 0))
            with m.Case(Opcode.END):
                m.d.comb += legal.eq(loops.inside & plain)
            with m.Case(Opcode.WAIT, Opcode.MARK):
                m.d.comb += legal.eq(plain)
            with m.Case(Opcode.HOST, Opcode.HALT):
                m.d.comb += legal.eq(~self.operating & plain)

    def _set(self, m, instruction, taken):
        """Change a setting, and clear all at the start."""
        values = [self.settings[setting.name.lower()] for setting in Setting]
        adds = instruction.opcode == Opcode.ADD
        value = Signal(instruction.immediate.shape())
        current = Mux(adds, Array(values)[instruction.setting], 0)
        m.d.comb += value.eq(current + instruction.immediate)
        changes = taken & (adds | (instruction.opcode == Opcode.SET))
        with m.If(self.started):
            m.d.sync += self.settings.eq(0)
        for setting in Setting:
            with m.If(changes & (instruction.setting == setting)):
                m.d.sync += values[setting].eq(value)

    def _step(self, m, opcode, taken, resumed, read, loops):
        """Read the next word, and keep the loops."""
        following = Signal.like(self.counter)
        ends = taken & (opcode == Opcode.END)
        stops = (opcode == Opcode.HOST) | (opcode == Opcode.HALT)
        steps = self.started | resumed | (taken & ~stops)
        with m.If(self.started):
            m.d.comb += following.eq(0)
        with m.Elif(ends & loops.again):
            m.d.comb += following.eq(loops.first)
        with m.Else():
            m.d.comb += following.eq(self.counter + 1)
        with m.If(steps):
            m.d.sync += self.counter.eq(following)
        m.d.comb += [
            read.en.eq(steps & (following != self.program_words)),
            read.addr.eq(following),
            loops.clear.eq(self.started),
            loops.enter.eq(taken & (opcode == Opcode.LOOP)),
            loops.body.eq(self.counter + 1),
            loops.ends.eq(ends),
        ]
