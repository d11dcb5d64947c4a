"""The command with cases that run, in processes of their own."""

import json
import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from ohmloop.regress.record import Golden, write_golden

LIMIT_S = 100
MAIN = "import sys; sys.path.insert(0, {!r}); import fakes; fakes.run()"
NAMES = ("cnn-a", "cnn-b", "mlp-a")


@pytest.fixture
def work(root, make_list, make_record, tmp_path):
    """Functions that tell cases what to do, start the command, and run it to its end."""
    path = make_list(*NAMES, limit_s=LIMIT_S)
    main = MAIN.format(str(root / "tests" / "ohmloop" / "regress"))
    record = make_record()
    write_golden(path.with_name("golden.json"), Golden(cases=dict.fromkeys(NAMES, record)))
    started = []

    def tell(**cases):
        result = {"record": record.model_dump(mode="json")}
        told = {name: result | cases.get(name.replace("-", "_"), {}) for name in NAMES}
        path.with_name("fakes.json").write_text(json.dumps(told))

    def start(*options):
        command = [sys.executable, "-c", main, "regress", "--list", path, *options]
        process = subprocess.Popen(
            [*command, "--build-dir", tmp_path / "build"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=root,
            start_new_session=True,
        )
        started.append(process)
        return process

    def run(*options):
        process = start(*options)
        out, err = process.communicate(timeout=LIMIT_S)
        return SimpleNamespace(status=process.returncode, out=out, err=err)

    def ran():
        """Return the cases that have begun since the last call."""
        file = path.with_name("ran.txt")
        names = file.read_text().split() if file.exists() else []
        file.unlink(missing_ok=True)
        return sorted(names)

    tell()
    folder = tmp_path / "build" / "regress"
    yield SimpleNamespace(path=path, folder=folder, tell=tell, start=start, run=run, ran=ran)
    for process in started:
        process.kill()
        process.communicate()


def kept(work):
    return sorted(path.stem for path in (work.folder / "cases").glob("*.json"))


def outcomes(work):
    root = ElementTree.parse(work.folder / "junit.xml").getroot()
    return {
        test.get("name"): [one.get("message") for one in test] for test in root.iter("testcase")
    }


def test_cases_run_once_and_are_kept(work):
    result = work.run("--jobs", "2")
    assert (result.status, result.err) == (0, "")
    assert work.ran() == sorted(NAMES)
    files = {path.name: path.read_bytes() for path in work.folder.glob("*.*")}
    again = work.run("--jobs", "1")
    assert again.status == 0
    assert again.out.count("kept from before") == 3
    assert work.ran() == []
    assert {path.name: path.read_bytes() for path in work.folder.glob("*.*")} == files
    assert work.run("--fresh", "--filter", "cnn").status == 0
    assert work.ran() == ["cnn-a", "cnn-b"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_goes_on_after_it_was_stopped(work, sign):
    work.tell(mlp_a={"seconds": 60})
    process = work.start("--jobs", "1")
    deadline = time.monotonic() + LIMIT_S
    while kept(work) != ["cnn-a", "cnn-b"]:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(sign)
    _, err = process.communicate(timeout=LIMIT_S)
    if sign == signal.SIGINT:
        assert process.returncode == 130
        assert err.strip() == "ohmloop: interrupted; what was built is kept"
    work.ran()
    work.tell()
    result = work.run("--jobs", "1")
    assert (result.status, result.err) == (0, "")
    assert work.ran() == ["mlp-a"]
    assert outcomes(work) == {"cnn-a": [], "cnn-b": [], "mlp-a": []}


def test_failed_cases_do_not_hinder_others_and_are_not_kept(work):
    work.tell(cnn_a={"error": "RTL differs in cycle 7"}, cnn_b={"dies": True})
    result = work.run("--jobs", "2")
    assert result.status == 1
    died = "its process died; it crashed, was killed, or needed more than 2 GiB of memory"
    assert outcomes(work) == {"cnn-a": ["RTL differs in cycle 7"], "cnn-b": [died], "mlp-a": []}
    assert "FAILED cnn-a\n  RTL differs in cycle 7\n" in result.out
    assert kept(work) == ["mlp-a"]


def test_limit_of_a_case(work):
    text = work.path.read_text().replace(f"limit_s = {LIMIT_S}", "limit_s = 1", 1)
    work.path.write_text(text)
    work.tell(cnn_a={"seconds": 60})
    result = work.run("--jobs", "2")
    assert (result.status, result.err) == (1, "ohmloop: Case 'cnn-a' did not end within 1 s\n")
    assert "cnn-b" in kept(work)
