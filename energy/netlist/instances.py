"""Cells of a netlist one by one, and the wires at their pins."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from energy.library import Cell, Library
from energy.netlist.order import Gate, Wire, gate


class Instance(NamedTuple):
    """A cell in the netlist, and the wires at its pins."""

    name: str
    cell: Cell
    wires: dict[str, Wire]

    def at(self, role: str) -> Wire:
        """Return the wire at the pin of a clock gate that has a role."""
        return self.wires[next(pin.name for pin in self.cell.pins.values() if pin.role == role)]

    def clocked_on(self) -> Wire:
        """Return the wire at the clock pin of a flop."""
        assert self.cell.flop is not None
        return self.wires[self.cell.flop.clocked_on[1]]

    def next_state(self) -> Wire:
        """Return the wire at the data pin of a flop."""
        assert self.cell.flop is not None
        return self.wires[self.cell.flop.next_state[1]]

    def state(self) -> Wire:
        """Return the wire that shows the state of a flop; its name if there is none."""
        flop = self.cell.flop
        assert flop is not None
        pins = (pin.name for pin in self.cell.outputs if pin.function == ("pin", flop.state))
        return next((self.wires[pin] for pin in pins if pin in self.wires), self.name)


def instances_of(after: Mapping[str, Any], library: Library) -> Iterator[Instance]:
    """Yield the cells in a module of Yosys's JSON.

    Raises
    ------
    RuntimeError
        If one is not of the library, or an input of it is left open.
    """
    inputs = {kind.name: [pin.name for pin in kind.inputs] for kind in library.cells.values()}
    for name, cell in after["cells"].items():
        if cell["type"] not in library.cells:
            raise RuntimeError(f"Cell {name!r} must be one of the library, not {cell['type']!r}")
        wires = {pin: bits[0] for pin, bits in cell["connections"].items() if bits}
        for pin in inputs[cell["type"]]:
            if wires.get(pin, "x") in ("0", "1", "x", "z"):
                raise RuntimeError(f"Pin '{name}.{pin}' must be driven by a cell or port")
        yield Instance(
            name,
            library.cells[cell["type"]],
            {pin: wire for pin, wire in wires.items() if wire != "x"},
        )


def gates_of(instances: Sequence[Instance]) -> dict[Wire, Gate]:
    """Return how every wire but inputs, states and clocks follows from others."""
    gates = {}
    for one in instances:
        if one.cell.clock_gate is not None:
            continue
        pins, flop, state = one.wires, one.cell.flop, None
        if flop is not None:
            state = one.state()
            pins = {**pins, flop.state: state}
        for pin in one.cell.outputs:
            function = pin.function
            if pin.name in one.wires and one.wires[pin.name] != state and function is not None:
                if flop is not None and function == ("pin", flop.inverse):
                    function = ("~", ("pin", flop.state))
                gates[one.wires[pin.name]] = gate(function, pins)
    return gates
