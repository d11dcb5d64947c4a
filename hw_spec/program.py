"""Words of the program of a tile: instructions, the settings they change, and pieces.

An instruction is 32 bits: opcode in bits 28 to 31, setting in bits 22 to 27, signed immediate in
bits 0 to 21. Whatever is not named here is illegal and stops the sequencer with a trap. So does an
instruction out of place: LOOP inside ``LOOP_DEPTH`` loops, END outside of any, the end of the
memory, and, while an operation runs, all but WAIT, MARK, LOOP and END.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from hw_spec.check import integer

IMMEDIATE_BITS = 22

LOOP_DEPTH = 2
"""Loops that may lie inside each other."""


class Opcode(IntEnum):
    """What an instruction does. The word 0 is illegal, so that empty memory stops the sequencer."""

    SET = 1
    """The setting becomes the immediate."""

    ADD = 2
    """The immediate is added to the setting, which wraps around."""

    RUN = 3
    """Start the operation whose kind (:class:`Kind`) is the immediate, with the settings as they
    are, which they then stay."""

    WAIT = 4
    """Wait until the operation has ended: its last activation is in the memory."""

    MARK = 5
    """Append the event counters to the log."""

    LOOP = 6
    """Repeat what follows up to the matching END; the immediate, from 1, says how often."""

    END = 7
    """End of the innermost loop."""

    HOST = 8
    """Wait until the host resumes."""

    HALT = 9
    """Stop."""


class Kind(IntEnum):
    """Kinds of operations."""

    MATRIX = 0
    """Words go to the macros; sums are requantised, pooled by maximum, and written."""

    SUM = 1
    """Words go to the vector unit, which sums them up, scaled."""

    MAXIMUM = 2
    """Words go to the vector unit, which takes their maximum."""


class Setting(IntEnum):
    """Registers of the sequencer that tell an operation what to do; signed 22 bits each.

    They are zero at the start of a program.

    Four loops step through the positions of the input window, the last fastest: rows and columns
    of the output, then rows and columns of the pooling window. When a loop steps, those inside it
    begin anew; its steps are relative to the position before, wherever that was. A position is the
    address of the upper left corner of the window, its offset *x* within its line, in activations,
    and its line *y*. Beyond the edges of the input, x or y lie outside.
    """

    LAYER = 0
    """Number of the PEs that take part."""
    ADDRESS = 1
    """First position: address."""
    X = 2
    """First position: x."""
    Y = 3
    """First position: y."""
    LINE = 4
    """Activations of an input line."""
    HEIGHT = 5
    """Lines of the input."""
    PAD = 6
    """Activation read beyond the edges."""
    COUNT_ROWS = 7
    """Rows of the output that each copy computes."""
    COUNT_COLUMNS = 8
    """Columns of the output."""
    COUNT_WINDOW_ROWS = 9
    """Rows of the pooling window; 1 without pooling."""
    COUNT_WINDOW_COLUMNS = 10
    """Columns of the pooling window; 1 without pooling."""
    ROW_ADDRESS = 11
    ROW_X = 12
    ROW_Y = 13
    COLUMN_ADDRESS = 14
    COLUMN_X = 15
    COLUMN_Y = 16
    WINDOW_ROW_ADDRESS = 17
    WINDOW_ROW_X = 18
    WINDOW_ROW_Y = 19
    WINDOW_COLUMN_ADDRESS = 20
    WINDOW_COLUMN_X = 21
    WINDOW_COLUMN_Y = 22
    COPIES = 23
    """Copies of the weights."""
    COPY_ADDRESS = 24
    """Step of the position from copy to copy."""
    COPY_Y = 25
    FIRST_PIECE = 26
    """First piece of the list of pieces that are read at each position."""
    PIECES = 27
    """Length of the list."""
    OUT_ADDRESS = 28
    """Where the first output pixel goes."""
    OUT_STEP = 29
    """Activations from one output pixel to the next."""
    OUT_COPY = 30
    """Activations from the first output pixel of a copy to that of the next."""
    OUT_ROWS = 31
    """Rows of the output of all copies; what a copy computes beyond them is not written."""
    BLOCKS = 32
    """Blocks of an output pixel: column blocks of a MATRIX operation, words of another."""
    LAST_LENGTH = 33
    """Activations of the last block."""
    FIRST_END = 34
    """PE at the end of the first chain."""
    CHAIN = 35
    """PEs of a chain."""
    SHIFT = 36
    """Right shift of the requantiser or the vector unit."""
    ZERO = 37
    """Zero point of the output of a MATRIX operation."""


SETTINGS = len(Setting)


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One word of a program.

    Raises
    ------
    ValueError
        If the immediate does not fit 22 bits signed.
    """

    opcode: Opcode
    setting: Setting | None = None
    """Setting that SET and ADD change; None for the others."""
    immediate: int = 0

    def __post_init__(self) -> None:
        low, high = -(2 ** (IMMEDIATE_BITS - 1)), 2 ** (IMMEDIATE_BITS - 1) - 1
        integer(f"Immediate of {self.opcode.name}", self.immediate, low, high)
        changes = self.opcode in (Opcode.SET, Opcode.ADD)
        if changes != (self.setting is not None):
            raise ValueError(
                f"Setting must be given with SET and ADD only, not {self.setting!r} "
                f"with {self.opcode.name}"
            )

    def encode(self) -> int:
        """Return the word."""
        setting = 0 if self.setting is None else self.setting
        return self.opcode << 28 | setting << 22 | self.immediate & (2**IMMEDIATE_BITS - 1)


