"""Toggle counts out of a VCD file."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_VARIABLE = re.compile(r"\$var +\w+ +(\d+) +(\S+) +(\S+)(?: +\[[\d:]+\])? +\$end")


def register_toggles(path: Path, registers: Mapping[str, int], *, rest: str) -> dict[str, int]:
    """Return the bit toggles of every register while a design is not at rest.

    A change counts if, right before it, the signal ``rest`` is 0. Where registers change at clock
    edges, these are the edges that end a cycle in which it is 0.

    Parameters
    ----------
    path : Path
        File written by Verilator, one variable or change per line.
    registers : mapping of str to int
        Path and width of each register, as in the manifest of the design.
    rest : str
        Path of a signal of one bit.

    Returns
    -------
    dict of str to int
        Toggles of all bits together.

    Raises
    ------
    ValueError
        If the file lacks a signal, or has one of another width.
    """
    with path.open() as lines:
        codes = _codes(lines, path, {**registers, rest: 1})
        values = dict.fromkeys(codes.values(), 0)
        toggles = dict.fromkeys(codes.values(), 0)
        rest_code, resting = codes[rest], True
        for line in lines:
            if line[0] == "#":
                resting = bool(values[rest_code])
                continue
            if line[0] == "b":
                digits, code = line[1:].split()
            else:
                digits, code = line[0], line[1:].rstrip()
            if code not in values:
                continue
            value = int(digits, 2)
            if not resting:
                toggles[code] += (value ^ values[code]).bit_count()
            values[code] = value
    return {register: toggles[codes[register]] for register in registers}


def _codes(lines: Iterable[str], path: Path, widths: Mapping[str, int]) -> dict[str, str]:
    """Read the head of a file; return the code that stands for each signal of some width.

    Signals that are always the same share a code.
    """
    codes: dict[str, str] = {}
    found: dict[str, int] = {}
    scopes: list[str] = []
    for line in lines:
        line = line.strip()
        if line.startswith("$scope"):
            scopes.append(line.split()[2])
        elif line.startswith("$upscope"):
            scopes.pop()
        elif variable := _VARIABLE.fullmatch(line):
            signal = ".".join([*scopes, variable[3]])
            found[signal], codes[signal] = int(variable[1]), variable[2]
        elif line.startswith("$enddefinitions"):
            break
    for signal, width in widths.items():
        if found.get(signal, 0) != width:
            raise ValueError(
                f"VCD file '{path}' must hold {width} bits of signal '{signal}', "
                f"not {found.get(signal, 0)}"
            )
    return {signal: codes[signal] for signal in widths}
