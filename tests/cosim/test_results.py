import dataclasses
import signal
import subprocess
import sys

import numpy as np
import pytest

from cosim.job import MacroRun, Pauses
from cosim.results import job_key, load_run, save_run, sweep

KEY = "3f2a"


@pytest.fixture
def result():
    return MacroRun(
        psums=np.array([[-(2**40), 5], [6, 7]]),
        done_cycles=np.array([77, 104]),
        conversions=24,
        code_counts=np.array([2**40, 3]),
        array_j=1.1e-12 / 3,
        toggles={"macro.a": 7, "macro.b": 2**40},
    )


def assert_same(one, other):
    np.testing.assert_array_equal(one.psums, other.psums)
    np.testing.assert_array_equal(one.done_cycles, other.done_cycles)
    np.testing.assert_array_equal(one.code_counts, other.code_counts)
    assert (one.conversions, one.array_j, one.toggles) == (
        other.conversions,
        other.array_j,
        other.toggles,
    )


@pytest.mark.parametrize("counted", [True, False])
def test_result_survives_the_file(counted, result, tmp_path):
    result = result if counted else dataclasses.replace(result, toggles={})
    save_run(tmp_path / "run.npz", KEY, result)
    assert_same(load_run(tmp_path / "run.npz", KEY), result)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_result_of_another_key_is_not_taken(result, tmp_path):
    save_run(tmp_path / "run.npz", KEY, result)
    assert load_run(tmp_path / "run.npz", "3f2b") is None


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def halve(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    content = bytearray(path.read_bytes())
    content[content.index(b"\x05" + bytes(7))] ^= 1  # the psum 5
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def text(path):
    path.write_text("not a result")


def array(path):
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def other_archive(path):
    np.savez(path, psums=np.zeros(3))


def objects(path):
    np.savez(path, meta=np.array([{"key": KEY}], dtype=object))


def delete(path):
    path.unlink()


def folder(path):
    path.unlink()
    path.mkdir()


DAMAGES = [cut, halve, flip, empty, text, array, other_archive, objects, delete, folder]


@pytest.mark.parametrize("damage", DAMAGES)
def test_file_that_is_not_whole_is_not_taken(damage, result, tmp_path):
    save_run(tmp_path / "run.npz", KEY, result)
    damage(tmp_path / "run.npz")
    assert load_run(tmp_path / "run.npz", KEY) is None


def test_writer_killed_half_way_leaves_the_old_result(result, root, tmp_path):
    path = tmp_path / "run.npz"
    save_run(path, KEY, result)
    code = (
        "import os, signal, sys; from pathlib import Path; import numpy as np\n"
        "from cosim import results; from cosim.job import MacroRun\n"
        "save = np.savez\n"
        "def half(file, **arrays):\n"
        "    save(file, **arrays); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
        "np.savez = half\n"
        "one = np.ones((1, 1))\n"
        "run = MacroRun(psums=one, done_cycles=one[0], code_counts=one[0],\n"
        "    conversions=1, array_j=0.0, toggles={})\n"
        f"results.save_run(Path({str(path)!r}), 'new', run)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=root, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert_same(load_run(path, KEY), result)
    assert len(list(tmp_path.iterdir())) == 2
    sweep(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["run.npz"]


def test_failed_writer_leaves_nothing(result, tmp_path, monkeypatch):
    def fail(*args, **arrays):
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match=r"^disk full$"):
        save_run(tmp_path / "run.npz", KEY, result)
    assert not list(tmp_path.iterdir())


def test_key_depends_on_everything_a_result_depends_on(make_chip, make_job, monkeypatch):
    job = make_job(make_chip())
    levels, inputs = job.levels.copy(), job.inputs.copy()
    levels[0, 0] ^= 1
    inputs[0, 0] ^= 1
    others = [
        dataclasses.replace(job, chip=make_chip(columns_per_adc=6)),
        dataclasses.replace(job, chip=make_chip(device="intel_rram_iedm19")),
        dataclasses.replace(job, ideal=True),
        dataclasses.replace(job, read_noise=False),
        dataclasses.replace(job, levels=levels),
        dataclasses.replace(job, inputs=inputs),
        dataclasses.replace(job, inputs=job.inputs[:-1]),
        dataclasses.replace(job, seed=6),
        dataclasses.replace(job, macro=1),
        dataclasses.replace(job, pauses=Pauses(inputs=0.1)),
        dataclasses.replace(job, pauses=Pauses(seed=1)),
    ]
    keys = [job_key(one, engine_name="pysim", rtl_hash="a") for one in [job, *others]]
    keys.append(job_key(job, engine_name="native", rtl_hash="a"))
    keys.append(job_key(job, engine_name="pysim", rtl_hash="b"))
    monkeypatch.setattr("cosim.results.sources_hash", lambda: "other sources")
    keys.append(job_key(job, engine_name="pysim", rtl_hash="a"))
    assert len(set(keys)) == len(keys)


def test_key_does_not_depend_on_how_arrays_lie_in_memory(make_chip, make_job):
    job = make_job(make_chip())
    other = dataclasses.replace(
        job, levels=np.asfortranarray(job.levels), inputs=job.inputs.astype(np.uint8)
    )
    assert job_key(job, engine_name="pysim", rtl_hash="a") == job_key(
        other, engine_name="pysim", rtl_hash="a"
    )
