"""The core of a tile: everything that all processing elements share."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from hdl_gen.activation_memory import ActivationMemory
from hdl_gen.csr_bank import CsrBank
from hdl_gen.event_counters import EventCounters
from hdl_gen.fetcher import Fetcher
from hdl_gen.layouts import host_signature
from hdl_gen.program_sequencer import ProgramSequencer
from hdl_gen.vector_unit import VectorUnit
from hdl_gen.writer import Writer
from hw_spec.host import BLOCK_BITS, COPY_BITS, DATA_BITS, LAYER_BITS, Status, pe_index_bits
from hw_spec.tile import POOL_BITS, SHIFT_BITS, TileSpec

__all__ = ["Core", "core_bus"]


def core_bus(tile: TileSpec) -> wiring.Signature:
    """Return what lies between the core and all its PEs, as the core sees it.

    Outputs go to every PE; ``config_select`` and ``select`` have a bit of each. Inputs are those of
    :func:`hdl_gen.pe_port.pe_signature`, joined: ``ready`` of all, ``converting``, ``finished`` and
    ``result`` of any.
    """
    return wiring.Signature(
        {
            "layer": Out(LAYER_BITS),
            "shift": Out(SHIFT_BITS),
            "zero": Out(tile.macro.input_bits),
            "pool": Out(POOL_BITS),
            "word": Out(tile.word_bits),
            "word_valid": Out(1),
            "word_block": Out(BLOCK_BITS),
            "word_copy": Out(COPY_BITS),
            "complete": Out(1),
            "config_valid": Out(1),
            "config_select": Out(tile.table.pes),
            "config_index": Out(pe_index_bits(tile)),
            "config_data": Out(DATA_BITS),
            "select": Out(tile.table.pes),
            "ready": In(1),
            "converting": In(1),
            "finished": In(1),
            "result": In(tile.block * tile.macro.input_bits),
        }
    )


class Core(wiring.Component):
    """Runs a program: reads words, sends them to PEs or its vector unit, and writes the results.

    Timing
    ------
    That of its parts: a program as :class:`hdl_gen.program_sequencer.ProgramSequencer` has it, each
    operation as :mod:`hw_spec.timing`.

    Parameters
    ----------
    tile : TileSpec
        Sizes.

    Members
    -------
    host : In(host_signature())
        Port of the host.
    irq : Out(1)
        No program runs: it has halted, trapped, waits for the host, or none was started.
    pes : Out(core_bus)
        Port of all PEs.
    """

    def __init__(self, tile: TileSpec):
        self.tile = tile
        members = {
            "host": In(host_signature()),
            "irq": Out(1),
            "pes": Out(core_bus(tile)),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        tile, table = self.tile, self.tile.table

        # Host port and program.
        m.submodules.csr_bank = csr = CsrBank(tile)
        m.submodules.sequencer = sequencer = ProgramSequencer(table.program_words)
        connect(m, flipped(self.host), csr.host)
        m.d.comb += [
            self.irq.eq(sequencer.status != Status.RUNNING),
            sequencer.program_write.eq(csr.program_write),
            sequencer.program_index.eq(csr.program_index),
            sequencer.program_word.eq(csr.program_word),
            sequencer.start.eq(csr.start),
            sequencer.resume.eq(csr.resume),
            csr.resting.eq(sequencer.resting),
            csr.status.eq(sequencer.status),
            csr.counter.eq(sequencer.counter),
            csr.trap_word.eq(sequencer.trap_word),
        ]

        # Activations to words.
        settings = sequencer.settings
        m.submodules.memory = memory = ActivationMemory(tile)
        m.submodules.fetcher = fetcher = Fetcher(tile)
        connect(m, fetcher.memory, memory.read)
        m.d.comb += [
            memory.host_read.eq(csr.activation_read),
            memory.host_write.eq(csr.activation_write),
            memory.host_address.eq(csr.activation_index),
            memory.host_data.eq(csr.activation),
            csr.activation_answer.eq(memory.host_answer),
            fetcher.settings.eq(settings),
            fetcher.kind.eq(sequencer.kind),
            fetcher.start.eq(sequencer.run),
            fetcher.ready.eq(self.pes.ready),
            fetcher.piece_write.eq(csr.piece_write),
            fetcher.piece_index.eq(csr.piece_index),
            fetcher.piece_data.eq(csr.piece),
        ]

        # Words to PEs and vector unit.
        pool = settings.count_window_rows * settings.count_window_columns
        m.submodules.vector_unit = vector = VectorUnit(tile)
        m.d.comb += [
            self.pes.layer.eq(settings.layer),
            self.pes.shift.eq(settings.shift),
            self.pes.zero.eq(settings.zero),
            self.pes.pool.eq(pool),
            self.pes.word.eq(fetcher.word),
            self.pes.word_valid.eq(fetcher.word_valid),
            self.pes.word_block.eq(fetcher.word_block),
            self.pes.word_copy.eq(fetcher.word_copy),
            self.pes.complete.eq(fetcher.complete),
            self.pes.config_valid.eq(csr.config_valid),
            self.pes.config_select.eq(csr.config_select),
            self.pes.config_index.eq(csr.config_index),
            self.pes.config_data.eq(csr.config_data),
            vector.kind.eq(sequencer.kind),
            vector.shift.eq(settings.shift),
            vector.word.eq(fetcher.word),
            vector.word_valid.eq(fetcher.vector_valid),
            vector.block.eq(fetcher.word_block),
            vector.begins.eq(fetcher.word_begins),
            vector.ends.eq(fetcher.word_ends),
            vector.scale_write.eq(csr.scale_write),
            vector.scale_index.eq(csr.scale_index),
            vector.scale_data.multiplier.eq(csr.scale_multiplier),
            vector.scale_data.bias.eq(csr.scale_bias),
        ]

        # Results to the memory.
        m.submodules.writer = writer = Writer(tile)
        connect(m, writer.memory, memory.write)
        m.d.comb += [
            writer.settings.eq(settings),
            writer.kind.eq(sequencer.kind),
            writer.start.eq(sequencer.run),
            writer.finished.eq(self.pes.finished),
            writer.result.eq(self.pes.result),
            writer.vector_valid.eq(vector.result_valid),
            writer.vector_result.eq(vector.result),
            self.pes.select.eq(writer.select),
            sequencer.operation_done.eq(writer.done),
        ]

        m.submodules.event_counters = counters = EventCounters(table.marks)
        m.d.comb += [
            counters.started.eq(sequencer.started),
            counters.running.eq(sequencer.status == Status.RUNNING),
            counters.run.eq(sequencer.run),
            counters.operating.eq(sequencer.operating),
            counters.kind.eq(sequencer.kind),
            counters.converting.eq(self.pes.converting),
            counters.pending.eq(fetcher.pending),
            counters.begun.eq(fetcher.begun),
            counters.piece_read.eq(fetcher.piece_read),
            counters.block_written.eq(writer.memory.enable),
            counters.mark.eq(sequencer.mark),
            counters.log_read.eq(csr.log_read),
            counters.log_index.eq(csr.log_index),
            csr.marks.eq(counters.marks),
            csr.log_answer.eq(counters.log_answer),
        ]

        return m
