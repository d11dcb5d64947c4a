"""Event counters of a tile, and their log."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hw_spec.host import DATA_BITS, LOG_WORDS, Event
from hw_spec.port import index_bits
from hw_spec.program import Kind

__all__ = ["EventCounters"]

LOWER_BITS = 4
"""Bits of a counter that count on their own; its clock rests for the others 15 times out of 16."""


class EventCounters(wiring.Component):
    """Counts the events of :class:`hw_spec.host.Event` and logs the counts when asked.

    Timing
    ------
    An event is counted one cycle later. ``mark`` logs the counts as they are. A word of the log is
    answered one cycle after it is asked for.

    Parameters
    ----------
    entries : int
        Entries of the log. Marks beyond them are dropped.

    Members
    -------
    started : In(1)
        Counts and number of marks become zero.
    running : In(1)
        The program runs. Nothing is counted while low.
    run, operating : In(1)
        First cycle of an operation; all of its cycles.
    kind : In(range(len(Kind)))
        Kind of the operation.
    converting : In(1)
        A vector is being converted.
    pending : In(1)
        Vectors of the operation have not begun; not looked at in the cycle of ``run``.
    begun, piece_read, block_written : In(1)
        A vector begins; a piece is read; a block is written.
    mark : In(1)
        The counts go to the log.
    marks : Out(range(entries + 2))
        Marks since the start, or one more than ``entries`` if some were dropped.
    log_read : In(1)
        Word ``log_index`` of the log is asked for.
    log_index : In
        ``LOG_WORDS`` per entry.
    log_answer : Out(32)
        The word, and 0 while none was asked for.
    """

    def __init__(self, entries: int):
        self.entries = entries
        members = {
            "started": In(1),
            "running": In(1),
            "run": In(1),
            "operating": In(1),
            "kind": In(range(len(Kind))),
            "converting": In(1),
            "pending": In(1),
            "begun": In(1),
            "piece_read": In(1),
            "block_written": In(1),
            "mark": In(1),
            "marks": Out(range(entries + 2)),
            "log_read": In(1),
            "log_index": In(index_bits(entries * LOG_WORDS)),
            "log_answer": Out(DATA_BITS),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()

        matrix = self.operating & (self.kind == Kind.MATRIX)
        fills = self.run | self.pending
        happens = {
            Event.CYCLES: 1,
            Event.CONVERTING: matrix & self.converting,
            Event.FILLING: matrix & ~self.converting & fills,
            Event.DRAINING: matrix & ~self.converting & ~fills,
            Event.VECTOR: self.operating & (self.kind != Kind.MATRIX),
            Event.VECTORS: self.begun,
            Event.WORDS_READ: self.piece_read,
            Event.WORDS_WRITTEN: self.block_written,
        }
        counts = [Signal(DATA_BITS, name=f"{event.name.lower()}_count") for event in Event]
        for event, count in zip(Event, counts, strict=True):
            with m.If(self.started):
                m.d.sync += count.eq(0)
            # The upper bits are clocked only when the lower ones carry.
            with m.Elif(self.running & happens[event]):
                lower, upper = count[:LOWER_BITS], count[LOWER_BITS:]
                m.d.sync += lower.eq(lower + 1)
                with m.If(lower.all()):
                    m.d.sync += upper.eq(upper + 1)

        m.submodules.log = log = Memory(shape=DATA_BITS * LOG_WORDS, depth=self.entries, init=[])
        write, read = log.write_port(), log.read_port()
        m.d.comb += [
            write.en.eq(self.mark & (self.marks < self.entries)),
            write.addr.eq(self.marks),
            write.data.eq(Cat(counts)),
        ]
        with m.If(self.started):
            m.d.sync += self.marks.eq(0)
        with m.Elif(self.mark & (self.marks <= self.entries)):
            m.d.sync += self.marks.eq(self.marks + 1)

        event_bits = index_bits(LOG_WORDS)
        event = Signal(event_bits)
        asked = Signal()
        m.d.sync += asked.eq(self.log_read)
        with m.If(self.log_read):
            m.d.sync += event.eq(self.log_index)
        m.d.comb += [
            read.en.eq(self.log_read),
            read.addr.eq(self.log_index >> event_bits),
            self.log_answer.eq(Mux(asked, read.data.word_select(event, DATA_BITS), 0)),
        ]

        return m
