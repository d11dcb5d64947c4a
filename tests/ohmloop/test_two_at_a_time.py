import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ohmloop.two_at_a_time import two_at_a_time


def test_two_run_at_the_same_time_and_the_first_begin_first():
    both, begun = threading.Barrier(2, timeout=10), []

    def make(number):
        begun.append(number)
        if number < 3:
            both.wait()
        return 10 * number

    made = two_at_a_time(make, {"b": 1, "a": 2, "c": 3})
    assert list(made.items()) == [("b", 10), ("a", 20), ("c", 30)]
    assert sorted(begun[:2]) == [1, 2]


def test_error_is_raised_when_all_are_done():
    done = []

    def make(number):
        if number == 1:
            raise ValueError("One must not be")
        time.sleep(0.05)
        done.append(number)

    with pytest.raises(ValueError, match=r"^One must not be$"):
        two_at_a_time(make, {"a": 1, "b": 2, "c": 3})
    assert sorted(done) == [2, 3]


ENDLESS = """
import sys
from pathlib import Path
from cosim.process import run_logged
from ohmloop.two_at_a_time import two_at_a_time

def make(name):
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    run_logged([sys.executable, "-c", code], subject=name, log=Path(name), limit_s=60, env={})

two_at_a_time(make, {"a": "a", "b": "b", "c": "c"})
"""


def test_interrupt_ends_the_program_and_what_it_started(tmp_path):
    program = subprocess.Popen(
        [sys.executable, "-c", ENDLESS], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    logs = [tmp_path / "a", tmp_path / "b"]
    limit = time.monotonic() + 20
    while not all(log.exists() and log.read_text().endswith("\n") for log in logs):
        assert time.monotonic() < limit, "nothing was started within 20 s"
        time.sleep(0.02)
    program.send_signal(signal.SIGINT)
    program.wait(10)
    assert not (tmp_path / "c").exists()
    limit = time.monotonic() + 10
    for log in logs:
        while _runs(int(log.read_text())):
            assert time.monotonic() < limit, "a process was left behind"
            time.sleep(0.02)


def _runs(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # which waits for nothing but its parent
