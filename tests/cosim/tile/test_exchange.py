import json
import re

import numpy as np
import pytest

from cosim.native.tile import Verdict
from cosim.tile.batch import tile_batch
from cosim.tile.ending import Ending
from cosim.tile.exchange import load_batch, load_ending, save_batch, save_ending

SAR = {"kind": "sar", "bits": 4, "step": 4, "zero_code": 8}


@pytest.fixture(scope="module")
def batch(make_case, run_steps):
    case = make_case(SAR, images=1)
    return tile_batch(case.compiled, case.images, run_steps(case)[1])


def test_batch_survives_the_file(batch, tmp_path):
    save_batch(tmp_path / "batch.npz", batch)
    loaded = load_batch(tmp_path / "batch.npz")
    assert (loaded.macro, loaded.patience_cycles) == (batch.macro, batch.patience_cycles)
    np.testing.assert_array_equal(loaded.script, batch.script)
    assert [feed is None for feed in loaded.feeds] == [False, False, False, True, False, False]
    for feed, other in zip(loaded.feeds, batch.feeds, strict=True):
        assert (feed is None) == (other is None)
        for name in ("answers", "trials", "drives", "word_lines") if feed else ():
            np.testing.assert_array_equal(getattr(feed, name), getattr(other, name))


def test_ending_survives_the_file(tmp_path):
    ending = Ending(
        verdict=Verdict.TRIALS, cycle=9, access=3, macro=2, conversions=7, expected=2**900, seen=1
    )
    save_ending(tmp_path / "ending.npz", ending, answers=[2**32 - 1, 0], run_cycles=[5])
    loaded, answers, run_cycles = load_ending(tmp_path / "ending.npz")
    assert loaded == ending
    assert (answers.tolist(), run_cycles.tolist()) == ([2**32 - 1, 0], [5])


DAMAGED = {
    "version": ({"format_version": 2}, {}, "'format_version' must be 1, not 2"),
    "key": ({"macroes": 1}, {}, "in [top level] key 'macroes' is unknown; nearest: macros, macro"),
    "vectors": ({"vectors": {"0": 0}}, {}, "'vectors.0' must be greater than or equal to 1, not 0"),
    "macro": ({"macros": 5}, {}, "macro must be below 5, not 5"),
    "missing": ({}, {"drives_0": None}, "array 'drives_0' is missing"),
    "unknown": (
        {},
        {"drives_3": np.zeros(1)},
        "array 'drives_3' is unknown; nearest: drives_5, drives_4, drives_2",
    ),
    "shape": (
        {},
        {"drives_0": np.zeros((3, 1), np.uint32)},
        "Array 'drives' must have the shape (320, 1), not (3, 1)",
    ),
    "script": (
        {},
        {"script": np.zeros((3, 5), np.uint32)},
        "Array 'script' must have the shape (3, 4), not (3, 5)",
    ),
    "action": (
        {},
        {"script": np.full((1, 4), 3, np.uint32)},
        "action must be at most 2, not 3",
    ),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_file_that_breaks_a_rule(case, batch, tmp_path):
    meta, arrays, message = DAMAGED[case]
    path = tmp_path / "batch.npz"
    save_batch(path, batch)
    with np.load(path) as archive:
        members = dict(archive)
    members["meta"] = np.array(json.dumps(json.loads(str(members["meta"])) | meta))
    members |= arrays
    np.savez(path, **{name: one for name, one in members.items() if one is not None})
    whole = re.escape(f"Tile file '{path}': {message}")
    with pytest.raises(ValueError, match=f"^{whole}$"):
        load_batch(path)


def test_file_that_is_no_archive(tmp_path):
    path = tmp_path / "batch.npz"
    path.write_text("no archive")
    with pytest.raises(ValueError, match=r"^Tile file '.*' cannot be read: "):
        load_batch(path)
