"""Toggles of the fetcher: the walk over positions and pieces, and the words they make."""

from collections.abc import Sequence

import numpy as np

from behavioral.words import LOOPS, positions_of
from cosim.tile.toggles.moved import Moved
from cosim.tile.toggles.paths import FETCHER, MEMORY, POSITIONS, WALK
from cosim.tile.toggles.registers import Registers, bits, changes
from hw_spec.host import COPY_BITS
from hw_spec.program import IMMEDIATE_BITS, Kind, Piece, Setting
from hw_spec.tile import TileSpec


def take_fetch(registers: Registers, tile: TileSpec, moved: Moved) -> int:
    """Take up what the fetcher does in a step; return how many pieces an image reads."""
    positions = positions_of(moved.settings)
    pieces = moved.step.pieces
    _positions(registers, moved, positions)
    lists = positions.reshape(-1, 3)
    copies = np.tile(np.arange(moved.settings[Setting.COPIES]), len(positions))
    last = np.zeros((len(positions), positions.shape[1] * len(pieces)), dtype=np.uint8)
    last[:, -1] = 1
    _walk(registers, lists, len(pieces), last.ravel())
    reads = _pieces(registers, tile, moved, lists, copies, last.ravel())
    _closed(registers, pieces, copies)
    _words(registers, pieces, moved.trace.words)
    if moved.step.kind is Kind.MATRIX:
        registers.repeat(f"{FETCHER}.complete", moved.complete_toggles)
    return reads


def _positions(registers: Registers, moved: Moved, positions: np.ndarray) -> None:
    """Take up the loops and the positions they step to."""
    settings = moved.settings
    shape = tuple(settings[Setting[f"COUNT_{loop}S"]] for loop in reversed(LOOPS))
    turns = np.indices((*shape, settings[Setting.COPIES])).reshape(len(shape) + 1, 1, -1)
    for loop, turn in zip((*reversed(LOOPS), "COPY"), turns, strict=True):
        registers.take(f"{POSITIONS}.{loop.lower()}", bits(turn, IMMEDIATE_BITS - 1))
    # What the walk reads a piece with, follows.
    registers.take(f"{WALK}.copy", bits(turns[-1], COPY_BITS))
    registers.take(f"{POSITIONS}.first", bits(positions[None, :, 0], IMMEDIATE_BITS))
    every = bits(positions.reshape(1, -1, 3), IMMEDIATE_BITS)
    registers.take(f"{POSITIONS}.position", every)
    registers.take(f"{WALK}.position", every)


def _walk(registers: Registers, lists: np.ndarray, pieces: int, last: np.ndarray) -> None:
    """Take up the walk through a list of pieces."""
    number = np.append(np.arange(pieces), 0)
    registers.repeat(f"{WALK}.number", len(lists) * changes(number))
    for name in (f"{WALK}.choosing", f"{WALK}.valid", f"{FETCHER}.merges"):
        registers.repeat(name, 2)
    registers.take(f"{WALK}.last", last[None])
    registers.repeat(f"{FETCHER}.last", pulses(last))


def _pieces(
    registers: Registers,
    tile: TileSpec,
    moved: Moved,
    lists: np.ndarray,
    copies: np.ndarray,
    last: np.ndarray,
) -> int:
    """Take up what stands beside each piece while it is read; return how many pieces are read.

    Parameters
    ----------
    lists : ndarray of int64, shape (lists, 3)
        Address, x and y at which each list of pieces is gone through.
    copies : ndarray of int64, shape (lists,)
        Copy of each list.
    last : ndarray, shape (lists * pieces,)
        Which pieces are the last of a vector.
    """
    settings, word = moved.settings, tile.word
    piece = {name: np.array([getattr(one, name) for one in moved.step.pieces]) for name in _BESIDE}
    address, x, y = (
        lists[:, part, None] + piece[name] for part, name in enumerate(("offset", "x", "y"))
    )
    low = (-x).clip(0, word)
    high = (settings[Setting.LINE] - x).clip(0, piece["length"])
    inside = (y >= 0) & (y < settings[Setting.HEIGHT]) & (low < high)
    fields = (
        (address - piece["row"]) % word,
        piece["opens"],
        piece["row"],
        piece["row"] + piece["length"],
        np.where(inside, piece["row"] + low, 0),
        np.where(inside, piece["row"] + high, 0),
        piece["block"],
        copies[:, None],
        *(piece[name] for name in ("closes", "begins", "ends")),
        last.reshape(len(lists), -1),
    )
    beside = np.empty((*inside.shape, len(fields)), dtype=np.uint16)
    for n, field in enumerate(fields):
        beside[..., n] = field
    registers.take(f"{FETCHER}.read", beside.reshape(1, -1, len(fields)))
    taken = address[inside]
    if word > 1:
        registers.take(f"{MEMORY}.taken_column", bits(taken % word, 16)[None])
    registers.take(f"{MEMORY}.taken_odd", bits(taken // word, 1)[None])
    return len(taken)


_BESIDE = ("offset", "x", "y", "length", "row", "block", "opens", "closes", "begins", "ends")


def _closed(registers: Registers, pieces: Sequence[Piece], copies: np.ndarray) -> None:
    """Take up what stands beside each word."""
    closes = np.array([piece.closes for piece in pieces])
    registers.repeat(f"{FETCHER}.closed", pulses(np.tile(closes, len(copies))))
    closing = [piece for piece in pieces if piece.closes]
    for name in ("block", "begins", "ends"):
        values = np.array([getattr(piece, name) for piece in closing], dtype=np.uint16)
        registers.take(f"{FETCHER}.word_{name}", np.tile(values, len(copies))[None])
    registers.take(f"{FETCHER}.word_copy", bits(np.repeat(copies, len(closing)), COPY_BITS)[None])


def _words(registers: Registers, pieces: Sequence[Piece], words: np.ndarray) -> None:
    """Take up the word as pieces fill it; the first of each word opens it, none takes rows twice.

    Parameters
    ----------
    words : ndarray of unsigned, shape (images, ..., words of a list, word)
        Complete words.
    """
    path = f"{FETCHER}.word_merge.word"
    opened, number = np.zeros(words.shape[-2:], dtype=bool), 0
    for piece in pieces:
        if piece.opens:
            opened[number, piece.row : piece.row + piece.length] = True
        number += piece.closes
    flat = words.reshape(len(words), -1, words.shape[-1])
    if opened.all():
        registers.take(path, flat)
        return
    begun = np.where(opened, words, 0).reshape(flat.shape)
    registers.add(path, int(np.bitwise_count(begun ^ flat).sum(dtype=np.int64)))
    registers.take(path, begun, ended=flat)


def pulses(values: np.ndarray) -> int:
    """Return the toggles of a register that is 0 before and after it takes values."""
    return changes(np.concatenate([[0], values, [0]]))
