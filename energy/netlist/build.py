"""Makes the arrays of a netlist from what Yosys wrote."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cosim.build import Design
from energy.boolean import Function
from energy.library import Cell, Library
from energy.netlist.flops import Match, match
from energy.netlist.mappable import mappable
from energy.netlist.netlist import Bit, Flops, Group, Netlist, Run
from energy.netlist.order import Gate, Wire, gate, ordered
from energy.netlist.synthesis import mapped

CLOCK = "clk"

HELD: Function = (
    "|",
    ("&", ("pin", "0"), ("pin", "1")),
    ("&", ("~", ("pin", "0")), ("pin", "2")),
)
"""Next state of a flop with a gated clock: enable, next state otherwise, state."""


def netlist(
    design: Design,
    library: Library,
    build_dir: Path,
    *,
    period_s: float,
    clock_gating: bool = True,
    dont_use: Sequence[str] = (),
) -> Netlist:
    """Return a design mapped to a library.

    Parameters
    ----------
    design : Design
        What to map: one clock ``clk``, no memories.
    library : Library
        Cells; see :func:`energy.netlist.mappable.mappable` for those that serve.
    build_dir : Path
        Build folder, with the cache.
    period_s : float
        Clock period that gates are sized and buffered for.
    clock_gating : bool
        Whether flops that share an enable share a gated clock.
    dont_use : sequence of str
        Cells to leave out, with ``*`` and ``?`` as in file names.

    Raises
    ------
    ValueError
        If the library lacks a kind of cell, or a flop holds no register of the design.
    RuntimeError
        If mapping fails, or its result is no netlist of one clock without loops.
    """
    part = mappable(library, dont_use)
    made = mapped(design, part, build_dir, period_s=period_s, clock_gating=clock_gating)
    return from_json(design, part, made.after, match(design, made.before, part))


class _Instance(NamedTuple):
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


def from_json(design: Design, library: Library, after: Mapping[str, Any], found: Match) -> Netlist:
    """Return the netlist in a module of Yosys's JSON, given what its flops hold.

    Raises
    ------
    RuntimeError
        If it has a loop, something undriven, or a clock that is neither ``clk`` nor gated once.
    """
    instances = [*_instances(after, library)]
    flops = [one for one in instances if one.cell.flop is not None]
    inputs = {wire: bit for bit, wire in _port_bits(after, "input") if bit.path != CLOCK}
    wires, runs = ordered(_gates(instances), [*inputs, *(one.state() for one in flops)])
    rows = {wire: row for row, wire in enumerate(wires)}
    root = after["ports"][CLOCK]["bits"][0]
    gates = [one for one in instances if one.cell.clock_gate is not None]
    clocks = {root: -1} | {one.at("out"): rows[one.at("enable")] for one in gates}
    for one in (*gates, *flops):
        clock = one.at("clock") if one in gates else one.clocked_on()
        if clock not in clocks or (one in gates and clock != root):
            raise RuntimeError(f"Clock of cell {one.name!r} must be '{CLOCK}', gated once at most")
    held, next_rows = _next_states(flops, clocks, rows)
    nets = rows | {wire: len(rows) + n for n, wire in enumerate(clocks)}
    return Netlist(
        top=design.top,
        rtl_hash=design.rtl_hash,
        library=replace(library, cells={one.cell.name: one.cell for one in instances}),
        nets=_names(after, nets),
        inputs=tuple(inputs.values()),
        flops=Flops(
            names=tuple(one.name for one in flops),
            bits=tuple(found.bits[one.name][0] for one in flops),
            inverted=np.array([found.bits[one.name][1] for one in flops], bool),
            next_rows=next_rows,
            clocks=np.array([nets[one.clocked_on()] for one in flops], np.int32),
        ),
        runs=(*runs, *held),
        clocks=tuple(clocks.values()),
        groups=_groups(instances, nets),
        outputs={bit: nets[wire] for bit, wire in _port_bits(after, "output")},
        lost=found.lost,
    )


def _instances(after: Mapping[str, Any], library: Library) -> Iterator[_Instance]:
    for name, cell in after["cells"].items():
        if cell["type"] not in library.cells:
            raise RuntimeError(f"Cell {name!r} must be one of the library, not {cell['type']!r}")
        wires = {pin: bits[0] for pin, bits in cell["connections"].items() if bits}
        kind = library.cells[cell["type"]]
        for pin in kind.inputs:
            if wires.get(pin.name, "x") in ("0", "1", "x", "z"):
                raise RuntimeError(f"Pin '{name}.{pin.name}' must be driven by a cell or port")
        yield _Instance(name, kind, {pin: wire for pin, wire in wires.items() if wire != "x"})


def _port_bits(after: Mapping[str, Any], direction: str) -> Iterator[tuple[Bit, Wire]]:
    for name, port in after["ports"].items():
        if port["direction"] == direction:
            for bit, wire in enumerate(port["bits"]):
                yield Bit(name, bit), wire


def _gates(instances: Sequence[_Instance]) -> dict[Wire, Gate]:
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


def _next_states(
    flops: Sequence[_Instance], clocks: Mapping[Wire, int], rows: Mapping[Wire, int]
) -> tuple[list[Run], np.ndarray]:
    """Return how to compute next states that are no wires, and the row of every next state."""
    arguments: list[list[int]] = []
    next_rows = []
    for flop in flops:
        enable, row = clocks[flop.clocked_on()], rows[flop.next_state()]
        if enable < 0:
            next_rows.append(row)
        else:
            next_rows.append(len(rows) + len(arguments))
            arguments.append([enable, row, rows[flop.state()]])
    held = [Run(HELD, len(rows), np.array(arguments, np.int32))] if arguments else []
    return held, np.array(next_rows, np.int32)


def _names(after: Mapping[str, Any], nets: Mapping[Wire, int]) -> tuple[str, ...]:
    """Return a name of every net, one from the design if there is any."""
    names = {wire: str(wire) for wire in nets}
    hidden_first = sorted(after["netnames"].items(), key=lambda item: -item[1]["hide_name"])
    for name, one in hidden_first:
        for bit, wire in enumerate(one["bits"]):
            if wire in names:
                names[wire] = f"{name}[{bit}]" if len(one["bits"]) > 1 else name
    return tuple(names.values())


def _groups(instances: Sequence[_Instance], nets: Mapping[Wire, int]) -> tuple[Group, ...]:
    kinds: defaultdict[str, list[_Instance]] = defaultdict(list)
    for one in instances:
        kinds[one.cell.name].append(one)
    groups = []
    for _, members in sorted(kinds.items()):
        pins = tuple(members[0].cell.pins)
        places = [[nets[one.wires[p]] if p in one.wires else -1 for p in pins] for one in members]
        array = np.array(places, np.int32).reshape(len(members), len(pins))
        groups.append(Group(members[0].cell, tuple(one.name for one in members), pins, array))
    return tuple(groups)
