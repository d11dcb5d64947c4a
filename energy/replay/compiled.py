"""Replay in compiled code: the same as ``vectorised.py``, fast enough to run inside an engine."""

import ctypes
import os
import shutil
import weakref
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from cosim import cache as kept
from cosim.build import BUILD_LIMIT_S
from cosim.native.build import cpu
from cosim.native.recording import Behind, Sink
from cosim.process import run_logged
from cosim.toolchain import compiler_version, require_compiler
from energy.netlist.netlist import Activity, Netlist
from energy.replay.plan import Outcome, functions, header, plan
from energy.replay.proof import raise_difference
from energy.replay.vectorised import activity

HERE = Path(__file__).parent
SOURCE, FUNCTIONS, LIBRARY = "replay.cpp", "functions.h", "libreplay.so"

COMPILE = ("g++", "-std=c++20", "-O3", "-march=native", "-Wno-psabi", "-fPIC", "-shared")
"""The warning is about vectors as arguments of functions, which no other library calls."""


def replay_library(netlist: Netlist, build_dir: Path) -> Path:
    """Return the library that evaluates the functions of a netlist, compiled once.

    Raises
    ------
    FileNotFoundError
        If the compiler is missing.
    RuntimeError
        If it fails.
    """
    require_compiler()
    text = header(functions(netlist))

    def build(folder: Path) -> None:
        shutil.copy(HERE / SOURCE, folder)
        (folder / FUNCTIONS).write_text(text)
        run_logged(
            [*COMPILE, SOURCE, "-o", LIBRARY],
            subject="C++ compiler",
            log=folder / "build.log",
            limit_s=BUILD_LIMIT_S,
            env=os.environ,
            cwd=folder,
        )

    parts = {
        "functions": text,
        "source": (HERE / SOURCE).read_text(),
        "command": " ".join(COMPILE),
        "compiler": compiler_version(),
        "cpu": cpu(),
    }
    return kept.entry(build_dir / "cache", "replay", kept.key(parts), build) / LIBRARY


class CompiledReplay:
    """Evaluates a netlist on recorded cycles and counts what its nets do.

    Parameters
    ----------
    netlist : Netlist
        What to evaluate.
    first : mapping of str to int
        Recorded row of the lowest bit of every register, by its path, and of every input.
    build_dir : Path
        Build folder, with the cache.

    Attributes
    ----------
    sink : Sink
        Takes the recorded cycles.

    Raises
    ------
    FileNotFoundError
        If the compiler is missing.
    RuntimeError
        If it fails.
    """

    def __init__(self, netlist: Netlist, first: Mapping[str, int], build_dir: Path):
        self._netlist = netlist
        self._library = _load(replay_library(netlist, build_dir))
        self._plan = plan(netlist, first)
        self._replay = self._library.ohmloop_gates_new(ctypes.byref(self._plan))
        weakref.finalize(self, self._library.ohmloop_gates_free, self._replay)
        take = ctypes.cast(self._library.ohmloop_gates_take, ctypes.c_void_p).value
        assert take is not None
        self.sink = Sink(take, self._replay, self)

    def take(
        self,
        bits: np.ndarray,
        cycles: int,
        first_cycle: int,
        behind: Behind = Behind.NOTHING,
    ) -> None:
        """Take up to 512 recorded cycles by hand; see :class:`VectorisedReplay`."""
        self._library.ohmloop_gates_take(
            self._replay, np.ascontiguousarray(bits).ctypes.data, cycles, first_cycle, behind
        )

    def activity(self) -> Activity:
        """Return what every net did so far.

        Raises
        ------
        RuntimeError
            If the netlist does otherwise than the registers. Cycles from there on are not counted.
        """
        toggles, ones = (np.zeros(self._netlist.data_nets, np.int64) for _ in range(2))
        outcome = Outcome()
        self._library.ohmloop_gates_counts(
            self._replay, toggles.ctypes.data, ones.ctypes.data, ctypes.byref(outcome)
        )
        if outcome.flop >= 0:
            raise_difference(self._netlist, outcome.flop, outcome.cycle)
        return activity(self._netlist, outcome.cycles, toggles, ones)


_ADDRESS, _COUNT = ctypes.c_void_p, ctypes.c_uint64
_CALLS: dict[str, tuple[type | None, list[type]]] = {
    "ohmloop_gates_new": (_ADDRESS, [_ADDRESS]),
    "ohmloop_gates_free": (None, [_ADDRESS]),
    "ohmloop_gates_take": (None, [_ADDRESS, _ADDRESS, _COUNT, _COUNT, ctypes.c_int]),
    "ohmloop_gates_counts": (None, [_ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS]),
}


@cache
def _load(library: Path) -> ctypes.CDLL:
    loaded = ctypes.CDLL(str(library))
    for name, (result, arguments) in _CALLS.items():
        call = getattr(loaded, name)
        call.restype, call.argtypes = result, arguments
    return loaded
