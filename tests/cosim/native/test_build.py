"""Libraries in the cache: anything that decides what is in one gives another entry."""

import pytest

from cosim import build as common
from cosim.build import design
from cosim.native import build
from cosim.native.build import BuildTimes, build_times, native_library


@pytest.fixture
def made(monkeypatch):
    """Compile nothing; return the list of libraries that would have been made."""
    made = []

    def run_logged(command, *, subject, log, **_):
        log.write_text(subject)
        if subject == "C++ compiler":
            (log.parent / "objects" / build.LIBRARY).write_text("library")
            made.append(log)

    monkeypatch.setattr(build, "run_logged", run_logged)
    return made


@pytest.fixture
def rtl(make_chip, tmp_path):
    return design(make_chip().macro, tmp_path)


def test_library_is_built_once(rtl, made, tmp_path):
    assert native_library(rtl, tmp_path) == native_library(rtl, tmp_path)
    assert len(made) == 1


def other_flag(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "FLAGS", (*build.FLAGS, "-O2"))


def other_compiler_flag(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "COMPILER_FLAGS", f"{build.COMPILER_FLAGS} -g")


def other_optimisation(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "OPTIMISATION", ("OPT_FAST=-O3",))


def other_compiler(monkeypatch, tmp_path):
    monkeypatch.setattr(common, "compiler_version", lambda: "99.1")


def other_processor(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "cpu", lambda: "another")


def other_source(name):
    def change(monkeypatch, tmp_path):
        copy = tmp_path / "sources"
        copy.mkdir()
        for source in (*build.LOOPS["macro"], *build.HEADERS):
            (copy / source).write_text((build.HERE / source).read_text())
        with (copy / name).open("a") as file:
            file.write("// changed\n")
        monkeypatch.setattr(build, "HERE", copy)

    return change


CHANGES = {
    "flag": other_flag,
    "compiler-flag": other_compiler_flag,
    "optimisation": other_optimisation,
    "compiler": other_compiler,
    "processor": other_processor,
    "loop": other_source("macro_loop.cpp"),
    "header": other_source("activity.h"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_way_to_build_gives_another_entry(change, rtl, made, monkeypatch, tmp_path):
    first = native_library(rtl, tmp_path)
    change(monkeypatch, tmp_path)
    assert native_library(rtl, tmp_path) != first
    assert len(made) == 2


def test_kinds_of_trace_are_apart(rtl, made, tmp_path):
    kinds = (None, "vcd", "saif")
    assert len({native_library(rtl, tmp_path, trace=kind) for kind in kinds}) == 3


@pytest.mark.parametrize("content", ["lib", None], ids=["truncated", "missing"])
def test_half_a_library_is_built_again(content, rtl, made, tmp_path):
    path = native_library(rtl, tmp_path)
    path.unlink()
    if content:
        path.write_text(content)
    assert native_library(rtl, tmp_path) == path
    assert path.read_text() == "library"
    assert len(made) == 2


def test_times_are_those_of_the_build(rtl, made, monkeypatch, tmp_path):
    seconds = iter([2.0, 7.0])  # of Verilator and of the compiler
    monkeypatch.setattr(build, "_seconds", lambda run: (run(), next(seconds))[1])
    path = native_library(rtl, tmp_path)
    native_library(rtl, tmp_path)
    assert build_times(path) == BuildTimes(build_s=9.0, verilator_s=2.0, compiler_s=7.0)


def test_missing_headers_of_fst(rtl, made, monkeypatch, tmp_path):
    monkeypatch.setattr(
        "cosim.toolchain.PROGRAMS", ((False, "FST headers", "p", "", "false", "x"),)
    )
    message = (
        r"^FST headers were not found; install them, on Debian: apt-get install p, "
        r"or write a \.vcd file$"
    )
    with pytest.raises(FileNotFoundError, match=message):
        native_library(rtl, tmp_path, trace="fst")
