import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.pieces import (
    Layout,
    Tap,
    matrix_pieces,
    row_blocks,
    vector_pieces,
    window_taps,
)


def layout(height=9, width=8, channels=3, pitch=None):
    return Layout(
        height=height, width=width, channels=channels, pitch=pitch or channels, address=100
    )


def brief(pieces):
    return [(p.offset, p.x, p.y, p.length, p.row, p.block, p.opens, p.closes) for p in pieces]


def test_pieces_run_across_the_columns_of_a_dense_map():
    # A line of the window is 3 pixels x 3 channels = 9 activations; lines lie 24 apart.
    blocks = row_blocks((2, 3), 3, 8, "conventional")
    assert blocks == [range(0, 8), range(8, 16), range(16, 18)]
    assert brief(matrix_pieces(layout(), (2, 3), blocks)) == [
        (0, 0, 0, 8, 0, 0, True, True),
        (8, 8, 0, 1, 0, 1, True, False),
        (24, 0, 1, 7, 1, 1, False, True),
        (31, 7, 1, 2, 0, 2, True, True),
    ]


def test_pieces_stop_where_other_tensors_lie_between_pixels():
    blocks = row_blocks((1, 2), 3, 8, "conventional")
    assert brief(matrix_pieces(layout(pitch=5), (1, 2), blocks)) == [
        (0, 0, 0, 3, 0, 0, True, False),
        (5, 5, 0, 3, 3, 0, False, True),
    ]


def test_kernel_mapping_never_mixes_positions():
    assert row_blocks((1, 2), 5, 4, "kernel") == [
        range(0, 4),
        range(4, 5),
        range(5, 9),
        range(9, 10),
    ]
    assert row_blocks((2, 1), 3, 4, "kernel") == [range(0, 3), range(3, 6)]


@settings(deadline=None)
@given(
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    channels=st.integers(1, 20),
    gap=st.integers(0, 2),
    rows=st.sampled_from([1, 4, 8, 16]),
    mapping=st.sampled_from(["conventional", "kernel"]),
)
def test_fewest_pieces_gather_every_window(kernel, channels, gap, rows, mapping):
    source = layout(channels=channels, pitch=channels + gap)
    want = [
        (y * source.line + x * source.pitch + c, y)
        for y in range(kernel[0])
        for x in range(kernel[1])
        for c in range(channels)
    ]
    blocks = row_blocks(kernel, channels, rows, mapping)
    pieces = matrix_pieces(source, kernel, blocks)
    assert [row for block in blocks for row in block] == list(range(len(want)))
    assert [p.block for p in pieces] == sorted(p.block for p in pieces)
    for number, block in enumerate(blocks):
        parts = [p for p in pieces if p.block == number]
        have = [(p.offset + i, p.y) for p in parts for i in range(p.length)]
        assert have == [want[row] for row in block]
        assert all(p.offset == p.y * source.line + p.x for p in parts)
        assert [p.row for p in parts] == np.cumsum([0] + [p.length for p in parts])[:-1].tolist()
        assert [p.opens for p in parts] == [True] + [False] * (len(parts) - 1)
        assert [p.closes for p in parts] == [False] * (len(parts) - 1) + [True]
        breaks = sum(b != (a[0] + 1, a[1]) for a, b in itertools.pairwise(have))
        assert len(parts) == 1 + breaks


def test_a_pool_has_one_piece_per_tap_and_word():
    taps = window_taps(layout(channels=10, pitch=12), (2, 2), [4, 5])
    pieces = vector_pieces(10, 8, taps)
    fields = [(p.offset, p.x, p.y, p.length, p.block, p.begins, p.ends) for p in pieces]
    assert fields == [
        (0, 0, 0, 8, 4, True, False),
        (12, 12, 0, 8, 4, False, False),
        (96, 0, 1, 8, 4, False, False),
        (108, 12, 1, 8, 4, False, True),
        (8, 8, 0, 2, 5, True, False),
        (20, 20, 0, 2, 5, False, False),
        (104, 8, 1, 2, 5, False, False),
        (116, 20, 1, 2, 5, False, True),
    ]
    assert all(p.opens and p.closes and p.row == 0 for p in pieces)


@pytest.mark.parametrize("channels", [1, 8, 9])
def test_a_single_tap_begins_and_ends(channels):
    pieces = vector_pieces(channels, 8, [Tap(offset=-5, x=0, y=0, scales=[0, 0])])
    assert all(p.begins and p.ends for p in pieces)
    assert [p.offset for p in pieces] == [-5, 3][: len(pieces)]
    assert sum(p.length for p in pieces) == channels
