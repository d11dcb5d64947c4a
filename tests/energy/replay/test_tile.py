"""Gates of a whole small tile, held to its registers and its memories."""

import time
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from cosim.build import design, tile_design
from cosim.engines import native
from cosim.memories import memories
from cosim.native.build import native_library
from cosim.native.library import recorded_places
from cosim.native.recording import Phase, python_sink
from cosim.tile.inference import Conditions, infer
from cosim.tile.partition import replay_steps
from energy.boolean import evaluate
from energy.netlist.build import netlist
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
from energy.replay.tile import TileNetlists, run_tile_gates
from hdl_gen.emit import CORE, PE_LOGIC

ONES = ~np.uint64(0)
ADC = {"bits": 5, "step": 2, "zero_code": 16}
PERIOD_S = 10e-9

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def case(make_case):
    return make_case(ADC)


@pytest.fixture(scope="module")
def netlists(case, sky130, build_dir):
    tile = case.compiled.tile
    macro, logic, core = (
        netlist(one, sky130, build_dir, period_s=PERIOD_S)
        for one in (
            design(tile.macro, build_dir),
            tile_design(tile, build_dir, PE_LOGIC),
            tile_design(tile, build_dir, CORE),
        )
    )
    return TileNetlists(macro=macro, pe_logic=logic, core=core)


@pytest.fixture(scope="module")
def run_gates(case, build_dir, tmp_path_factory):
    """Return a function that runs the case on netlists."""

    def run_gates(netlists):
        return run_tile_gates(
            *(case.compiled, case.chip, case.images, Conditions(), netlists),
            work_dir=tmp_path_factory.mktemp("gates"),
            build_dir=build_dir,
        )

    return run_gates


@pytest.fixture(scope="module")
def done(run_gates, netlists):
    return run_gates(netlists)


def register_toggles(netlist, activity, path):
    """Return the toggles of the registers of a part by their path in the tile."""
    first = len(netlist.inputs)
    counts = dict(zip(netlist.flops.bits, activity.toggles[first:].tolist(), strict=False))
    toggles = Counter()
    for bit, count in counts.items():
        toggles[f"{path}.{bit.path.partition('.')[2]}"] += count
    for bit, same in netlist.lost.merged.items():
        toggles[f"{path}.{bit.path.partition('.')[2]}"] += counts[same]
    return toggles


def test_flops_toggle_as_the_registers_of_the_tile(done, netlists, case):
    run, found = done
    toggles = Counter()
    for number, activity in found.macros.items():
        pe, n = divmod(number, case.compiled.tile.table.macros_per_pe)
        toggles += register_toggles(netlists.macro, activity, f"tile.pe_{pe}.macro_{n}")
    for path, part in found.parts.items():
        one = netlists.core if path == "tile.core" else netlists.pe_logic
        toggles += register_toggles(one, part.phases[Phase.RUNNING], path)
    expected = {path: count for path, count in run.toggles.items() if count}
    assert expected
    assert {path: count for path, count in toggles.items() if count} == expected


def test_every_cycle_of_every_part_is_counted_once(done, case):
    run, found = done
    core = found.parts["tile.core"].phases
    assert core[Phase.RUNNING].cycles == run.run_cycles.sum()
    assert core[Phase.RESTING].cycles == 0
    assert core[Phase.LOADED].cycles > 0
    assert len(found.parts) == 1 + len(case.compiled.pes)


def test_no_register_of_a_resting_pe_is_clocked_behind_a_gate(done, netlists):
    _, found = done
    flops = slice(len(netlists.pe_logic.inputs), None)
    for path, part in found.parts.items():
        if path != "tile.core":
            rest = part.phases[Phase.RESTING]
            assert rest.cycles > 0
            states = rest.toggles[flops][: len(netlists.pe_logic.flops.bits)]
            assert not states.any()
            always, *gated = rest.toggles[netlists.pe_logic.data_nets :].tolist()
            assert always == 2 * rest.cycles
            assert not any(gated)


def test_accesses_of_memories(done, case):
    _, found = done
    core = found.parts["tile.core"].accesses
    images, steps = len(case.images), len(case.compiled.steps)
    # One entry per mark and image; each instruction is fetched once at least.
    assert core["core.event_counters.log"][Phase.RUNNING].writes == images * steps
    assert core["core.sequencer.program"][Phase.RUNNING].writes == 0
    assert core["core.sequencer.program"][Phase.LOADED].writes > 0
    outputs = sum(
        step.output.height * step.output.width * step.output.channels
        for step in case.compiled.steps
    )
    halves = [core[f"core.memory.{half}"][Phase.RUNNING] for half in ("even", "odd")]
    bits = case.compiled.tile.macro.input_bits
    assert sum(half.written_bits for half in halves) == images * outputs * bits
    for half in halves:
        assert half.writes <= half.written_bits // bits <= half.writes * half.width // bits


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


def test_memories_at_the_pins_read_what_the_memories_read(case, netlists, tmp_path, build_dir):
    core = tile_design(case.compiled.tile, build_dir, CORE)
    rows = recorded_core(case, core, tmp_path, build_dir)
    first = recorded_places(native_library(core, build_dir), core_names(core)).first
    ports = evaluated(netlists.core, first, rows)
    for memory in memories(core):
        names = (READ, READ_ADDRESS, WRITE, WRITE_ADDRESS, WRITE_DATA, WRITE_PARTS)
        pins = {pin: ports[port(memory, pin)] for pin in names if port(memory, pin) in ports}
        row = first[port(memory, READ_DATA)]
        read = rows[row : row + memory.width]
        begun = int(np.flatnonzero(pins[READ][0])[0]) + 1
        assert read[:, begun:].any()
        np.testing.assert_array_equal(contents(memory, pins)[:, begun:], read[:, begun:])
        assert (pins[WRITE][0] == pins.get(WRITE_PARTS, pins[WRITE]).any(axis=0)).all()


def test_netlist_of_another_function_is_refused(run_gates, netlists):
    core = netlists.core
    runs = list(core.runs)
    number, run = max(enumerate(runs), key=lambda item: len(item[1].arguments))
    runs[number] = replace(run, function=("~", run.function))
    broken = replace(netlists, core=replace(core, runs=tuple(runs)))
    with pytest.raises(RuntimeError, match=r"^Flip-flop .* must follow register bit 'core\."):
        run_gates(broken)


def test_netlist_of_another_part_is_refused(run_gates, netlists):
    wrong = replace(netlists, core=netlists.pe_logic)
    with pytest.raises(ValueError, match=r"^Netlist must be mapped from the core of the tile, "):
        run_gates(wrong)
