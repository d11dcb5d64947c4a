"""Pins of the memories of a small core, held to what the memories did."""

import time
from collections import defaultdict

import numpy as np
import pytest

from cosim.build import tile_design
from cosim.engines import native
from cosim.memories import memories
from cosim.native.build import native_library
from cosim.native.library import recorded_places
from cosim.native.recording import python_sink
from cosim.tile.inference import Conditions, infer
from cosim.tile.partition import replay_steps
from energy.boolean import evaluate
from energy.netlist.memories import (
    READ,
    READ_ADDRESS,
    READ_DATA,
    WRITE,
    WRITE_ADDRESS,
    WRITE_DATA,
    WRITE_PARTS,
    port,
)
from energy.replay.sources import inversions, source_rows
from hdl_gen.emit import CORE

ONES = ~np.uint64(0)

pytestmark = pytest.mark.long


def recorded_core(case, core, work_dir, build_dir):
    """Return every recorded bit of the core in every cycle: bool, shape (recorded rows, cycles)."""
    blocks = []

    def take(bits, cycles, first_cycle, behind):
        rows = np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little").astype(bool)
        blocks.append((first_cycle, rows[:, :cycles]))

    def sinks(path):
        return (python_sink(take, bits),) * 3 if path == "tile.core" else None

    bits = recorded_places(native_library(core, build_dir), core_names(core)).bits
    run_one = native.prepared(case.compiled.tile.macro, work_dir, build_dir=build_dir)
    given = case.compiled, case.chip, case.images, Conditions()
    steps = infer(*given, run_macro=lambda step: run_one)
    replay_steps(
        *(case.compiled, case.images, steps),
        build_dir=build_dir,
        deadline_s=time.monotonic() + 600,
        sinks=sinks,
    )
    ordered = sorted(blocks, key=lambda block: block[0])
    return np.concatenate([rows for _, rows in ordered], axis=1)


def core_names(core):
    reads = [port(memory, READ_DATA) for memory in memories(core)]
    return [*core.registers, *core.inputs, *reads]


def evaluated(netlist, first, rows):
    """Return the bits of every port of a netlist in every cycle, by the name of the port."""
    held = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 64)))
    words = np.ascontiguousarray(np.packbits(held, axis=1, bitorder="little")).view(np.uint64)
    values = np.empty((netlist.rows, words.shape[1]), np.uint64)
    sources = source_rows(netlist, first)
    values[: len(sources)] = words[sources] ^ inversions(netlist)[:, None]
    for run in netlist.runs:
        pins = {str(n): values[some] for n, some in enumerate(run.arguments.T)}
        values[run.first : run.first + len(run.arguments)] = evaluate(run.function, pins, ONES)
    ports = defaultdict(list)
    for bit, net in sorted(netlist.outputs.items()):
        row = np.unpackbits(values[net].view(np.uint8), bitorder="little")
        ports[bit.path].append(row[: rows.shape[1]].astype(bool))
    return {name: np.array(bits) for name, bits in ports.items()}


def number(bits):
    """Return bits, lowest first, as numbers: shape (cycles,)."""
    return (bits.T.astype(np.int64) << np.arange(len(bits))).sum(axis=1)


def contents(memory, pins):
    """Return what a memory has read in every cycle, given its pins: bool, shape (width, cycles)."""
    shared = {part.data: part.bits for part in memory.writes}
    starts = dict(zip(shared, np.cumsum([0, *shared.values()]), strict=False))
    lanes = [np.arange(part.bits) + starts[part.data] for part in memory.writes]
    data = pins["write_data"][np.concatenate(lanes)]
    bits = [part.bits for part in memory.writes]
    parts = np.repeat(pins.get("write_parts", pins["write"]), bits, axis=0)
    reads, writes = number(pins["read_address"]), number(pins["write_address"])
    cells = np.zeros((memory.words, memory.width), bool)
    seen = np.zeros((memory.width, len(reads)), bool)
    for cycle in range(len(reads) - 1):
        read = pins["read"][0, cycle]
        seen[:, cycle + 1] = cells[reads[cycle]] if read else seen[:, cycle]
        np.copyto(cells[writes[cycle]], data[:, cycle], where=parts[:, cycle])
    return seen


def test_memories_at_the_pins_read_what_the_memories_read(
    tile_case, tile_netlists, tmp_path, build_dir
):
    core = tile_design(tile_case.compiled.tile, build_dir, CORE)
    rows = recorded_core(tile_case, core, tmp_path, build_dir)
    first = recorded_places(native_library(core, build_dir), core_names(core)).first
    ports = evaluated(tile_netlists.core, first, rows)
    for memory in memories(core):
        names = (READ, READ_ADDRESS, WRITE, WRITE_ADDRESS, WRITE_DATA, WRITE_PARTS)
        pins = {pin: ports[port(memory, pin)] for pin in names if port(memory, pin) in ports}
        row = first[port(memory, READ_DATA)]
        read = rows[row : row + memory.width]
        begun = int(np.flatnonzero(pins[READ][0])[0]) + 1
        assert read[:, begun:].any()
        np.testing.assert_array_equal(contents(memory, pins)[:, begun:], read[:, begun:])
        assert (pins[WRITE][0] == pins.get(WRITE_PARTS, pins[WRITE]).any(axis=0)).all()
