import dataclasses
from types import SimpleNamespace

import pytest

from cosim.build import design, tile_design
from cosim.tile.inference import Conditions, infer
from cosim.tile.toggles import paths
from cosim.tile.toggles.registers import Registers
from cosim.tile.toggles.tile import TileToggles
from cosim.twin.compute import compute
from energy.blocks import (
    COMBINE,
    CONTROL,
    CORE_BLOCKS,
    FIXED,
    INPUT_BUS,
    INPUTS,
    OUTPUT_BUS,
    POOLING,
    REQUANTISER,
    ROW_DRIVE,
    SHIFT_ADD,
    TREES,
    VECTOR_UNIT,
    WORDS,
    Work,
    bits_of,
    block_of,
    by_block,
    core_by_block,
    updates,
)
from energy.neurosim import ACTIVITIES
from hdl_gen.emit import PE_LOGIC
from hw_spec.program import Kind, Setting
from network.compile import compile_network
from network.convolution import Pool
from network.integer import IntegerNetwork

REGISTERS = {
    "macro_0.row_registers.waiting": INPUT_BUS,
    "macro_12.row_registers.vector": INPUTS,
    "macro_0.row_registers.beat": CONTROL,
    "macro_0.switch_matrix.row_drive": ROW_DRIVE,
    "macro_0.lane_31.sums": SHIFT_ADD,
    "macro_0.slice_combine.results": COMBINE,
    "macro_0.slice_combine.finished_row_sum": COMBINE,
    "macro_0.slice_combine.draining": CONTROL,
    "macro_0.sequencer.plane": CONTROL,
    "logic.tree.level_2_0": TREES,
    "logic.tree.valid_2": CONTROL,
    "logic.chain_sums": TREES,
    "logic.chain_sums_valid": CONTROL,
    "logic.requantiser.scaled": REQUANTISER,
    "logic.requantiser.scaled_valid": CONTROL,
    "logic.output_buffer.stored": POOLING,
    "logic.output_buffer.held": OUTPUT_BUS,
    "logic.configuration.macros": CONTROL,
}


@pytest.fixture(scope="module", params=["vector unit", "pooling"])
def case(make_case, request):
    """A network with an operation of the vector unit, or with a layer that pools its results."""
    made = make_case({"bits": 6, "step": 2, "zero_code": 32}, images=3)
    if request.param == "pooling":
        (first, *_), shape = made.network.operations, made.network.input_shape
        pooled = dataclasses.replace(first, pool=Pool(window=(2, 2), stride=2))
        network = IntegerNetwork(
            input_shape=shape, input_bits=8, operations=(pooled,), output=first.name
        )
        tile = made.chip.tile_spec()
        made.compiled = compile_network(network, tile, schedule="single")
    return made


def test_registers_belong_to_blocks():
    assert {path: block_of(path) for path in REGISTERS} == REGISTERS
    assert set(REGISTERS.values()) == set(FIXED)
    assert {name for name in FIXED.values() if name} == set(ACTIVITIES) - {"adder"}


def test_registers_of_the_core_belong_to_blocks(case):
    core = f"{paths.CORE}."
    names = [
        path.removeprefix(core)
        for path in paths.register_paths(case.compiled.tile)
        if path.startswith(core)
    ]
    found = core_by_block(dict.fromkeys(names, 1))
    assert tuple(found) == CORE_BLOCKS
    # word, products, sums, result; the words that the fetcher fills and the writer sends
    assert (found[VECTOR_UNIT], found[WORDS]) == (4, 2)
    assert sum(found.values()) == len(names)


def test_no_register_is_counted_twice_or_left_out():
    counts = {path: 10**n for n, path in enumerate(REGISTERS)}
    assert sum(by_block(counts).values()) == sum(counts.values())


def test_bits_are_those_of_the_verilog(case, build_dir):
    tile = case.compiled.tile
    macro = design(tile.macro, build_dir).registers
    logic = tile_design(tile, build_dir, PE_LOGIC).registers
    bits = bits_of(macro, logic, macros=5, pes=3)
    assert sum(bits.values()) == 5 * sum(macro.values()) + 3 * sum(logic.values())
    assert bits[ROW_DRIVE] == 5 * tile.macro.rows
    assert bits[OUTPUT_BUS] == 3 * tile.block * tile.macro.input_bits


