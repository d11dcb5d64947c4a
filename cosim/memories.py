"""Memories in the Verilog of a design, and the registers that hold what was read of them."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from cosim.build import Design


class Part(NamedTuple):
    """A part of a word."""

    enable: str
    """Verilog of what has it written."""

    address: str
    """Verilog of the address of the word."""

    data: str
    """Verilog of its new value."""

    bits: int


@dataclass(frozen=True, kw_only=True)
class Memory:
    """A memory with one port for writing and one for reading, both at the clock edge."""

    path: str
    """Path in the design."""

    words: int

    width: int
    """Bits of a word."""

    register: str
    """Path of the register that holds the word read last; part of the memory."""

    read_enable: str
    """Verilog of what has a word read."""

    read_address: str
    """Verilog of its address."""

    writes: tuple[Part, ...]
    """Parts of a word that can each be written by itself, lowest first."""

    span: tuple[int, int]
    """Where it begins and ends in the Verilog."""

    @property
    def write_address(self) -> str:
        """Verilog of the address of what is written."""
        return self.writes[0].address

    @property
    def address_bits(self) -> int:
        """Width of an address."""
        return max(1, (self.words - 1).bit_length())


def memories(design: Design) -> tuple[Memory, ...]:
    """Return the memories of a design.

    Raises
    ------
    ValueError
        If one has other ports than one for writing and one for reading, both clocked.
    """
    verilog = design.verilog.read_text()
    starts = [
        (one.start(), one[1].replace("\\", "")) for one in re.finditer(_MODULE, verilog, re.M)
    ]
    found = {one.start(): one for one in re.finditer(_PORTS, verilog, re.M | re.X)}
    result = []
    for begun in re.finditer(_MEMORY, verilog, re.M):
        module = next(name for start, name in reversed(starts) if start < begun.start())
        name = begun["name"].replace("\\", "")
        path = f"{module}.{name}"
        ports = found.get(begun.start())
        writes = () if ports is None else tuple(_writes(ports))
        width = int(begun["top"] or 0) + 1
        addresses = {part.address for part in writes}
        whole = sum(part.bits for part in writes) == width
        if ports is None or len(addresses) != 1 or not whole:
            raise ValueError(f"Memory '{path}' must have one port for writing and one for reading")
        result.append(
            Memory(
                path=path,
                words=int(begun["last"]) + 1,
                width=width,
                register=f"{module}.{ports['register']}",
                read_enable=ports["enable"],
                read_address=ports["address"],
                writes=writes,
                span=ports.span(),
            )
        )
    return tuple(result)


def _writes(ports: re.Match[str]) -> list[Part]:
    """Return the parts that are written, lowest first; none if one lies elsewhere."""
    parts = []
    place = 0
    pattern = _WRITE.replace("NAME", re.escape(ports["name"]))
    for one in re.finditer(pattern, ports["writes"], re.M):
        top = int(one["high"] or ports["top"] or 0)
        low = int(one["low"] or one["high"] or 0)
        if low != place:
            return []
        parts.append(Part(one["enable"], one["address"], one["data"], top + 1 - low))
        place = top + 1
    return parts


_MODULE = r"^module (\S+?) ?\("
_MEMORY = r"^  reg (?:\[(?P<top>\d+):0\] )?(?P<name>\S+) +\[(?P<last>\d+):0\];$"
_PORTS = r"""
^\ \ reg\ (?:\[(?P<top>\d+):0\]\ )?(?P<name>\S+)\ +\[\d+:0\];\n
(?:\ \ initial\ begin\n(?:\ \ \ \ .*\n)*?\ \ end\n)?
\ \ always\ @\(posedge\ clk\)\ begin\n
(?P<writes>(?:\ \ \ \ if\ \(.*\)\n\ {6}(?P=name)\ ?\[.*\]\ <=\ .*;\n)+)
\ \ end\n
\ \ reg\ (?:\[(?P=top):0\]\ )?(?P<register>_\d+_);\n
\ \ always\ @\(posedge\ clk\)\ begin\n
\ \ \ \ if\ \((?P<enable>.*)\)\ begin\n
\ {6}(?P=register)\ <=\ (?P=name)\ ?\[(?P<address>.*)\];\n
\ \ \ \ end\n
\ \ end\n
"""
_WRITE = (
    r"^    if \((?P<enable>.*)\)\n"
    r"      NAME ?\[(?P<address>.*?)\](?:\[(?P<high>\d+)(?::(?P<low>\d+))?\])? <= (?P<data>.*);$"
)
