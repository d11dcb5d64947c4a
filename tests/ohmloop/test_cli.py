import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pytest


@pytest.fixture
def chip_file(root, tmp_path):
    """Write a copy of a shipped chip with some lines changed."""

    def chip_file(**lines):
        text = (root / "chips" / "rram_taox_32nm.toml").read_text()
        text = text.partition("[tile]")[0]  # its macro is made smaller than a tile takes
        for key, value in lines.items():
            text, count = re.subn(rf"(?m)^{key} = [^#\n]*", f"{key} = {value} ", text)
            assert count == 1
        path = tmp_path / "chip.toml"
        path.write_text(text)
        return str(path)

    return chip_file


def assert_refused(result, message):
    """The one line on stderr is the message; nothing else was said or left behind."""
    assert result.stderr == f"ohmloop: {message}\n"
    assert result.returncode == 2


def test_sim_alone_lists_the_benches(ohmloop):
    result = ohmloop("sim")
    assert result.returncode == 0
    assert "fc_layer" in result.stdout
    assert "random_layer" in result.stdout


@pytest.mark.parametrize(
    "command",
    [
        "sim",
        "rtl",
        "run",
        "compile",
        "show",
        "layer",
        "doctor",
        "bench",
        "fuzz",
        "replay",
        "netlist",
        "energy",
        "report",
        "regress",
    ],
)
def test_every_command_has_help_with_an_example(ohmloop, command):
    result = ohmloop(command, "--help")
    assert f"Example: ohmloop {command}" in result.stdout


def test_unknown_test_and_engine_name_the_nearest(ohmloop):
    assert_refused(ohmloop("sim", "fc_layr"), "Bench 'fc_layr' is unknown; nearest: fc_layer")
    assert_refused(
        ohmloop("sim", "fc_layer", "--engine", "coco"), "Engine 'coco' is unknown; nearest: cocotb"
    )
    assert_refused(ohmloop("sim", "zzz"), "Bench 'zzz' is unknown; known: fc_layer, random_layer")


def test_activity_is_left_by_the_engine_that_counts_it(ohmloop):
    assert_refused(
        ohmloop("sim", "fc_layer", "--activity"),
        "Engine must be 'native' with '--activity', not 'cocotb'",
    )


def test_windows_that_cannot_be(ohmloop):
    assert_refused(
        ohmloop("sim", "fc_layer", "--window", "1:5"),
        "'--waves' or '--activity' must be given when '--window' is",
    )
    assert_refused(
        ohmloop("sim", "fc_layer", "--waves", "--window", "5"),
        "Window must be A:B with A below B, such as 100:140, not '5'",
    )
    assert_refused(
        ohmloop("sim", "fc_layer", "--waves", "--window", "1:5"),
        "Engine 'cocotb' must watch the whole run, not only cycles 1:5; "
        "use engine 'native' for a window",
    )


def test_limit_ends_a_simulation(ohmloop):
    result = ohmloop("sim", "fc_layer", "--engine", "pysim", "--limit-s", "1")
    assert re.fullmatch(
        r"ohmloop: Simulation of macro 0 did not end within 1 s "
        r"\(\d+ of 100 vectors done, cycle \d+\)\n",
        result.stderr,
    )
    assert result.returncode == 1


def test_layer_that_does_not_fit(ohmloop, chip_file, tmp_path):
    result = ohmloop("sim", "fc_layer", "--chip", chip_file(rows="32", parallel_rows="32"))
    assert_refused(
        result,
        "Chip 'rram_taox_32nm': Layer has 64 inputs, which is more than the 32 rows of the macro",
    )
    assert not (tmp_path / "build" / "cache").exists()


def test_chip_that_breaks_a_rule_names_file_and_key(ohmloop, chip_file):
    path = chip_file(columns="100")
    assert_refused(
        ohmloop("sim", "fc_layer", "--chip", path),
        f"Chip file '{path}': in [macro] columns must be a multiple of columns_per_adc = 8, "
        "not 100",
    )


def test_unknown_device_names_the_nearest(ohmloop, chip_file):
    result = ohmloop("sim", "fc_layer", "--chip", chip_file(device='"taox_hfox"'))
    assert_refused(
        result, "Chip 'rram_taox_32nm': Device 'taox_hfox' is unknown; nearest: taox_hfox_iedm19"
    )


def test_missing_compiler(ohmloop, tmp_path):
    result = ohmloop("sim", "fc_layer", PATH=str(tmp_path))
    assert_refused(
        result,
        "Tool 'g++' was not found in PATH; install it, on Debian: apt-get install g++",
    )


def test_unwritable_build_folder(ohmloop, tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    result = ohmloop("sim", "fc_layer", build_dir=blocked / "build")
    assert result.returncode == 2
    assert result.stderr.startswith(f"ohmloop: Build folder '{blocked}/build/runs/fc_layer' must")
    assert result.stderr.count("\n") == 1


def test_random_layer_is_exact_under_pauses(ohmloop, chip_file, tmp_path):
    chip = chip_file(rows="20", columns="24", parallel_rows="8", columns_per_adc="3")
    result = ohmloop("sim", "random_layer", "--engine", "pysim", "--chip", chip, "--seed", "3")
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "build/runs/random_layer/report.json").read_text())
    ideal, device = report["runs"]
    assert (ideal["case"], ideal["wrong_psums"]) == ("ideal", 0)
    assert device["wrong_psums"] > 0
    assert ideal["layers"][0]["cycles"]["predicted"] is None


def test_interrupt_leaves_no_process_and_no_broken_cache(ohmloop, root, tmp_path):
    build_dir = tmp_path / "build"
    command = [sys.executable, "-c", "from ohmloop.start import main; main()"]
    command += ["sim", "fc_layer", "--build-dir", str(build_dir)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    for _ in range(600):
        if list(build_dir.glob("cache/cocotb-saif/*.tmp-*/new/objects/*.o")):
            break
        time.sleep(0.05)
    else:
        pytest.fail("No compiler was started within 30 s")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert said == b"\nohmloop: interrupted; what was built is kept\n"
    assert process.returncode == 130
    assert not _processes_in(build_dir)
    assert not list(build_dir.glob("cache/cocotb-saif/*.tmp-*"))


def _processes_in(folder):
    """Return the command lines of all processes that mention the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found


def test_second_run_of_a_bench_is_refused_while_the_first_is_active(ohmloop, tmp_path):
    folder = tmp_path / "build" / "runs" / "fc_layer"
    folder.mkdir(parents=True)
    with filelock.FileLock(folder / ".lock"):
        result = ohmloop("sim", "fc_layer", "--engine", "pysim")
    assert_refused(
        result,
        f"Run folder '{folder}' must be used by one run at a time, but another one is active; "
        "wait for it or choose another --build-dir",
    )


def test_markup_in_a_source_is_printed_as_it_is(ohmloop, chip_file):
    chip = chip_file(
        rows="20",
        columns="24",
        parallel_rows="8",
        columns_per_adc="3",
        read_v='{ value = 0.2, source = "assumed: [/x] [b]bold" }',
    )
    result = ohmloop("sim", "random_layer", "--engine", "pysim", "--chip", chip)
    assert "assumed: " not in result.stderr
    assert "[/x] [b]bold" in result.stdout


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_any_command_with_one_line(kind):
    code = (
        "import time, ohmloop.start as start\n"
        "start._run = lambda: (print('ready', flush=True), time.sleep(60))\n"
        "start.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(kind)
    _, said = process.communicate(timeout=30)
    assert said == b"ohmloop: interrupted; what was built is kept\n"
    assert process.returncode == 130
