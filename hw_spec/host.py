"""Register map of a tile as its host sees it.

A host access names a *region* and an *index* within it and carries 32 bits. All regions but ``LOG``
can be written while the tile is *at rest*: neither is the status ``RUNNING`` nor does an operation
that a trap left behind still run. ``ACTIVATIONS`` can be read while the tile is at rest,
``CONTROL`` and ``LOG`` always. Whatever else is written changes nothing; whatever else is read is
0.

``PROGRAM``: one word per index. ``PIECES``: piece n is the ``PIECE_HOST_WORDS`` words from index
4 n on; writing the last of them stores the piece. ``ACTIVATIONS``: one activation per index.
``PES``: the words of PE n lie from index n * 2**pe_index_bits on; see :class:`PeWord`.
``SCALES``: lane l of scale word n lies at 2 * (n * word + l): the multiplier, then, at the next
index, the bias; writing the bias stores both. ``LOG``: ``LOG_WORDS`` per mark; see :class:`Event`.
"""

from enum import IntEnum

from hw_spec.port import index_bits
from hw_spec.tile import TileSpec

REGION_BITS = 3
INDEX_BITS = 24
DATA_BITS = 32

ANSWER_CYCLES = 2
"""Cycles from a read request to its answer."""

START_CYCLES = 2
"""Cycles from the request of a command to the first instruction that it lets run."""


class Region(IntEnum):
    """Parts of the map."""

    CONTROL = 0
    PROGRAM = 1
    PIECES = 2
    ACTIVATIONS = 3
    PES = 4
    SCALES = 5
    LOG = 6


class Control(IntEnum):
    """Indices of region ``CONTROL``."""

    COMMAND = 0
    """Write 1: start the program at word 0, if the tile is at rest. Write 2: resume after HOST."""

    STATUS = 1
    """Read: see :class:`Status`."""

    COUNTER = 2
    """Read: number of the instruction the sequencer is at."""

    TRAP_WORD = 3
    """Read: the word that was illegal or out of place, after a trap; 0 if it was the end of the
    memory, and from the start of a program until its trap."""

    MARKS = 4
    """Read: entries in the log since the start; one more than it holds if it was full and marks
    were dropped."""


class Status(IntEnum):
    """Values of ``STATUS``."""

    IDLE = 0
    RUNNING = 1
    HOST = 2
    """Waits for the host to resume."""
    HALTED = 3
    TRAPPED = 4


class Event(IntEnum):
    """Event counters, 32 bits each, in the order of a log entry; zero at the start of a program.

    They count while the status is ``RUNNING``, so nothing depends on how fast the host is, and wrap
    around. A mark holds what happened up to the cycle of its instruction, this one included.
    While a MATRIX operation runs, each cycle counts in just one of CONVERTING, FILLING and
    DRAINING.
    """

    CYCLES = 0
    """Cycles since the start; those waiting for the host are left out."""

    CONVERTING = 1
    """A vector is being converted: all converters of the layer are busy."""

    FILLING = 2
    """No vector is being converted, and some have not begun: words are missing."""

    DRAINING = 3
    """The last vector has been converted, and its results are on their way."""

    VECTOR = 4
    """A SUM or MAXIMUM operation runs."""

    VECTORS = 5
    """Vectors begun."""

    WORDS_READ = 6
    """Pieces read from the activation memory."""

    WORDS_WRITTEN = 7
    """Blocks written to the activation memory."""


LOG_WORDS = len(Event)


class PeWord(IntEnum):
    """First indices within the words of a PE."""

    LAYER = 0
    """Layer the PE belongs to: it takes part while the setting LAYER has this value."""
    COPY = 1
    FIRST_BLOCK = 2
    """Row block of its first macro."""
    MACROS = 3
    """Macros in use; a PE without any takes no part."""
    CHAINED = 4
    """Bit 0: adds the sums of the PE before it. Bit 1: is the end of its chain."""
    SCALES = 8
    """Multiplier and bias of output n at SCALES + 2 n and the index after; writing the bias stores
    both."""


LAYER_BITS = 8
COPY_BITS = 7
BLOCK_BITS = 11


def pe_index_bits(tile: TileSpec) -> int:
    """Return the width of an index within the words of a PE."""
    return index_bits(PeWord.SCALES + 2 * tile.block)
