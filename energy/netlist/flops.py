"""Which flip-flop of a netlist holds which register bit of the design."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cosim.build import Design
from energy.library import Library
from energy.netlist.netlist import Bit, Lost

NOT = "$_NOT_"


@dataclass(frozen=True)
class Match:
    """Register bits and flops that belong together."""

    bits: dict[str, tuple[Bit, bool]]
    """By flop instance: its register bit, and whether it holds the inverse."""

    lost: Lost


def match(design: Design, before: Mapping[str, Any], library: Library) -> Match:
    """Match flops with register bits by what the netlist before ABC calls the flops' outputs.

    Parameters
    ----------
    design : Design
        The design, whose registers go by their paths.
    before : mapping
        Module of Yosys's JSON in which flops are mapped and other logic is not.
    library : Library
        Its cells.

    Raises
    ------
    ValueError
        If a flop holds no register bit.
    """
    holders = dict(_holders(before, library))
    for cell in before["cells"].values():
        if cell["type"] == NOT:
            (source,), (result,) = cell["connections"]["A"], cell["connections"]["Y"]
            if source in holders:
                name, inverted = holders[source]
                holders.setdefault(result, (name, not inverted))
    found: dict[str, tuple[Bit, bool]] = {}
    merged: dict[Bit, Bit] = {}
    constant, dropped = [], []
    for bit, wire in _register_bits(design, before):
        if isinstance(wire, str):
            constant.append(bit)
        elif wire not in holders:
            dropped.append(bit)
        else:
            name, inverted = holders[wire]
            first, _ = found.setdefault(name, (bit, inverted))
            if first != bit:
                merged[bit] = first
    for name, _ in holders.values():
        if name not in found:
            raise ValueError(
                f"Flip-flop {name!r} of the netlist must hold a register of the design"
            )
    return Match(found, Lost(merged, tuple(constant), tuple(dropped)))


def _holders(before: Mapping[str, Any], library: Library) -> Iterator[tuple[int, tuple[str, bool]]]:
    """Yield wires at outputs of flops: flop, and whether the wire is the inverse of its state."""
    for name, cell in before["cells"].items():
        kind = library.cells.get(cell["type"])
        if kind is None or kind.flop is None:
            continue
        for pin in kind.outputs:
            for wire in cell["connections"].get(pin.name, ()):
                yield wire, (name, pin.function != ("pin", kind.flop.state))


def _register_bits(design: Design, before: Mapping[str, Any]) -> Iterator[tuple[Bit, int | str]]:
    """Yield every register bit and its wire: a number, or the text of a constant.

    A register that Yosys removed gets a number that no wire has.
    """
    wires = before["netnames"]
    for path, width in design.registers.items():
        known = wires.get(path.removeprefix(f"{design.top}."), {"bits": [-1] * width})
        for bit, wire in enumerate(known["bits"]):
            yield Bit(path, bit), wire