def decode(word: int) -> Instruction:
    """Return the instruction of a word.

    Raises
    ------
    ValueError
        If the word is illegal: not of 32 bits, unknown opcode or setting, a setting where none
        belongs, an unknown kind, a loop of less than one turn, or an immediate where none belongs.
    """
    code, number = word >> 28, word >> 22 & 63
    immediate = word & (2**IMMEDIATE_BITS - 1)
    immediate -= (immediate >> (IMMEDIATE_BITS - 1)) << IMMEDIATE_BITS
    try:
        opcode = Opcode(code)
        changes = opcode in (Opcode.SET, Opcode.ADD)
        setting = Setting(number) if changes else None
        legal = changes or not number
        if opcode is Opcode.RUN:
            Kind(immediate)
        elif opcode is Opcode.LOOP:
            legal = legal and immediate >= 1
        elif not changes:
            legal = legal and not immediate
        if not legal:
            raise ValueError
    except ValueError:
        raise ValueError(f"Program word must be an instruction, not {word:#010x}") from None
    return Instruction(opcode=opcode, setting=setting, immediate=immediate)


PIECE_FIELDS = {
    "offset": 22,
    "x": 22,
    "y": 8,
    "length": 11,
    "row": 10,
    "block": 11,
    "opens": 1,
    "closes": 1,
    "begins": 1,
    "ends": 1,
}
"""Name and width of each field of a piece, lowest bits first."""

SIGNED_PIECE_FIELDS = ("offset", "x")

PIECE_BITS = sum(PIECE_FIELDS.values())

PIECE_HOST_WORDS = -(-PIECE_BITS // 32)
"""32-bit words of a piece as the host writes it, lowest bits first."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Activations that lie side by side and go to adjoining rows of one word.

    At a position, ``length`` activations are read from ``offset`` activations behind its address.
    Activation i has x = position.x + ``x`` + i and y = position.y + ``y``; it is PAD unless
    0 <= x < LINE and 0 <= y < HEIGHT. It goes to row ``row`` + i of the word.
    """

    offset: int
    x: int
    y: int
    length: int
    """From 0, which reads nothing and only takes its cycle, to the activations of a word."""
    row: int
    block: int
    """Row block the word is for (MATRIX), or the word of scales that is applied (others)."""
    opens: bool
    """Rows of the word that the piece does not fill become 0; otherwise they stay."""
    closes: bool
    """The word is complete and moves on."""
    begins: bool = False
    """The vector unit begins a new result with this word."""
    ends: bool = False
    """The vector unit ends its result with this word, and the result is written."""

    def encode(self) -> int:
        """Return the piece as one number.

        Raises
        ------
        ValueError
            If a field does not fit.
        """
        word, place = 0, 0
        for name, bits in PIECE_FIELDS.items():
            value = int(getattr(self, name))
            low = -(2 ** (bits - 1)) if name in SIGNED_PIECE_FIELDS else 0
            integer(f"Field '{name}' of a piece", value, low, low + 2**bits - 1)
            word |= (value & (2**bits - 1)) << place
            place += bits
        return word


def decode_piece(word: int) -> Piece:
    """Return the piece that :meth:`Piece.encode` made into a number."""
    fields: dict[str, Any] = {}
    for name, bits in PIECE_FIELDS.items():
        value = word & (2**bits - 1)
        if name in SIGNED_PIECE_FIELDS:
            value -= value >> (bits - 1) << bits
        fields[name] = value
        word >>= bits
    for name in ("opens", "closes", "begins", "ends"):
        fields[name] = bool(fields[name])
    return Piece(**fields)