def work_of(compiled, step):
    settings = step.settings
    return Work(
        macros=sum(compiled.pes[pe].macros for pe in step.pes),
        pes=len(step.pes),
        chains=len(step.pes) // settings[Setting.CHAIN],
        vectors=step.positions,
        window=settings[Setting.COUNT_WINDOW_ROWS] * settings[Setting.COUNT_WINDOW_COLUMNS],
        cycles=1000,
    )


def test_updates_of_a_pe_are_the_values_its_registers_took(case, build_dir, monkeypatch):
    compiled = case.compiled
    widths = tile_design(compiled.tile, build_dir, PE_LOGIC).registers
    written = {}
    take = Registers.take

    def counted(self, path, values, **how):
        _, unit, below = path.split(".", 2)
        if below.startswith("logic."):
            bits = widths[f"pe_logic.{below.removeprefix('logic.')}"]
            written[unit, below] = values.shape[1] * bits
        take(self, path, values, **how)

    monkeypatch.setattr(Registers, "take", counted)
    toggles = TileToggles(compiled, len(case.images))
    for run in steps_of(case):
        written.clear()
        toggles.take(run)
        if run.step.kind is not Kind.MATRIX:
            continue
        found = updates(compiled.tile, work_of(compiled, run.step), dict.fromkeys(FIXED, 0))
        for block in (TREES, REQUANTISER, POOLING, OUTPUT_BUS):
            taken = sum(bits for (_, path), bits in written.items() if block_of(path) == block)
            assert found[block] == taken > 0


def test_updates_of_macros_follow_from_conversions(case):
    compiled = case.compiled
    spec, step = compiled.tile.macro, compiled.steps[0]
    work = work_of(compiled, step)
    found = updates(compiled.tile, work, {CONTROL: 7})
    runs = [
        compute(job, toggles=False).run
        for number, job in jobs_of(case).items()
        if number // compiled.tile.table.macros_per_pe in step.pes
    ]
    codes = sum(run.conversions for run in runs) * spec.lanes
    assert found[SHIFT_ADD] * len(case.images) == codes * spec.column_sum_bits
    psums = sum(run.psums.size for run in runs)
    row_sums = 2 * len(case.images) * work.macros * work.vectors * spec.row_sum_bits
    results = psums * (spec.slices * spec.column_sum_bits + spec.psum_bits)
    assert found[COMBINE] * len(case.images) == results + row_sums
    assert found[CONTROL] == 7 * 1000
    vectors = work.macros * work.vectors
    assert found[INPUT_BUS] == vectors * 8 * spec.input_bits  # by hand: 8 rows
    assert found[ROW_DRIVE] == vectors * 8 * spec.input_bits * spec.row_groups


def test_no_bit_switches_more_often_than_it_is_written(case, build_dir):
    compiled, tile = case.compiled, case.compiled.tile
    macro = design(tile.macro, build_dir).registers
    logic = tile_design(tile, build_dir, PE_LOGIC).registers
    toggles = TileToggles(compiled, len(case.images))
    for run in steps_of(case):
        toggles.take(run)
    counts = toggles.toggles()
    for step in compiled.steps:
        if step.kind is not Kind.MATRIX:
            continue
        work = work_of(compiled, step)
        bits = bits_of(macro, logic, macros=work.macros, pes=work.pes)
        most = updates(tile, work, bits)
        for pe in step.pes:
            start = f"tile.pe_{pe}."
            mine = {
                path.removeprefix(start): n for path, n in counts.items() if path.startswith(start)
            }
            for block, switched in by_block(mine).items():
                assert switched <= most[block] * len(case.images)


def steps_of(case):
    return _run(case).steps


def jobs_of(case):
    return _run(case).jobs


def _run(case):
    jobs = {}
    steps = infer(
        case.compiled,
        case.chip,
        case.images,
        Conditions(),
        run_macro=lambda step: lambda job: compute(job).run,
        seen=jobs.__setitem__,
    )
    return SimpleNamespace(steps=list(steps), jobs=jobs)
