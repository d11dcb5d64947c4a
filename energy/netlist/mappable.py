"""Which cells of a library a design is mapped to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatch

from energy.library import Cell, Library

GATE_KIND = "latch_posedge"
"""Clock gates that hold their enable while the clock is high, for flops of the rising edge."""


def mappable(library: Library, dont_use: Sequence[str] = ()) -> Library:
    """Return the part of a library whose cells can be mapped to, evaluated, and charged for.

    These are, where their internal power is known, cells of known functions, flops that take one
    pin at the rising clock edge, and clock gates without a test pin.

    Parameters
    ----------
    library : Library
        Any library.
    dont_use : sequence of str
        Names of cells to leave out besides, with ``*`` and ``?`` as in file names.

    Raises
    ------
    ValueError
        If there is no flip-flop, no inverter, or nothing that gives a constant; or a name is that
        of no cell.
    """
    for no in dont_use:
        if not any(fnmatch(name, no) for name in library.cells):
            raise ValueError(
                f"Cells to leave out must be cells of library '{library.name}', and none is '{no}'"
            )
    cells = {
        name: cell
        for name, cell in library.cells.items()
        if not cell.dont_use and _serves(cell) and not any(fnmatch(name, no) for no in dont_use)
    }
    part = replace(library, cells=cells)
    for kind in (flop, inverter):
        smallest(part, kind)
    for value in ("0", "1"):
        tie(part, value)
    return part


def tie(library: Library, value: str) -> tuple[str, str]:
    """Return the smallest cell and its pin that gives a constant, ``"0"`` or ``"1"``.

    Raises
    ------
    ValueError
        If there is none.
    """
    for cell in sorted(library.cells.values(), key=lambda cell: cell.area_m2):
        for pin in cell.outputs:
            if not cell.inputs and pin.function == (value,):
                return cell.name, pin.name
    raise ValueError(f"Library '{library.name}' must have a cell that gives constant {value}")


def smallest(library: Library, kind: Callable[[Cell], bool], place: int = 0) -> Cell:
    """Return the smallest cell of a kind, or the one ``place`` places behind it, or the last.

    Raises
    ------
    ValueError
        If there is none.
    """
    found = sorted(filter(kind, library.cells.values()), key=lambda cell: cell.area_m2)
    if not found:
        raise ValueError(f"Library '{library.name}' must have {KINDS[kind]} that can be used")
    return found[min(place, len(found) - 1)]


def flop(cell: Cell) -> bool:
    """Tell whether a cell is a flip-flop that takes one pin at the rising edge of another."""
    own = cell.flop
    return (
        own is not None
        and own.next_state[0] == own.clocked_on[0] == "pin"
        and len(cell.inputs) == 2  # no pin that clears, presets, enables or scans
    )


def inverter(cell: Cell) -> bool:
    """Tell whether a cell does nothing but invert."""
    outputs, inputs = cell.outputs, cell.inputs
    return len(inputs) == len(outputs) == 1 and outputs[0].function == (
        "~",
        ("pin", inputs[0].name),
    )


def buffer(cell: Cell) -> bool:
    """Tell whether a cell does nothing but drive."""
    outputs, inputs = cell.outputs, cell.inputs
    return len(inputs) == len(outputs) == 1 and outputs[0].function == ("pin", inputs[0].name)


def gate(cell: Cell) -> bool:
    """Tell whether a cell gates a clock by an enable, and has no other pins."""
    roles = sorted(pin.role or "" for pin in cell.pins.values())
    return cell.clock_gate == GATE_KIND and roles == ["clock", "enable", "out"]


KINDS: dict[Callable[[Cell], bool], str] = {
    flop: "a flip-flop",
    inverter: "an inverter",
    buffer: "a buffer",
    gate: "a clock gate",
}
"""What kinds of cells are called."""


def _serves(cell: Cell) -> bool:
    # What has inputs and tells no internal power would come for nothing.
    if cell.inputs and not any(pin.power for pin in cell.pins.values()):
        return False
    if cell.flop is not None or cell.latch or cell.clock_gate is not None:
        return flop(cell) or gate(cell)
    return bool(cell.outputs) and _known(pin.function for pin in cell.outputs)


def _known(functions: Iterable[object]) -> bool:
    return all(function is not None for function in functions)
