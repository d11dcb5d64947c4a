"""Words of an operation, against a walk activation by activation."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavioral.words import positions_of, words_of
from hw_spec.program import Piece, Setting

LOOPS = ("ROW", "COLUMN", "WINDOW_ROW", "WINDOW_COLUMN")
WORD = 4


def make_settings(**changed):
    """Return settings of a single position; they are changed by their names in lower case."""
    values = dict.fromkeys(Setting, 0) | {Setting.COPIES: 1, Setting.LINE: 8, Setting.HEIGHT: 2}
    values |= {Setting[f"COUNT_{loop}S"]: 1 for loop in LOOPS}
    return values | {Setting[name.upper()]: value for name, value in changed.items()}


def make_piece(**changed):
    fields = {"offset": 0, "x": 0, "y": 0, "length": 1, "row": 0, "block": 0}
    return Piece(**fields | {"opens": True, "closes": True} | changed)


def walk(values):
    """Yield address, x and y of each position of copy 0, by loops inside each other."""
    place = np.array([values[Setting[part]] for part in ("ADDRESS", "X", "Y")])
    before = None
    counts = [range(values[Setting[f"COUNT_{loop}S"]]) for loop in LOOPS]
    for turns in itertools.product(*counts):
        if before is not None:
            # The slowest loop that moved steps; those inside it have begun anew.
            moved = next(n for n in range(4) if turns[n] != before[n])
            steps = [values[Setting[f"{LOOPS[moved]}_{part}"]] for part in ("ADDRESS", "X", "Y")]
            place = place + steps
        before = turns
        yield place.tolist()


def slow_words(memory, values, pieces):
    """Return words and reads as lists, position by position and copy by copy."""
    words, reads = [], []
    for address, x, y in walk(values):
        for copy in range(values[Setting.COPIES]):
            rows = [0] * WORD
            for piece in pieces:
                if piece.opens:
                    rows = [0] * WORD
                read = False
                for n in range(piece.length):
                    at_x = x + piece.x + n
                    at_y = y + copy * values[Setting.COPY_Y] + piece.y
                    inside = 0 <= at_x < values[Setting.LINE] and 0 <= at_y < values[Setting.HEIGHT]
                    where = address + copy * values[Setting.COPY_ADDRESS] + piece.offset + n
                    rows[piece.row + n] = memory[where] if inside else values[Setting.PAD]
                    read = read or inside
                reads.append(read)
                if piece.closes:
                    words.append(list(rows))
    return words, reads


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_words_are_those_read_one_by_one(data):
    line, height = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 4))
    base = data.draw(st.integers(0, 9))
    small = st.integers(-2, 2)
    x, y = data.draw(st.integers(-5, line)), data.draw(st.integers(-2, height))
    changed = {"line": line, "height": height, "address": base + y * line + x, "x": x, "y": y}
    changed |= {"pad": data.draw(st.integers(0, 7)), "copies": data.draw(st.integers(1, 3))}
    changed["copy_y"] = data.draw(small)
    changed["copy_address"] = changed["copy_y"] * line
    for loop in map(str.lower, LOOPS):
        by_x, by_y = data.draw(small), data.draw(small)
        changed |= {f"count_{loop}s": data.draw(st.integers(1, 3)), f"{loop}_x": by_x}
        changed |= {f"{loop}_y": by_y, f"{loop}_address": by_y * line + by_x}
    pieces = []
    for n in range(data.draw(st.integers(1, 4))):
        row, at_x, at_y = (data.draw(st.integers(low, 3)) for low in (0, -3, 0))
        pieces.append(
            make_piece(
                offset=at_y * line + at_x,
                x=at_x,
                y=at_y,
                row=row,
                length=data.draw(st.integers(0, WORD - row)),
                opens=n == 0 or data.draw(st.booleans()),
                closes=data.draw(st.booleans()),
            )
        )
    values = make_settings(**changed)
    memory = np.arange(base + line * height + 9)
    result = words_of(memory, values, pieces, word=WORD)
    words, reads = slow_words(memory, values, pieces)
    assert result.words.reshape(-1, WORD).tolist() == words
    assert result.reads.ravel().tolist() == reads


def test_window_of_a_padded_line():
    # by hand: a line of 3, kernel of 3, padding of 1: the last position has 1 row of padding
    values = make_settings(line=3, height=1, count_columns=3, column_address=1, column_x=1)
    values |= {Setting.ADDRESS: 9, Setting.X: -1, Setting.PAD: 5}
    memory = np.arange(20)
    result = words_of(memory, values, [make_piece(length=3)], word=4)
    assert result.words[:, 0, 0].tolist() == [[5, 10, 11, 0], [10, 11, 12, 0], [11, 12, 5, 0]]


def test_positions_that_do_not_fit_are_refused():
    values = make_settings(count_rows=3, row_address=2**20, address=2**20 - 5)
    with pytest.raises(ValueError, match=r"^Positions must fit 22 bits signed, not 3145723$"):
        positions_of(values)


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        ([make_piece(row=3, length=2)], "Piece 0 must end within 4 rows, not at 5"),
        (
            [make_piece(length=0, opens=False, closes=False), make_piece(opens=False)],
            "Piece 1 must open its word, as none before it does",
        ),
        ([make_piece(offset=30)], "Piece 0 must lie within 20 activations, not at address 30"),
        ([make_piece(offset=-1)], "Piece 0 must lie within 20 activations, not at address -1"),
    ],
)
def test_pieces_out_of_place_are_refused(pieces, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        words_of(np.arange(20), make_settings(), pieces, word=WORD)
