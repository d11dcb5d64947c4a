"""What ``replay.cpp`` is given: a netlist as a table, and its functions as C++."""

import ctypes
from collections.abc import Mapping

import numpy as np

from energy.boolean import Function, pins_of, written
from energy.netlist.netlist import Netlist
from energy.replay.sources import inversions, source_rows


class Run(ctypes.Structure):
    """``Run`` of ``replay.cpp``."""

    _fields_ = [
        *((name, ctypes.c_uint64) for name in ("function", "first", "count")),
        ("arguments", ctypes.c_void_p),
    ]


_SIZES = ("rows", "data_nets", "inputs", "flops", "runs")
_ARRAYS = ("sources", "inversions", "next_rows", "run")


class Plan(ctypes.Structure):
    """``Plan`` of ``replay.cpp``."""

    _fields_ = [
        *((name, ctypes.c_uint64) for name in _SIZES),
        *((name, ctypes.c_void_p) for name in _ARRAYS),
    ]


class Outcome(ctypes.Structure):
    """``Outcome`` of ``replay.cpp``."""

    _fields_ = [
        ("cycles", ctypes.c_uint64),
        ("flop", ctypes.c_int64),
        ("cycle", ctypes.c_uint64),
    ]


def functions(netlist: Netlist) -> list[Function]:
    """Return the functions of a netlist, each once; tables go by their places here."""
    return sorted({run.function for run in netlist.runs}, key=str)


def plan(netlist: Netlist, first: Mapping[str, int]) -> Plan:
    """Return the table of a netlist.

    Parameters
    ----------
    netlist : Netlist
        What to evaluate.
    first : mapping of str to int
        Recorded row of the lowest bit of every register, by its path, and of every input.
    """
    numbers = {function: n for n, function in enumerate(functions(netlist))}
    arrays = [np.ascontiguousarray(run.arguments, np.uint32) for run in netlist.runs]
    runs = (Run * len(arrays))()
    for one, run, array in zip(runs, netlist.runs, arrays, strict=True):
        one.function, one.first = numbers[run.function], run.first
        one.count, one.arguments = len(array), array.ctypes.data
    sources = source_rows(netlist, first).astype(np.uint32)
    inverted, next_rows = inversions(netlist), netlist.flops.next_rows.astype(np.uint32)
    result = Plan(
        rows=netlist.rows,
        data_nets=netlist.data_nets,
        inputs=len(netlist.inputs),
        flops=len(netlist.flops.bits),
        runs=len(arrays),
        sources=sources.ctypes.data,
        inversions=inverted.ctypes.data,
        next_rows=next_rows.ctypes.data,
        run=ctypes.addressof(runs),
    )
    result.kept = (arrays, runs, sources, inverted, next_rows)  # as long as the structure
    return result


def header(functions: list[Function]) -> str:
    """Return ``functions.h`` for functions in this order."""

    def name(pin: str) -> str:
        return f"a[{pin}]"

    lines = []
    for number, function in enumerate(functions):
        arity = len(pins_of(function))
        constant = {("0",): "Lane{}", ("1",): "~Lane{}"}.get(function)
        lines.append(f"X({number}, {arity}, ({constant or written(function, name)}))")
    return "#define FUNCTIONS(X) \\\n    " + " \\\n    ".join(lines) + "\n"
