"""The layouts of :mod:`hw_spec` in Amaranth's terms."""

from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw_spec.macro import MacroSpec
from hw_spec.port import analog_port, index_bits, status_fields

__all__ = ["analog_signature", "conversion_layout", "status_layout"]


def analog_signature(spec: MacroSpec) -> wiring.Signature:
    """Return the analog port as the macro sees it: drives and selects out, codes in.

    With a SAR, comparator decisions come in instead of codes, and trials go out.
    """
    port = analog_port(spec)
    members = {
        "row_drive": Out(port.row_drive),
        "word_lines": Out(port.word_lines),
        "column_select": Out(port.column_select),
        "sample": Out(1),
    }
    if spec.adc.kind == "sar":
        members |= {
            "compare": Out(1),
            "trials": Out(port.trials),
            "decisions": In(port.decisions),
        }
    else:
        members["codes"] = In(port.codes)
    return wiring.Signature(members)


def conversion_layout(spec: MacroSpec) -> data.StructLayout:
    """Return what travels beside a conversion from the sequencer to the column sums.

    ``column``: which of the lane's columns. ``first``: first conversion of this column in the
    vector. ``doubles``: first row group of a bit plane. ``last``: last conversion of the vector.
    ``row_sum``: sum of all inputs of the vector.
    """
    return data.StructLayout(
        {
            "column": index_bits(spec.columns_per_adc),
            "first": 1,
            "doubles": 1,
            "last": 1,
            "row_sum": spec.row_sum_bits,
        }
    )


def status_layout(spec: MacroSpec) -> data.StructLayout:
    """Return the status word."""
    return data.StructLayout(status_fields(spec))
