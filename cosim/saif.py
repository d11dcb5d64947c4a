"""Toggle counts out of a SAIF file."""

import re
from collections.abc import Mapping
from pathlib import Path

_NET = re.compile(r"\((\S+?)(\\\[\d+\\\])? \(T0 .*\(TC (\d+)\)\)")


def register_toggles(path: Path, registers: Mapping[str, int]) -> dict[str, int]:
    """Return the bit toggles of every register.

    Parameters
    ----------
    path : Path
        File written by Verilator, one net or bracket per line.
    registers : mapping of str to int
        Path and width of each register, as in the manifest of the design.

    Returns
    -------
    dict of str to int
        Toggles of all bits together, for the whole time the file covers.

    Raises
    ------
    ValueError
        If the file lacks bits of a register.
    """
    toggles = dict.fromkeys(registers, 0)
    bits = dict.fromkeys(registers, 0)
    blocks: list[str] = []  # open instances; other blocks have no name
    for line in path.read_text().splitlines():
        line = line.strip()
        if line == ")":
            blocks.pop()
        elif net := _NET.fullmatch(line):
            register = ".".join([*filter(None, blocks), net[1]])
            if register in registers:
                toggles[register] += int(net[3])
                bits[register] += 1
        elif not line.endswith(")"):
            blocks.append(line.removeprefix("(INSTANCE ") if "INSTANCE" in line else "")
    for register, width in registers.items():
        if bits[register] != width:
            raise ValueError(
                f"SAIF file '{path}' must hold {width} bits of register '{register}', "
                f"not {bits[register]}"
            )
    return toggles
