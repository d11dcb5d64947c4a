import dataclasses
import json
import pickle
import re
import zipfile

import numpy as np
import pytest

from behavioral.device import PRESETS
from cosim.exchange import FORMAT_VERSION, load_job, load_outcome, save_job, save_outcome
from cosim.job import MacroRun, Pauses, Timetable


def test_job_survives_the_file(make_chip, make_job, tmp_path):
    job = make_job(make_chip(adc={"kind": "sar"}), pauses=Pauses(inputs=0.25, seed=9))
    job = dataclasses.replace(job, read_noise=False, macro=3)
    save_job(tmp_path / "job.npz", job)
    loaded = load_job(tmp_path / "job.npz")
    for name in ("levels", "inputs"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(job, name))
        assert getattr(loaded, name).dtype == getattr(job, name).dtype
    rest = {field.name for field in dataclasses.fields(job)} - {"levels", "inputs"}
    for name in rest:
        assert getattr(loaded, name) == getattr(job, name)


def test_timetable_comes_back(make_chip, make_job, tmp_path):
    job = make_job(make_chip(beat_rows=10), vectors=2)
    table = Timetable(loads=np.array([0, 5]), starts=np.array([2, 40]), cycles=100)
    save_job(tmp_path / "job.npz", dataclasses.replace(job, timetable=table))
    loaded = load_job(tmp_path / "job.npz").timetable
    assert (loaded.loads.tolist(), loaded.starts.tolist(), loaded.cycles) == ([0, 5], [2, 40], 100)


@pytest.fixture
def rewritten(make_chip, make_job, tmp_path):
    """Return a function that writes a job file with some of its content changed."""

    def rewritten(*, meta=(), arrays=()):
        path = tmp_path / "job.npz"
        save_job(path, make_job(make_chip()))
        with np.load(path) as archive:
            members = dict(archive)
        tree = json.loads(str(members["meta"])) | dict(meta)
        members["meta"] = np.array(json.dumps({k: v for k, v in tree.items() if v is not None}))
        members |= dict(arrays)
        np.savez(path, **{name: one for name, one in members.items() if one is not None})
        return path

    return rewritten


def assert_refused(path, message):
    whole = re.escape(f"Job file '{path}'{message}")
    with pytest.raises(ValueError, match=f"^{whole}$"):
        load_job(path)


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"format_version": FORMAT_VERSION + 1}, "'format_version' must be 2, not 3"),
        ({"format_version": None}, "'meta' must be JSON with a 'format_version'"),
        ({"seed": -1}, "'seed' must be greater than or equal to 0, not -1"),
        ({"seed": "1"}, "'seed' must be a valid integer, not '1'"),
        ({"macro": None}, "key 'macro' is missing"),
        ({"macros": 1}, "in [top level] key 'macros' is unknown; nearest: macro"),
        ({"ideal": 1}, "'ideal' must be a valid boolean, not 1"),
        (
            {"pauses": {"inputs": 1.5, "psums": 0, "seed": 0}},
            "'pauses.inputs' must be less than or equal to 1, not 1.5",
        ),
        ({"chip": 3}, "'chip' must be an object, not 3"),
    ],
)
def test_meta_that_breaks_a_rule(rewritten, meta, message):
    assert_refused(rewritten(meta=meta), f": {message}")


def test_chip_of_the_file_is_validated(rewritten, make_chip):
    chip = make_chip().model_dump()
    path = rewritten(meta={"chip": chip | {"device": "tin"}})
    known = "known: " + ", ".join(device.name for device in PRESETS)
    assert_refused(path, f": Device 'tin' is unknown; {known}")
    path = rewritten(meta={"chip": chip | {"macro": chip["macro"] | {"rows": 0}}})
    assert_refused(path, ": 'chip.macro.rows' must be greater than or equal to 1, not 0")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"levels": None}, "array 'levels' is missing"),
        ({"level": np.zeros(1)}, "array 'level' is unknown; nearest: levels"),
        ({"meta": np.array("{")}, "'meta' must be JSON with a 'format_version'"),
        ({"meta": np.array("[" * 100_000)}, "'meta' must be JSON with a 'format_version'"),
        ({"levels": np.zeros((10, 12))}, "Levels must be of uint8, not float64"),
        (
            {"levels": np.zeros((12, 10), np.uint8)},
            "Levels must have the shape of the macro (10, 12), not (12, 10)",
        ),
        ({"levels": np.full((10, 12), 4, np.uint8)}, "Levels must be between 0 and 3, not 4"),
        ({"inputs": np.full((1, 10), 8)}, "Inputs must be between 0 and 7, not 8"),
        ({"inputs": np.zeros((1, 10))}, "Inputs must be integers, not float64"),
    ],
)
def test_arrays_that_break_a_rule(rewritten, arrays, message):
    assert_refused(rewritten(arrays=arrays), f": {message}")


def test_damaged_and_foreign_files(rewritten, tmp_path):
    path = rewritten()
    whole = path.read_bytes()
    for damaged in (b"", b"hello", whole[: len(whole) // 2], pickle.dumps([1])):
        path.write_bytes(damaged)
        assert_refused(path, " cannot be read: File is not a zip file")
    path.write_bytes(whole.replace(b"\x93NUMPY", b"\x93NUMPX", 1))
    with pytest.raises(ValueError, match=rf"^Job file '{path}' cannot be read: .*$"):
        load_job(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "a zip of something else")
    assert_refused(path, ": array 'meta' is missing")


def test_pickles_are_not_run(rewritten, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    path = rewritten(arrays={"levels": np.array([Bomb()], dtype=object)})
    message = " cannot be read: Object arrays cannot be loaded when allow_pickle=False"
    assert_refused(path, message)
    assert not (tmp_path / "exploded").exists()


def test_result_survives_the_file(tmp_path):
    run = MacroRun(
        psums=np.array([[-(2**40), 5]]),
        done_cycles=np.array([77]),
        conversions=24,
        code_counts=np.array([2**40, 0]),
        array_j=1.25e-12,
        toggles={"macro.adc.armed": 2**40, "macro.a": 0},
    )
    save_outcome(tmp_path / "outcome.npz", run)
    loaded = load_outcome(tmp_path / "outcome.npz")
    np.testing.assert_array_equal(loaded.psums, run.psums)
    np.testing.assert_array_equal(loaded.code_counts, run.code_counts)
    assert (loaded.cycles, loaded.conversions, loaded.array_j) == (77, 24, 1.25e-12)
    assert loaded.toggles == run.toggles


@pytest.mark.parametrize("kind", [TimeoutError, ValueError])
def test_failure_is_raised_again(kind, tmp_path):
    save_outcome(tmp_path / "outcome.npz", kind("stuck at 3"))
    with pytest.raises(kind, match=r"^stuck at 3$"):
        load_outcome(tmp_path / "outcome.npz")
