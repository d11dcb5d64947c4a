"""From a design to the shared library that runs it."""

import shutil
from pathlib import Path

from cosim import build as common
from cosim.build import BUILD_LIMIT_S, WARNINGS, Design, compiled
from cosim.process import run_logged
from cosim.toolchain import Verilator, environment
from hdl_gen.emit import TOP

LOOP = Path(__file__).with_name("macro_loop.cpp")
LIBRARY = f"lib{TOP}.so"
PREFIX = f"V{TOP}"

FLAGS = ("--cc", "--exe", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert")
"""Verilator's flags. No VPI and no tracing; all registers get a value at reset."""

COMPILER_FLAGS = "-fPIC -march=native -Wno-attributes"
OPTIMISATION = ("OPT_FAST=-O2", "OPT_SLOW=-O1", "OPT_GLOBAL=-O2")


def native_library(design: Design, build_dir: Path) -> Path:
    """Return the shared library of a design; raises what :func:`cosim.build.compiled` raises."""
    header, control = _header(design), _control(design)

    def build(verilator: Verilator, folder: Path) -> None:
        objects = folder / "objects"
        objects.mkdir()
        (objects / "design.h").write_text(header)
        (objects / "registers.vlt").write_text(control)
        command: list[str | Path] = [verilator.executable, *FLAGS, *WARNINGS]
        command += ["--prefix", PREFIX, "--top-module", TOP, "-Mdir", objects, "-o", LIBRARY]
        command += ["-CFLAGS", f"{COMPILER_FLAGS} -I.", "-LDFLAGS", "-shared"]
        command += [objects / "registers.vlt", design.verilog, LOOP]
        env, log = environment(verilator), folder / "build.log"
        run_logged(command, subject="Verilator", log=log, limit_s=BUILD_LIMIT_S, env=env)
        make: list[str | Path] = ["make", "-C", objects, "-f", f"{PREFIX}.mk", *OPTIMISATION]
        make += ["-j", str(common.CORES)]
        run_logged(make, subject="C++ compiler", log=log, limit_s=BUILD_LIMIT_S, env=env)
        (objects / LIBRARY).rename(folder / LIBRARY)
        shutil.rmtree(objects)

    parts = {
        "flags": " ".join((*FLAGS, *OPTIMISATION, COMPILER_FLAGS)),
        "loop": LOOP.read_text(),
        "design": header + control,
        "cpu": _cpu(),
    }
    return compiled(design, build_dir, kind="native", parts=parts, build=build) / LIBRARY


def _header(design: Design) -> str:
    """Return ``design.h``: Verilator's names of top and registers."""
    registers = " \\\n    ".join(f"X({_cpp_name(path)})" for path in design.registers)
    return (
        f"#define TOP {PREFIX}\n#define ROOT {PREFIX}___024root\n"
        f'#define TOP_H "{PREFIX}.h"\n#define ROOT_H "{PREFIX}___024root.h"\n'
        f"#define REGISTERS(X) \\\n    {registers}\n"
    )


def _control(design: Design) -> str:
    """Return Verilator's control file: registers keep their names, nothing else needs to."""
    lines = ["`verilator_config"]
    for path in design.registers:
        module, _, name = path.rpartition(".")
        lines.append(f'public_flat_rd -module "{module}" -var "{name}"')
    return "\n".join(lines) + "\n"


def _cpp_name(path: str) -> str:
    """Return the member of Verilator's root that is the register at ``path``."""
    return "__DOT__".join(part.replace("__", "___05F") for part in path.split("."))


def _cpu() -> str:
    """Return what the compiler may know of this processor, so that no other one runs the code."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "unknown")
