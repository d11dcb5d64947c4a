import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cosim.process import run_logged


def run(code, log, **options):
    command = [sys.executable, "-c", code]
    options = {"limit_s": 20, "subject": "Child", "env": os.environ, **options}
    run_logged(command, log=log, **options)


def alive(pid):
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_log_holds_both_streams(tmp_path):
    log = tmp_path / "log"
    run("import sys; print('out', flush=True); sys.stderr.write('err')", log)
    assert log.read_text() == "out\nerr"


def test_failure_tells_what_was_printed_last(tmp_path):
    with pytest.raises(
        RuntimeError, match=r"^Child failed with status 3; it printed last:\n  almost done$"
    ):
        run("print('almost done'); raise SystemExit(3)", tmp_path / "log")


def test_limit_ends_the_whole_process_group(tmp_path):
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    with pytest.raises(
        TimeoutError, match=r"^Child did not end within 5 s; it printed to '.*log'$"
    ):
        run(code, tmp_path / "log", limit_s=5)
    grandchild = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not alive(grandchild):
            break
        time.sleep(0.05)
    assert not alive(grandchild)


def test_child_gets_no_input(tmp_path):
    run("import sys; assert sys.stdin.read() == ''", tmp_path / "log")


def test_interrupt_ends_the_child(tmp_path):
    pid = tmp_path / "pid"
    inner = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    outer = (
        "import os, sys; from pathlib import Path; from cosim.process import run_logged\n"
        f"run_logged([sys.executable, '-c', {inner!r}], subject='Child', limit_s=60,"
        f" log=Path({str(tmp_path / 'log')!r}), env=os.environ)"
    )
    process = subprocess.Popen([sys.executable, "-c", outer], stderr=subprocess.DEVNULL)
    for _ in range(200):
        if pid.exists() and pid.read_text():
            break
        time.sleep(0.05)
    process.send_signal(2)
    assert process.wait(20) != 0
    assert not alive(int(pid.read_text()))
