import numpy as np
import pytest

from behavioral.vector import vector_results
from hw_spec.program import Kind, Piece

SCALES = np.array([[(3, 10), (-1, -7)], [(4, 100), (2, 100)]])


def piece(block=0, **flags):
    fields = {"offset": 0, "x": 0, "y": 0, "length": 0, "row": 0, "opens": True, "closes": True}
    return Piece(**fields | flags, block=block)


LIST = [
    piece(begins=True),
    piece(closes=False),
    piece(1, ends=True),
    piece(1, begins=True, ends=True),
]


@pytest.mark.parametrize(
    ("kind", "shift", "results"),
    [
        # by hand, lane 0: 10 + 2*3 + 5*4 = 36, 100 + 1*4; lane 1: -7 - 3 + 6*2 = 2, 100 + 1*2
        (Kind.SUM, 0, [[36, 2], [104, 102]]),
        (Kind.SUM, 2, [[9, 1], [26, 26]]),  # 25.5 rounds up
        (Kind.MAXIMUM, 0, [[5, 6], [1, 1]]),
        (Kind.MAXIMUM, 1, [[3, 3], [1, 1]]),
    ],
)
def test_words_of_a_list_give_its_results(kind, shift, results):
    words = np.array([[2, 3], [5, 6], [1, 1]])
    stacked = np.stack([words, words])[:, None]
    found = vector_results(stacked, LIST, SCALES, kind=kind, shift=shift, bits=7)
    assert found.tolist() == [[results], [results]]


def test_results_saturate():
    words = np.array([[2, 9]])
    one = [piece(begins=True, ends=True)]
    assert vector_results(words, one, SCALES, kind=Kind.SUM, shift=0, bits=4).tolist() == [[15, 0]]


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [piece(ends=True)],
        [piece(begins=True)],
        [piece(begins=True, ends=True), piece(closes=False)],
    ],
)
def test_list_that_leaves_a_result_open_is_refused(pieces):
    with pytest.raises(ValueError, match=r"^A list of the vector unit must begin, and its last"):
        vector_results(np.ones((1, 2)), pieces, SCALES, kind=Kind.SUM, shift=0, bits=4)
