"""The layouts of :mod:`hw_spec` in Amaranth's terms."""

from amaranth.hdl import signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw_spec.host import BLOCK_BITS, COPY_BITS, DATA_BITS, INDEX_BITS, REGION_BITS
from hw_spec.macro import MacroSpec
from hw_spec.port import analog_port, index_bits, status_fields
from hw_spec.program import IMMEDIATE_BITS, PIECE_FIELDS, SIGNED_PIECE_FIELDS, Setting
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS, TileSpec

__all__ = [
    "analog_signature",
    "conversion_layout",
    "host_signature",
    "instruction_layout",
    "piece_layout",
    "placement_layout",
    "position_layout",
    "read_piece_layout",
    "read_signature",
    "scale_layout",
    "settings_layout",
    "status_layout",
    "write_signature",
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


def piece_layout() -> data.StructLayout:
    """Return a piece as the piece memory holds it."""
    return data.StructLayout(
        {
            name: signed(bits) if name in SIGNED_PIECE_FIELDS else bits
            for name, bits in PIECE_FIELDS.items()
        }
    )


def position_layout() -> data.StructLayout:
    """Return a position: address, x and y, as signed as the settings they come from."""
    return data.StructLayout({name: signed(IMMEDIATE_BITS) for name in ("address", "x", "y")})


def placement_layout(tile: TileSpec) -> data.StructLayout:
    """Return how a piece goes into a word.

    ``rotation``: row n takes lane n + ``rotation``, modulo a word, of what was read. ``first`` and
    ``end``: the piece takes the rows from ``first`` to before ``end``; likewise
    ``inside_first`` and ``inside_end`` for its activations inside the input, both 0 without any.
    ``opens``: all rows that the piece does not take become 0.
    """
    bounds = ("first", "end", "inside_first", "inside_end")
    fields = {"rotation": tile.word.bit_length() - 1, "opens": 1}
    return data.StructLayout(fields | {name: tile.word.bit_length() for name in bounds})


def read_piece_layout(tile: TileSpec) -> data.StructLayout:
    """Return what travels beside the activations of a piece from their read to the word.

    ``last``: last piece of a vector. The others are those of the piece and of its copy.
    """
    return data.StructLayout(
        {
            "placement": placement_layout(tile),
            "block": BLOCK_BITS,
            "copy": COPY_BITS,
            "closes": 1,
            "begins": 1,
            "ends": 1,
            "last": 1,
        }
    )


def scale_layout() -> data.StructLayout:
    """Return the scale of one lane of the vector unit."""
    return data.StructLayout({"multiplier": signed(MULTIPLIER_BITS), "bias": signed(BIAS_BITS)})


def read_signature(tile: TileSpec) -> wiring.Signature:
    """Return the read port of the activation memory, as its reader sees it.

    The activations from ``address`` on lie in two words of the memory; ``first`` and ``second``
    say which of them is read. One cycle later, lane k of ``data`` holds the one among them whose
    address is k modulo a word. It stays until the next read. A lane whose word was not read holds
    what its half of the memory gave last.
    """
    return wiring.Signature(
        {
            "first": Out(1),
            "second": Out(1),
            "address": Out(tile.address_bits),
            "data": In(tile.word_bits),
        }
    )


def write_signature(tile: TileSpec) -> wiring.Signature:
    """Return the write port of the activation memory, as its writer sees it.

    While ``enable``, the lowest ``length`` activations of ``data`` are written from ``address`` on.
    """
    return wiring.Signature(
        {
            "enable": Out(1),
            "address": Out(tile.address_bits),
            "length": Out(range(tile.word + 1)),
            "data": Out(tile.word_bits),
        }
    )


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
