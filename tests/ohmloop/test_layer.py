import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import filelock
import numpy as np
import pytest

from ohmloop.layer_run import random_layer

MAIN = "from ohmloop.start import main; main()"
LIMIT_S = 120

SMALL = {
    "rows": 10,
    "columns": 12,
    "parallel_rows": 4,
    "columns_per_adc": 3,
    "cell_bits": 2,
    "input_bits": 3,
    "weight_bits": 3,
    "reference_level": 2,
}
"""6 outputs per macro, and no size divides another."""


@pytest.fixture
def chip_file(root, tmp_path):
    text = (root / "chips" / "rram_taox_32nm.toml").read_text()
    text = text.partition("[tile]")[0]  # its macro is made smaller than a tile takes
    for key, value in SMALL.items():
        text, count = re.subn(rf"(?m)^{key} = \d+", f"{key} = {value}", text)
        assert count == 1
    path = tmp_path / "small.toml"
    path.write_text(text)
    return path


@pytest.fixture
def command(chip_file, tmp_path):
    """Return the command line of a layer."""

    def command(**options):
        options = {"engine": "pysim", "chip": chip_file, "build_dir": tmp_path, **options}
        words = [
            f"--{key.replace('_', '-')}" + ("" if value is True else f"={value}")
            for key, value in options.items()
            if value is not None
        ]
        return [sys.executable, "-c", MAIN, "layer", *words]

    return command


@pytest.fixture
def layer(command, tmp_path):
    """Run a layer to its end in a process of its own."""

    def layer(**options):
        return subprocess.run(
            command(**options), capture_output=True, text=True, cwd=tmp_path, timeout=LIMIT_S
        )

    return layer


@pytest.fixture
def start(command, tmp_path):
    """Start a layer as the leader of a process group, and clean up after it."""
    started = []

    def start(**options):
        process = subprocess.Popen(
            command(**options),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def report_of(tmp_path, name):
    return json.loads((tmp_path / "runs" / name / "report.json").read_text())


def outputs_hash(tmp_path, name):
    return report_of(tmp_path, name)["runs"][0]["outputs_hash"]


def files(tmp_path, name):
    """Return the finished macros of a run, with the times they were written."""
    folder = tmp_path / "runs" / name / "macros"
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("macro-*.npz")}


def wait_for(condition, what, process=None):
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert process is None or process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, f"{what} did not happen within {LIMIT_S} s"
        time.sleep(0.02)


def offspring(pid):
    """Return all processes below one."""
    found = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            for child in map(int, children.read_text().split()):
                found |= {child} | offspring(child)
    return found


def alive(pids):
    found = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.add(pid)
    return found


def test_ideal_layer_is_exact_and_reported(layer, tmp_path):
    result = layer(inputs=23, outputs=8, vectors=4, workers=2, ideal=True)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    report = report_of(tmp_path, "layer-23x8-ideal")
    (run,) = report["runs"]
    assert report["passed"]
    assert (report["workers"], report["cluster"]) == (2, None)
    assert run["macros"] == {"count": 6, "row_blocks": 3, "column_blocks": 2, "kept": 0}
    assert (run["case"], run["wrong_psums"]) == ("ideal", 0)
    # By hand: 3 bit planes x 3 row groups x 3 columns of an ADC make 27 cycles per vector.
    cycles = run["layers"][0]["cycles"]
    assert cycles["measured"] == cycles["predicted"]
    assert run["layers"][0]["cycles_per_vector"]["measured"] == [27]
    assert run["layers"][0]["conversions"] == 6 * 4 * 27 * 4  # macros, vectors, conversions, lanes
    assert sum(run["layers"][0]["adc_codes"]) == 6 * 4 * 27 * 4
    assert run["cycles_per_s"] > 0
    for word in ("exact", run["outputs_hash"], "6 (3 x 2 blocks)"):
        assert word in result.stdout


def test_hash_is_that_of_the_integer_product(layer, tmp_path, chip_file):
    from hw_spec.chip import read_chip
    from network.split import Split

    assert layer(inputs=12, outputs=7, vectors=3, seed=4, ideal=True).returncode == 0
    work = random_layer(Split(read_chip(chip_file).macro, 12, 7), 3, 4)
    product = work.inputs.astype("<i8") @ work.weights.astype("<i8")
    assert abs(product).max() > 0
    expected = hashlib.sha256(np.ascontiguousarray(product).tobytes()).hexdigest()
    assert outputs_hash(tmp_path, "layer-12x7-ideal") == expected


def test_device_gives_the_same_whatever_the_workers(layer, tmp_path):
    layers = [
        layer(inputs=23, outputs=8, vectors=4, workers=workers, name=f"with-{workers}")
        for workers in (1, 2)
    ]
    assert [one.returncode for one in layers] == [0, 0]
    one, two = (report_of(tmp_path, f"with-{workers}") for workers in (1, 2))
    for report in (one, two):
        del report["wall_s"], report["workers"]
        for key in ("wall_s", "build_s", "cycles_per_s"):
            del report["runs"][0][key]
    assert one == two
    assert one["runs"][0]["wrong_psums"] > 0


def test_second_run_keeps_every_macro(layer, tmp_path):
    layer(inputs=23, outputs=8, vectors=4, workers=2)
    before, first = files(tmp_path, "layer-23x8"), outputs_hash(tmp_path, "layer-23x8")
    result = layer(inputs=23, outputs=8, vectors=4)
    assert result.returncode == 0, result.stderr
    assert files(tmp_path, "layer-23x8") == before
    report = report_of(tmp_path, "layer-23x8")
    assert report["runs"][0]["macros"]["kept"] == 6
    assert report["runs"][0]["cycles_per_s"] is None
    assert report["runs"][0]["outputs_hash"] == first
    assert "nothing was simulated" in result.stdout


