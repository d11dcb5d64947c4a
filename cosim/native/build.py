"""From a design to the shared library that runs it."""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cosim import build as common
from cosim.build import BUILD_LIMIT_S, WARNINGS, Design, compiled
from cosim.memories import memories
from cosim.process import run_logged
from cosim.registers import control_file, cpp_name
from cosim.toolchain import Verilator, environment, require_fst

HERE = Path(__file__).parent
REPLAY = "replay_loop.cpp"
LOOPS = {
    "macro": ("macro_loop.cpp", "closed_loop.cpp", "raw_loop.cpp"),
    "tile": ("tile_loop.cpp",),
    "core": (REPLAY,),
    "pe_logic": (REPLAY,),
}
"""Loops that turn a design, by its top module."""

MODEL = "model.cpp"
HEADERS = (
    *("activity.h", "closed_loop.h", "instance.h", "macro_loop.h", "ports.h", "recording.h"),
    *("replay_loop.h", "tile_loop.h"),
)
LIBRARY = "libdesign.so"
TIMES = "build.json"
PREFIX = "Vdesign"

FLAGS = ("--cc", "--exe", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert")
"""Verilator's flags. No VPI and no tracing; all registers get a value at reset."""

DEBUG_FLAGS = ("--savable", "--trace-max-width", "0")
"""Added in libraries that trace. Without the last, wide signals are left out without a word."""

COMPILER_FLAGS = "-fPIC -march=native -fno-gnu-unique -Wno-attributes -I."
"""The third keeps the variables of libraries apart that are loaded into one process."""

OPTIMISATION = ("OPT_FAST=-O2", "OPT_SLOW=-O0", "OPT_GLOBAL=-O2")
"""Slow code runs once per model; the constructor of a tile takes minutes to optimise."""

TRACES = {"vcd": "VerilatedVcdC", "fst": "VerilatedFstC", "saif": "VerilatedSaifC"}
"""Kinds of trace, and Verilator's class for each."""


@dataclass(frozen=True)
class BuildTimes:
    """What a library took when it was built, in seconds."""

    build_s: float
    """All of it."""

    verilator_s: float
    """Verilog to C++."""

    compiler_s: float
    """C++ to the library."""


def native_library(design: Design, build_dir: Path, *, trace: str | None = None) -> Path:
    """Return the shared library of a design.

    Parameters
    ----------
    design : Design
        What to compile.
    build_dir : Path
        Build folder.
    trace : {"vcd", "fst", "saif"} or None
        Kind of trace that the library can write. One with a trace is for debugging: it is slower,
        and has what :class:`cosim.native.model.Model` needs.

    Raises
    ------
    FileNotFoundError
        If Verilator or the compiler is missing, or the headers that FST needs.
    RuntimeError
        If the build fails.
    """
    if trace == "fst":
        require_fst()
    loops = LOOPS[design.top]
    # Only parts of a tile have memories and are recorded.
    parts_read = memories(design) if REPLAY in loops else ()
    reads = [memory.register for memory in parts_read]
    header, control = _header(design, reads, trace), control_file([*design.registers, *reads])
    sources = loops if trace is None else (*loops, MODEL)
    flags = FLAGS if trace is None else (*FLAGS, f"--trace-{trace}", *DEBUG_FLAGS)

    def build(verilator: Verilator, folder: Path) -> None:
        objects = folder / "objects"
        objects.mkdir()
        # The compiler works in this folder, so that no path of ours meets the makefile.
        for name in (*sources, *HEADERS):
            shutil.copy(HERE / name, objects)
        (objects / "design.h").write_text(header)
        (objects / "registers.vlt").write_text(control)
        command: list[str | Path] = [verilator.executable, *flags, *WARNINGS]
        command += ["--prefix", PREFIX, "--top-module", design.top, "-Mdir", objects, "-o", LIBRARY]
        command += ["-CFLAGS", COMPILER_FLAGS, "-LDFLAGS", "-shared"]
        command += [
            objects / "registers.vlt",
            design.verilog,
            *(objects / name for name in sources),
        ]
        env, log = environment(verilator), folder / "build.log"

        def run(command: list[str | Path], subject: str) -> None:
            run_logged(command, subject=subject, log=log, limit_s=BUILD_LIMIT_S, env=env)

        verilator_s = _seconds(lambda: run(command, "Verilator"))
        make: list[str | Path] = ["make", "-C", objects, "-f", f"{PREFIX}.mk", *OPTIMISATION]
        make += ["-j", str(common.CORES)]
        compiler_s = _seconds(lambda: run(make, "C++ compiler"))
        (objects / LIBRARY).rename(folder / LIBRARY)
        shutil.rmtree(objects)
        times = BuildTimes(verilator_s + compiler_s, verilator_s, compiler_s)
        (folder / TIMES).write_text(json.dumps(asdict(times), indent=1))

    parts = {
        "flags": " ".join((*flags, *OPTIMISATION, COMPILER_FLAGS)),
        "design": header + control,
        "cpu": cpu(),
        **{name: (HERE / name).read_text() for name in (*sources, *HEADERS)},
    }
    kind = "native" if trace is None else f"native-{trace}"
    return compiled(design, build_dir, kind=kind, parts=parts, build=build) / LIBRARY


def build_times(library: Path) -> BuildTimes:
    """Return what a library took when it was built, however long ago that was."""
    return BuildTimes(**json.loads((library.parent / TIMES).read_text()))


def _seconds(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _header(design: Design, reads: Sequence[str], trace: str | None) -> str:
    """Return ``design.h``: Verilator's names of top, ports and registers, and of the trace."""
    registers = " \\\n    ".join(f"X({cpp_name(path)})" for path in design.registers)
    ports = " \\\n    ".join(f"X({cpp_name(name)})" for name in design.ports)
    inputs = " \\\n    ".join(f"X({cpp_name(name)})" for name in design.inputs)
    read = " \\\n    ".join(f"X({cpp_name(path)})" for path in reads)
    # Verilator's SAIF has the top module outermost, as SAIF of other tools does.
    traced = f'#define NAME "{"" if trace == "saif" else "TOP"}"\n'
    if trace is not None:
        traced += f'#define TRACE {TRACES[trace]}\n#define TRACE_H "verilated_{trace}_c.h"\n'
    return (
        f"#define TOP {PREFIX}\n#define ROOT {PREFIX}___024root\n"
        f'#define TOP_H "{PREFIX}.h"\n#define ROOT_H "{PREFIX}___024root.h"\n'
        f"#define PORTS(X) \\\n    {ports}\n#define REGISTERS(X) \\\n    {registers}\n"
        f"#define INPUTS(X) \\\n    {inputs}\n#define READS(X) \\\n    {read}\n"
        f"{_analog(design)}{traced}"
    )


def _analog(design: Design) -> str:
    """Return what the loops must know of the analog ports: one, or one of each macro of a tile."""
    if design.top not in ("macro", "tile"):
        return ""
    sar = any(name.endswith("__decisions") for name in design.ports)
    answers = "decisions" if sar else "codes"
    lines = "#define SAR\n" if sar else ""
    if design.top == "macro":
        return lines + f"#define ANSWERS {cpp_name(f'analog__{answers}')}\n"
    prefixes = [name.removesuffix("__sample") for name in design.ports if "__sample" in name]
    macros = " \\\n    ".join(f"X({n}, {cpp_name(name)})" for n, name in enumerate(prefixes))
    return lines + (
        f"#define ANSWERS {answers}\n#define MACROS(X) \\\n    {macros}\n"
        "#define JOINED(prefix, name) prefix##___05F##name\n"
        "#define ANALOG(prefix, name) JOINED(prefix, name)\n"
    )


def cpu() -> str:
    """Return what the compiler may know of this processor, so that no other one runs the code."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "unknown")
