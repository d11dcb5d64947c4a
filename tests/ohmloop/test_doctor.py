import pytest

from cosim.toolchain import Tool
from ohmloop.doctor import doctor

HERE = Tool("make", "4.3", "/usr/bin/make", "on Debian: apt-get install make", "builds", True)
MISSING = Tool("g++", None, None, "on Debian: apt-get install g++", "compiles", True)
BROKEN = Tool("perl", None, "/usr/bin/perl", "on Debian: apt-get install perl", "starts it", True)
EXTRA = Tool("gtkwave", None, None, "on Debian: apt-get install gtkwave", "shows waves", False)


@pytest.fixture(autouse=True)
def plain_output(monkeypatch):
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


def report(found, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("ohmloop.doctor.tools", lambda build_dir: found)
    status = doctor(tmp_path)
    return status, [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_every_needed_tool_is_here(monkeypatch, capsys, tmp_path):
    status, lines = report([HERE, EXTRA], monkeypatch, capsys, tmp_path)
    assert status == 0
    assert lines == [
        "make sim will work: every needed tool is here.",
        "",
        "Tool      Version   Where           Status",
        "make      4.3       /usr/bin/make   ok",
        "gtkwave   -         -               optional",
        "",
        "gtkwave (optional, shows waves): on Debian: apt-get install gtkwave",
    ]


def test_missing_and_broken_tools_have_a_remedy(monkeypatch, capsys, tmp_path):
    status, lines = report([HERE, MISSING, BROKEN], monkeypatch, capsys, tmp_path)
    assert status == 1
    assert lines == [
        "make sim will not work here: it lacks g++, perl.",
        "",
        "Tool   Version   Where           Status",
        "make   4.3       /usr/bin/make   ok",
        "g++    -         -               missing",
        "perl   -         /usr/bin/perl   does not work",
        "",
        "g++ (needed, compiles): on Debian: apt-get install g++",
        "perl (needed, starts it): on Debian: apt-get install perl",
    ]


def test_paths_are_told_from_here(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    tool = Tool("Python", "3.11.7", str(tmp_path / ".venv/bin/python"), "", "", True)
    _, lines = report([tool], monkeypatch, capsys, tmp_path)
    assert lines[3] == "Python   3.11.7    .venv/bin/python   ok"


def test_long_path_is_told_whole(monkeypatch, capsys, tmp_path):
    tool = Tool("make", "4.3", "/opt/" + "deep/" * 30 + "make", "", "", True)
    _, lines = report([tool], monkeypatch, capsys, tmp_path)
    assert "".join(line[17:].removesuffix("ok").strip() for line in lines[3:]) == tool.where
    assert max(map(len, lines)) <= 80


def test_remedy_is_one_line_however_long(monkeypatch, capsys, tmp_path):
    tool = Tool("tool", None, None, "run " + "x " * 100 + "[end]", "it", True)
    _, lines = report([tool], monkeypatch, capsys, tmp_path)
    assert lines[-1] == "tool (needed, it): run " + "x " * 100 + "[end]"


def test_real_table_fits_80_columns(capsys, tmp_path):
    assert doctor(tmp_path) == 0
    table = capsys.readouterr().out.split("\n\n")[1]
    assert max(map(len, table.splitlines())) <= 80
    rows = [line.split() for line in table.splitlines()]
    assert rows[1][0] == "Python"
    assert ["cocotb", "2.1.0", "site-packages", "ok"] in rows  # pinned in pyproject.toml
