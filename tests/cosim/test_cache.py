import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cosim
from cosim import cache

LIMIT_S = 30  # for what takes milliseconds; a lost process fails instead of hanging

# Builds as `root key`: half a file at first, and the rest once the file `go` is there.
BUILDER = """
import sys, time
from pathlib import Path
from cosim import cache

root, key = Path(sys.argv[1]), sys.argv[2]

def build(folder):
    (folder / "model.so").write_text("half")
    with (root / "builds").open("a") as log:
        log.write(key + " ")
    while not (root / "go").exists():
        time.sleep(0.01)
    (folder / "model.so").write_text("whole, by the other process")

print("asks", flush=True)
print(cache.entry(root, "native", key, build), end="")
"""

KEY = cache.key({"top.v": "module top;"})
OTHER = cache.key({"top.v": "module other;"})


@pytest.fixture
def start(tmp_path):
    running = []

    def start(key):
        command = [sys.executable, "-c", BUILDER, str(tmp_path), key]
        place = Path(cosim.__file__).parents[1]
        running.append(subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout.readline() == "asks\n"
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def wait_for(path):
    deadline = time.monotonic() + LIMIT_S
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear within {LIMIT_S} s"
        time.sleep(0.01)


def build(folder):
    (folder / "lib").mkdir()
    (folder / "lib" / "model.so").write_text("whole")


def never(folder):
    raise AssertionError("An entry that is whole was built again")


def left_in(root):
    return sorted(path.name for path in (root / "native").iterdir())


def test_entry_is_built_once_and_found_again(tmp_path):
    folder = cache.entry(tmp_path, "native", KEY, build)
    assert folder == tmp_path / "native" / KEY[:16]
    assert (folder / "lib" / "model.so").read_text() == "whole"
    assert cache.entry(tmp_path, "native", KEY, never) == folder
    assert left_in(tmp_path) == [KEY[:16], f"{KEY[:16]}.lock"]


def test_whole_entry_is_found_in_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    folder = cache.entry(tmp_path, "native", KEY, build)
    monkeypatch.setattr(cache, "writable", never)
    assert cache.entry(tmp_path, "native", KEY, never) == folder


def test_kinds_and_keys_are_apart(tmp_path):
    built = {cache.entry(tmp_path, kind, key, build) for kind in "ab" for key in (KEY, OTHER)}
    assert len(built) == 4


def test_two_processes_build_once(tmp_path, start):
    first = start(KEY)
    wait_for(tmp_path / "builds")
    second = start(KEY)
    time.sleep(0.3)  # without a lock, the second would build by now
    (tmp_path / "go").touch()
    folder = str(tmp_path / "native" / KEY[:16])
    assert first.communicate(timeout=LIMIT_S)[0] == folder
    assert second.communicate(timeout=LIMIT_S)[0] == folder
    assert (tmp_path / "builds").read_text().split() == [KEY]


def test_killed_build_is_not_taken_for_whole(tmp_path, start):
    process = start(KEY)
    wait_for(tmp_path / "builds")
    process.kill()
    process.wait(LIMIT_S)
    assert any(".tmp-" in name for name in left_in(tmp_path))
    folder = cache.entry(tmp_path, "native", KEY, build)
    assert (folder / "lib" / "model.so").read_text() == "whole"


@pytest.mark.parametrize("key", [KEY, OTHER], ids=["same", "other"])
def test_what_a_killed_build_left_goes_at_the_next_build(tmp_path, start, key):
    process = start(KEY)
    wait_for(tmp_path / "builds")
    process.kill()
    process.wait(LIMIT_S)
    cache.entry(tmp_path, "native", key, build)
    assert not any(".tmp-" in name for name in left_in(tmp_path))


def test_running_build_is_left_alone(tmp_path, start):
    process = start(KEY)
    wait_for(tmp_path / "builds")
    cache.entry(tmp_path, "native", OTHER, build)
    (tmp_path / "go").touch()
    process.communicate(timeout=LIMIT_S)
    folder = cache.entry(tmp_path, "native", KEY, never)
    assert (folder / "model.so").read_text() == "whole, by the other process"


def test_build_that_never_ends_elsewhere(tmp_path, start, monkeypatch):
    start(KEY)
    wait_for(tmp_path / "builds")
    monkeypatch.setattr(cache, "WAIT_S", 0.1)
    lock = tmp_path / "native" / f"{KEY[:16]}.lock"
    message = f"Build of 'native/{KEY[:16]}' did not end within 0.1 s (another process holds "
    with pytest.raises(TimeoutError, match=f"^{re.escape(f'{message}{str(lock)!r})')}$"):
        cache.entry(tmp_path, "native", KEY, never)


def truncate(folder):
    (folder / "lib" / "model.so").write_text("who")


def delete(folder):
    (folder / "lib" / "model.so").unlink()


def unmark(folder):
    (folder / "complete.json").unlink()


def break_marker(folder):
    (folder / "complete.json").write_text("{")


@pytest.mark.parametrize("damage", [truncate, delete, unmark, break_marker])
def test_damaged_entry_is_built_again(tmp_path, damage):
    folder = cache.entry(tmp_path, "native", KEY, build)
    damage(folder)
    assert cache.entry(tmp_path, "native", KEY, build) == folder
    assert (folder / "lib" / "model.so").read_text() == "whole"
    assert left_in(tmp_path) == [KEY[:16], f"{KEY[:16]}.lock"]


def test_entry_of_another_key_with_the_same_name_is_built_again(tmp_path):
    cache.entry(tmp_path, "native", KEY, build)
    with pytest.raises(AssertionError, match=r"^An entry that is whole was built again$"):
        cache.entry(tmp_path, "native", KEY[:16] + "0" * 48, never)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_interrupted_build_leaves_nothing(tmp_path, error):
    def interrupted(folder):
        build(folder)
        raise error

    with pytest.raises(error):
        cache.entry(tmp_path, "native", KEY, interrupted)
    assert left_in(tmp_path) == [f"{KEY[:16]}.lock"]
    cache.entry(tmp_path, "native", KEY, build)


def test_cache_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    room = tmp_path / "file" / "cache" / "native"
    message = f"Build folder {str(room)!r} must be a folder that can be written (Not a directory)"
    with pytest.raises(NotADirectoryError, match=f"^{re.escape(message)}$"):
        cache.entry(tmp_path / "file" / "cache", "native", KEY, build)


def test_order_of_parts_does_not_matter():
    assert cache.key({"a": "1", "b": b"2"}) == cache.key({"b": b"2", "a": "1"})


@pytest.mark.parametrize(
    "other",
    [{"a": "1"}, {"a": "1", "b": "3"}, {"a": "1b2"}, {"ab": "12"}, {"a": "1", "b": b"2"}, {}],
)
def test_different_parts_have_different_keys(other):
    assert cache.key(other) != cache.key({"a": "1", "b": "2"})


def test_key_of_a_number():
    message = r"^Part 'seed' of a build key must be text or bytes, not 1$"
    with pytest.raises(TypeError, match=message):
        cache.key({"seed": 1})
