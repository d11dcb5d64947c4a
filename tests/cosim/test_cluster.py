import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from cosim import cluster
from cosim.cluster import check_cluster, connect
from cosim.farm import run_farm
from cosim.layer import LayerMacro, save_layer
from cosim.source import edition

LIMIT_S = 60

WITHOUT_OHMLOOP = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == "cosim":
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Absent())
"""

SBATCH = """#!/bin/bash
# Stands in for SLURM: runs a copy of the job script here, in a process group of its own.
setsid bash -c "$(<"$1")" >>"$0.log" 2>&1 </dev/null &
echo "Submitted batch job $!"
"""

SCANCEL = """#!/bin/bash
for job in "$@"; do echo "$job" >>"$0.log"; kill -TERM -- "-$job"; done
"""


@pytest.fixture
def start(root, tmp_path):
    """Start a part of Dask as a process of its own, as its users do."""
    started = []

    def start(module, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.{module}", *map(str, arguments)]
        with (tmp_path / f"{module}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
        started.append(process)
        return process

    yield start
    for process in reversed(started):
        process.terminate()
        process.wait(LIMIT_S)


@pytest.fixture
def address():
    """Address that is free."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"tcp://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def scheduler(start, address):
    port = address.rpartition(":")[2]
    where = ["--host", "127.0.0.1", "--port", port, "--dashboard-address", "127.0.0.1:0"]
    return start("dask_scheduler", *where, "--no-dashboard")


@pytest.fixture
def worker(start, address, scheduler, tmp_path):
    def worker(*arguments):
        where = [address, "--nthreads", 1, "--no-dashboard", "--local-directory", tmp_path]
        return start("dask_worker", *where, *arguments)

    return worker


@pytest.fixture
def farm(make_chip, tmp_path, build_dir):
    """Run a layer of 2 x 2 macros."""

    def farm(vectors=2, **options):
        rng = np.random.default_rng(4)
        weights = rng.integers(-4, 4, (12, 7), dtype=np.int16)
        inputs = rng.integers(0, 8, (vectors, 12), dtype=np.uint16)
        files = save_layer(tmp_path, weights, inputs)
        sources = [
            LayerMacro(
                chip=make_chip(),
                ideal=False,
                seed=1,
                weights=files[0],
                inputs=files[1],
                macro=macro,
            )
            for macro in range(4)
        ]
        options = {"workers": 2, "engine_name": "pysim", "limit_s": LIMIT_S, **options}
        folder = tmp_path / "macros"
        return run_farm(sources, folder, build_dir=build_dir, **options)

    return farm


def test_cluster_of_processes_started_by_hand(worker, farm, address):
    worker("--name", "a")
    worker("--name", "b")
    with farm(cluster=address) as results:
        assert sorted(one.macro for one in results) == [0, 1, 2, 3]
    with farm() as results:
        assert all(one.kept for one in results)


def test_worker_without_ohmloop_is_refused_and_lives_on(worker, farm, address, tmp_path):
    (tmp_path / "absent.py").write_text(WITHOUT_OHMLOOP)
    process = worker("--preload", tmp_path / "absent.py")
    message = r"^Worker 'tcp://.*' must have Ohmloop .*, not .*No module named .*cosim"
    for _ in range(2):
        with pytest.raises(ValueError, match=message), farm(cluster=address) as results:
            list(results)
    assert process.poll() is None


def test_worker_with_other_sources_is_refused(worker, farm, address, monkeypatch):
    worker()
    there = edition()
    monkeypatch.setattr("cosim.source.sources_hash", lambda: "f" * 64)
    message = f"' must have {edition()}, not {there}"
    with (
        pytest.raises(ValueError, match=f"{re.escape(message)}$"),
        farm(cluster=address) as results,
    ):
        list(results)


def test_cluster_that_is_lost_on_the_way(scheduler, worker, farm, address):
    worker()
    with farm(vectors=100, cluster=address) as results:
        next(results)
        scheduler.kill()
        message = r"^Cluster was lost on the way; the macros that are done are kept$"
        with pytest.raises(RuntimeError, match=message):
            list(results)


def test_no_worker_comes_up(scheduler, farm, address, monkeypatch):
    monkeypatch.setattr(cluster, "START_S", 1)
    message = r"^No worker came up within 1 s$"
    with pytest.raises(TimeoutError, match=message), farm(cluster=address) as results:
        list(results)


@pytest.mark.long
def test_last_worker_is_lost(worker, farm, address, monkeypatch):
    process = worker("--no-nanny")
    monkeypatch.setattr(cluster, "START_S", 10)
    monkeypatch.setattr("cosim.farm.POLL_S", 0.5)
    with farm(vectors=100, cluster=address) as results:
        next(results)
        process.kill()
        message = r"^No worker was left for 10 s \(macros [0-3]"
        with pytest.raises(TimeoutError, match=message):
            list(results)


def test_address_without_scheduler(farm, address, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_S", 1)
    message = f"^Cluster '{address}' cannot be reached: Timed out trying to connect to {address}"
    with pytest.raises(ConnectionError, match=message), farm(cluster=address) as results:
        list(results)


def test_workers_of_this_machine_have_a_memory_limit_and_one_thread(tmp_path):
    with connect(None, workers=2, folder=tmp_path) as client:
        client.wait_for_workers(2, timeout=LIMIT_S)
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        assert [one["nthreads"] for one in workers] == [1, 1]
        assert [one["memory_limit"] for one in workers] == [2 * 2**30] * 2
        assert all(one["host"] == "127.0.0.1" for one in workers)


def test_signal_is_held_back_until_the_cluster_is_whole():
    seen = []

    def interrupted():
        with cluster.signals_held():
            signal.raise_signal(signal.SIGINT)
            seen.append("whole")
        seen.append("too late")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert seen == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_signals_are_left_alone_in_other_threads():
    thread = threading.Thread(target=lambda: cluster.signals_held().__enter__())
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_workers_come_from_sbatch_and_go_with_scancel(farm, root, tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in {"sbatch": SBATCH, "scancel": SCANCEL}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setattr(cluster, "QUEUE_S", LIMIT_S)
    with farm(cluster="slurm") as results:
        assert sorted(one.macro for one in results) == [0, 1, 2, 3]
    cancelled = (tools / "scancel.log").read_text().split()
    assert len(cancelled) == 2
    deadline = time.monotonic() + LIMIT_S
    while any(group_lives(int(job)) for job in cancelled):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def group_lives(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_slurm_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    message = r"^Tool 'sbatch' was not found in PATH; run this where SLURM takes jobs$"
    with pytest.raises(FileNotFoundError, match=message):
        check_cluster("slurm")


def test_package_for_slurm_that_is_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask_jobqueue", None)
    message = (
        r"^Python package 'dask-jobqueue' was not found; install it: pip install dask-jobqueue$"
    )
    with pytest.raises(FileNotFoundError, match=message):
        check_cluster("slurm")


@pytest.mark.parametrize("name", ["", "slurmy", "localhost:8786", "http://host:80"])
def test_name_that_is_no_cluster(name):
    message = rf"^Cluster must be 'slurm' or an address such as tcp://host:8786, not '{name}'$"
    with pytest.raises(ValueError, match=message):
        check_cluster(name)
