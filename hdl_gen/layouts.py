"""The layouts of :mod:`hw_spec` in Amaranth's terms."""

from amaranth.hdl import signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw_spec.host import DATA_BITS, INDEX_BITS, REGION_BITS
from hw_spec.macro import MacroSpec
from hw_spec.port import analog_port, index_bits, status_fields
from hw_spec.program import IMMEDIATE_BITS, Setting

__all__ = [
    "analog_signature",
    "conversion_layout",
    "host_signature",
    "instruction_layout",
    "settings_layout",
    "status_layout",
]


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


def settings_layout() -> data.StructLayout:
    """Return the settings of the sequencer, each by its name in lower case."""
    return data.StructLayout({setting.name.lower(): signed(IMMEDIATE_BITS) for setting in Setting})


def instruction_layout() -> data.StructLayout:
    """Return the word of a program."""
    return data.StructLayout({"immediate": signed(IMMEDIATE_BITS), "setting": 6, "opcode": 4})


def host_signature() -> wiring.Signature:
    """Return the host port as the host sees it.

    In a cycle with ``request``, ``index`` of ``region`` is written with ``data`` or, without
    ``write``, read. What was read is ``answer``, ``ANSWER_CYCLES`` later; in all other cycles
    ``answer`` is 0. Requests may follow each other in every cycle.
    """
    return wiring.Signature(
        {
            "request": Out(1),
            "write": Out(1),
            "region": Out(REGION_BITS),
            "index": Out(INDEX_BITS),
            "data": Out(DATA_BITS),
            "answer": In(DATA_BITS),
        }
    )
