"""Buffers: wrong ones are refused before the library is entered."""

import dataclasses
import re

import numpy as np
import pytest

from cosim.native.batch import batch
from cosim.native.library import macro_loop


@pytest.fixture
def job(make_chip, make_job):
    return make_job(make_chip(), vectors=2)


@pytest.fixture
def work(job):
    return batch(job, np.zeros((2, 3, 3, 12), np.uint8))


# By hand, for 2 vectors of the small macro: 3 planes, 3 groups, 3 columns; 10 rows of 3 bits, one
# per beat; 4 lanes of 4 bits.
SHAPES = {
    "row_beat_words": (20, 1),
    "answers": (54, 1),
    "drives": (18, 1),
    "word_lines": (1, 1),
}


@pytest.mark.parametrize("name", SHAPES)
def test_array_of_another_shape(work, name):
    shape = SHAPES[name]
    longer = np.zeros((shape[0] + 1, 1), np.uint32)
    message = f"Array '{name}' must have the shape {shape}, not {longer.shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        dataclasses.replace(work, **{name: longer})


@pytest.mark.parametrize("name", SHAPES)
def test_array_of_another_type(work, name):
    with pytest.raises(TypeError, match=rf"^Array '{name}' must be of uint32, not int32$"):
        dataclasses.replace(work, **{name: np.zeros(SHAPES[name], np.int32)})


@pytest.mark.parametrize("name", ["row_beat_words", "answers", "drives"])
def test_array_with_holes(work, name):
    rows, words = SHAPES[name]
    holes = np.zeros((rows, 2 * words), np.uint32)[:, ::2]
    with pytest.raises(TypeError, match=rf"^Array '{name}' must be contiguous, not strided by "):
        dataclasses.replace(work, **{name: holes})


@pytest.mark.parametrize(
    ("psums", "done_cycles", "message"),
    [
        ((11, 1), (2,), r"Array 'psums' must have the shape \(12, 1\), not \(11, 1\)"),
        ((12, 1), (3,), r"Array 'done_cycles' must have the shape \(2,\), not \(3,\)"),
    ],
)
def test_result_of_another_shape(work, psums, done_cycles, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        work.struct(np.zeros(psums, np.uint32), np.zeros(done_cycles, np.int64))


def test_codes_of_another_shape(job):
    with pytest.raises(
        ValueError, match=r"^Codes must have the shape \(2, 3, 3, 12\), not \(2, 3, 3, 4\)$"
    ):
        batch(job, np.zeros((2, 3, 3, 4), np.uint8))


def test_pauses_shorter_than_the_cycles(work, job, library):
    with (
        macro_loop(library(job), work) as loop,
        pytest.raises(ValueError, match=r"^Array 'pauses' must have the shape \(9,\), not \(8,\)$"),
    ):
        loop.turn(9, pauses=np.zeros(8, np.uint8), watched=False)
