"""Makes the arrays of a netlist from what Yosys wrote."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cosim.build import Design
from energy.boolean import Function
from energy.library import Library
from energy.netlist.fan_out import buffered
from energy.netlist.flops import Match, match
from energy.netlist.instances import Instance, gates_of, instances_of
from energy.netlist.mappable import mappable
from energy.netlist.netlist import Bit, Flops, Group, Netlist, Run
from energy.netlist.order import Wire, ordered
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
        What to map: one clock ``clk``. Its memories are left out: their pins are outputs of the
        netlist, and what was read of them are inputs; see :mod:`energy.netlist.memories`.
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
        If a memory has other ports than one for writing and one for reading, the library lacks a
        kind of cell, or a flop holds no register of the design.
    RuntimeError
        If mapping fails, or its result is no netlist of one clock without loops.
    """
    part = mappable(library, dont_use)
    made = mapped(design, part, build_dir, period_s=period_s, clock_gating=clock_gating)
    return from_json(design, part, made.after, match(design, made.before, part))


def from_json(design: Design, library: Library, after: Mapping[str, Any], found: Match) -> Netlist:
    """Return the netlist in a module of Yosys's JSON, given what its flops hold.

    Raises
    ------
    RuntimeError
        If it has a loop, something undriven, or a clock that is neither ``clk`` nor gated once.
    """
    instances = buffered([*instances_of(after, library)], library)
    flops = [one for one in instances if one.cell.flop is not None]
    inputs = {wire: bit for bit, wire in _port_bits(after, "input") if bit.path != CLOCK}
    wires, runs = ordered(gates_of(instances), [*inputs, *(one.state() for one in flops)])
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


def _port_bits(after: Mapping[str, Any], direction: str) -> Iterator[tuple[Bit, Wire]]:
    for name, port in after["ports"].items():
        if port["direction"] == direction:
            for bit, wire in enumerate(port["bits"]):
                yield Bit(name, bit), wire


def _next_states(
    flops: Sequence[Instance], clocks: Mapping[Wire, int], rows: Mapping[Wire, int]
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


def _groups(instances: Sequence[Instance], nets: Mapping[Wire, int]) -> tuple[Group, ...]:
    kinds: defaultdict[str, list[Instance]] = defaultdict(list)
    for one in instances:
        kinds[one.cell.name].append(one)
    groups = []
    for _, members in sorted(kinds.items()):
        pins = tuple(members[0].cell.pins)
        places = [[nets[one.wires[p]] if p in one.wires else -1 for p in pins] for one in members]
        array = np.array(places, np.int32).reshape(len(members), len(pins))
        groups.append(Group(members[0].cell, tuple(one.name for one in members), pins, array))
    return tuple(groups)