def test_wrong_result_of_an_ideal_layer_fails(layer, tmp_path):
    """A kept result that is whole but wrong: what a defect of an engine would look like."""
    name = "layer-12x6-ideal"
    layer(inputs=12, outputs=6, vectors=2, ideal=True)
    path = tmp_path / "runs" / name / "macros" / "macro-000001.npz"
    with np.load(path) as archive:
        members = dict(archive)
    members["psums"][1, 2] += 1
    np.savez(path, **members)
    result = layer(inputs=12, outputs=6, vectors=2, ideal=True)
    assert result.returncode == 1
    assert "FAILED rram_taox_32nm, ideal: psums equal the integer product (1 of 12" in result.stdout
    assert not report_of(tmp_path, name)["passed"]


def kill_after(process, wait):
    """Kill the process of a layer after a wait, and see that its workers go as well."""
    wait()
    below = offspring(process.pid)
    process.kill()
    process.wait(LIMIT_S)
    wait_for(lambda: not alive(below), "the end of all workers")
    return below


BIG = {"inputs": 95, "outputs": 32, "vectors": 4, "workers": 2}  # 10 x 6 macros


def test_killed_run_goes_on_where_it_was(layer, start, tmp_path):
    process = start(name="killed", **BIG)
    below = kill_after(
        process,
        lambda: wait_for(lambda: len(files(tmp_path, "killed")) >= 5, "the fifth macro", process),
    )
    assert len(below) >= 2
    before = files(tmp_path, "killed")
    assert len(before) < 60
    result = layer(name="killed", **BIG)
    assert result.returncode == 0, result.stderr
    after = files(tmp_path, "killed")
    assert len(after) == 60
    assert before.items() <= after.items()
    assert report_of(tmp_path, "killed")["runs"][0]["macros"]["kept"] == len(before)
    layer(name="whole", **BIG)
    assert outputs_hash(tmp_path, "killed") == outputs_hash(tmp_path, "whole")
    folder = tmp_path / "runs" / "killed" / "macros"
    assert {path.name for path in folder.iterdir()} == set(after)


def more_than(tmp_path, name, count):
    return len(files(tmp_path, name)) > count


@pytest.mark.long
def test_run_killed_at_ten_random_moments_loses_nothing(layer, start, tmp_path):
    options = {"inputs": 245, "outputs": 95, "vectors": 4, "workers": 2}  # 25 x 16 macros
    rng, before = np.random.default_rng(7), {}
    for turn in range(10):
        process = start(name="killed", **options)
        if turn % 2:  # some time after the next macro, however slow the machine is
            more = partial(more_than, tmp_path, "killed", len(before))
            wait_for(more, "another macro", process)
        kill_after(process, partial(time.sleep, rng.uniform(0.2, 4 if turn % 2 == 0 else 1)))
        after = files(tmp_path, "killed")
        assert before.items() <= after.items()
        before = after
    assert 0 < len(before) < 400
    result = layer(name="killed", **options)
    assert result.returncode == 0, result.stderr
    assert before.items() <= files(tmp_path, "killed").items()
    assert report_of(tmp_path, "killed")["runs"][0]["macros"]["kept"] == len(before)
    layer(name="whole", **options)
    assert outputs_hash(tmp_path, "killed") == outputs_hash(tmp_path, "whole")


def ctrl_c(process):
    """Do what a terminal does: tell the whole group."""
    os.killpg(process.pid, signal.SIGINT)


def terminate(process):
    process.terminate()


@pytest.mark.parametrize("send", [ctrl_c, terminate])
@pytest.mark.parametrize("busy", [True, False], ids=["at-work", "starting"])
def test_stopped_run_leaves_no_worker_and_says_one_line(send, busy, start, tmp_path):
    process = start(name="stopped", **BIG)
    if busy:
        wait_for(lambda: len(files(tmp_path, "stopped")) >= 3, "the third macro", process)
    else:
        wait_for(lambda: len(offspring(process.pid)) >= 2, "the first worker", process)
    below = offspring(process.pid)
    send(process)
    _, said = process.communicate(timeout=LIMIT_S)
    assert said.strip() == "ohmloop: interrupted; what was built is kept"
    assert process.returncode == 130
    wait_for(lambda: not alive(below), "the end of all workers")


def assert_refused(result, message):
    assert result.stderr == f"ohmloop: {message}\n"
    assert result.returncode == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "nativ"}, "Engine 'nativ' is unknown; nearest: native"),
        (
            {"cluster": "here"},
            "Cluster must be 'slurm' or an address such as tcp://host:8786, not 'here'",
        ),
        ({"name": "../x"}, "Name must be letters, digits, '.', '_' or '-', not '../x'"),
    ],
)
def test_option_that_breaks_a_rule(options, message, layer, tmp_path):
    assert_refused(layer(inputs=12, outputs=6, **options), message)
    assert not (tmp_path / "runs").exists()


def test_cluster_that_is_not_there(layer):
    result = layer(inputs=12, outputs=6, cluster="tcp://127.0.0.1")
    assert_refused(
        result,
        "Cluster 'tcp://127.0.0.1' cannot be reached: missing port number in address '127.0.0.1'",
    )


def test_second_run_of_a_layer_is_refused_while_the_first_is_active(layer, tmp_path):
    folder = tmp_path / "runs" / "layer-12x6"
    folder.mkdir(parents=True)
    with filelock.FileLock(folder / ".lock"):
        result = layer(inputs=12, outputs=6)
    assert result.returncode == 2
    assert "must be used by one run at a time" in result.stderr
