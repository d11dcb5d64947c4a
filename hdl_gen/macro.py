"""The digital periphery of one compute-in-memory macro."""

from amaranth import Module, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from hdl_gen.adc import AdcInterface
from hdl_gen.column_select import ColumnSelect
from hdl_gen.layouts import analog_signature, status_layout
from hdl_gen.row_registers import RowRegisters
from hdl_gen.sar import SarLogic
from hdl_gen.sequencer import Sequencer
from hdl_gen.shift_add import ShiftAdd
from hdl_gen.slice_combine import SliceCombine
from hdl_gen.switch_matrix import SwitchMatrix
from hdl_gen.word_lines import WordLineDecoder
from hw_spec.macro import MacroSpec
from hw_spec.port import index_bits, psums_per_beat, rows_per_beat

__all__ = ["Macro"]


class Macro(wiring.Component):
    """Multiplies vectors by the weights of one array: row beats in, psums out.

    Loading, converting and draining overlap. The results equal
    :func:`behavioral.ideal.psums_from_codes`.

    Timing
    ------
    One vector every ``cycles_per_vector`` cycles while inputs are offered and psums are taken; a
    whole layer takes :func:`hw_spec.timing.layer_cycles`. If psums are held up, conversion stops
    before a column sum is lost. ``psums.ready`` reaches ``analog.sample`` and
    ``inputs.ready`` combinationally, and so does ``analog.decisions`` ``analog.trials``.

    Parameters
    ----------
    spec : MacroSpec
        Sizes and formats.

    Members
    -------
    inputs : In(stream.Signature(ArrayLayout(unsigned(input_bits), rows_per_beat)))
        Row beats, row 0 first. Fields beyond the last row must be zero.
    psums : Out(stream.Signature(ArrayLayout(signed(psum_bits), psums_per_beat)))
        Psum beats, output 0 first. Fields beyond the last output carry no result.
    analog : Out(analog_signature)
        Port of the array and its converters.
    hold : In(1)
        A loaded vector is not started. Macros that load at different times so start together.
    access_enable, access_row : In
        Opens a single word line between conversions, for programming its cells.
    status : Out(status_layout)
        What the macro is doing.
    """

    def __init__(self, spec: MacroSpec):
        self.spec = spec
        row_beat = data.ArrayLayout(unsigned(spec.input_bits), rows_per_beat(spec))
        psum_beat = data.ArrayLayout(signed(spec.psum_bits), psums_per_beat(spec))
        members = {
            "inputs": In(stream.Signature(row_beat)),
            "psums": Out(stream.Signature(psum_beat)),
            "analog": Out(analog_signature(spec)),
            "hold": In(1),
            "access_enable": In(1),
            "access_row": In(index_bits(spec.rows)),
            "status": Out(status_layout(spec)),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        spec = self.spec

        # Load: the next vector is collected while the current one is stepped through.
        m.submodules.row_registers = rows = RowRegisters(spec)
        m.submodules.sequencer = sequencer = Sequencer(spec)
        connect(m, flipped(self.inputs), rows.inputs)
        m.d.comb += rows.start.eq(sequencer.start)
        m.d.comb += sequencer.loaded.eq(rows.loaded & ~self.hold)

        # Drive: rows, word lines and columns change together and are let go when nothing follows.
        m.submodules.switch_matrix = switch_matrix = SwitchMatrix(spec)
        m.submodules.word_line_decoder = word_lines = WordLineDecoder(spec)
        m.submodules.column_decoder = column_select = ColumnSelect(spec)
        idle = Signal()
        resting = sequencer.advance & ~sequencer.converting
        m.d.comb += idle.eq(resting & word_lines.all_open)  # once: there is nothing left to let go
        for unit in (switch_matrix, word_lines, column_select):
            m.d.comb += unit.idle.eq(idle)
        # All columns see the same drive, so what holds it is clocked for the first of them alone.
        first_column = sequencer.column == 0
        m.d.comb += switch_matrix.convert.eq(sequencer.convert & first_column)
        m.d.comb += word_lines.convert.eq(sequencer.convert)
        m.d.comb += column_select.convert.eq(sequencer.convert)
        m.d.comb += [
            switch_matrix.vector.eq(rows.vector),
            switch_matrix.plane.eq(sequencer.plane),
            switch_matrix.group.eq(sequencer.group),
            column_select.column.eq(sequencer.column),
            word_lines.access_enable.eq(self.access_enable),
            word_lines.access_row.eq(self.access_row),
            self.analog.row_drive.eq(switch_matrix.row_drive),
            self.analog.word_lines.eq(word_lines.word_lines),
            self.analog.column_select.eq(column_select.column_select),
        ]

        # Convert.
        m.submodules.adc = adc = AdcInterface(spec)
        first_group, last_group = sequencer.group == 0, sequencer.group == spec.row_groups - 1
        last_column = sequencer.column == spec.columns_per_adc - 1
        m.d.comb += [
            adc.convert.eq(sequencer.convert),
            adc.next.column.eq(sequencer.column),
            adc.next.first.eq((sequencer.plane == spec.input_bits - 1) & first_group),
            adc.next.doubles.eq(first_group),
            adc.next.last.eq((sequencer.plane == 0) & last_group & last_column),
            adc.next.row_sum.eq(rows.row_sum),
            self.analog.sample.eq(adc.sample),
        ]
        if spec.adc.kind == "sar":
            m.submodules.sar = sar = SarLogic(spec)
            m.d.comb += [
                sar.sample.eq(adc.sample),
                sar.decisions.eq(self.analog.decisions),
                self.analog.compare.eq(sar.compare),
                self.analog.trials.eq(sar.trials),
            ]
            codes = sar.codes
        else:
            codes = self.analog.codes

        # Add up each column, then combine the slices of each output.
        m.submodules.slice_combine = slice_combine = SliceCombine(spec)
        for lane in range(spec.lanes):
            shift_add = ShiftAdd(spec)
            m.submodules[f"lane_{lane}"] = shift_add
            m.d.comb += [
                shift_add.code.eq(codes.word_select(lane, spec.adc.bits)),
                shift_add.take.eq(adc.take),
                shift_add.taken.eq(adc.taken),
                getattr(slice_combine, f"sums_{lane}").eq(shift_add.sums),
            ]
        m.d.comb += [
            slice_combine.finish.eq(adc.take & adc.taken.last),
            slice_combine.row_sum.eq(adc.taken.row_sum),
            adc.advance.eq(slice_combine.advance),
            sequencer.advance.eq(slice_combine.advance),
        ]
        connect(m, flipped(self.psums), slice_combine.psums)

        m.d.comb += [
            self.status.loaded.eq(rows.loaded),
            self.status.converting.eq(sequencer.converting),
            self.status.finished.eq(slice_combine.finished),
            self.status.draining.eq(slice_combine.draining),
            self.status.plane.eq(sequencer.plane),
            self.status.group.eq(sequencer.group),
            self.status.column.eq(sequencer.column),
        ]

        return m
