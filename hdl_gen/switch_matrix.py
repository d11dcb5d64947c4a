"""Bit-serial switch matrix of the rows."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw_spec.macro import MacroSpec
from hw_spec.port import index_bits

__all__ = ["SwitchMatrix"]


class SwitchMatrix(wiring.Component):
    """Connects each row to the read voltage or to ground, one bit plane and row group at a time.

    Timing
    ------
    The drive changes in the cycle after ``convert``, holds through the conversion, and returns to
    ground in the cycle after ``idle``.

    Parameters
    ----------
    spec : MacroSpec
        Macro whose rows are driven.

    Members
    -------
    vector : In(rows * input_bits)
        Vector being converted: bit ``plane * rows + row``.
    plane, group : In
        Bit plane and row group to drive.
    convert, idle : In(1)
        Take up the next drive, or ground all rows.
    row_drive : Out(rows)
        Registered drive; bit r belongs to row r.
    """

    def __init__(self, spec: MacroSpec):
        self.spec = spec
        members = {
            "vector": In(spec.rows * spec.input_bits),
            "plane": In(index_bits(spec.input_bits)),
            "group": In(index_bits(spec.row_groups)),
            "convert": In(1),
            "idle": In(1),
            "row_drive": Out(spec.rows),
        }
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        rows, parallel = self.spec.rows, self.spec.parallel_rows

        bits = Signal(rows)
        with m.Switch(self.plane):
            for plane in range(self.spec.input_bits):
                with m.Case(plane):
                    m.d.comb += bits.eq(self.vector[plane * rows : (plane + 1) * rows])

        in_group = Signal(rows)
        with m.Switch(self.group):
            for group in range(self.spec.row_groups):
                with m.Case(group):
                    first, last = group * parallel, min((group + 1) * parallel, rows)
                    m.d.comb += in_group[first:last].eq(-1)

        with m.If(self.convert):
            m.d.sync += self.row_drive.eq(bits & in_group)
        with m.Elif(self.idle):
            m.d.sync += self.row_drive.eq(0)

        return m
