"""Energy of a whole small tile, block by block."""

import pytest

from cosim.build import design, tile_design
from cosim.memories import memories
from cosim.native.recording import Phase
from cosim.tile.inference import Conditions
from energy.blocks import COMBINE, SHIFT_ADD, TREES
from energy.chip.adders import adder_activities
from energy.chip.blocks import Blocks, block, block_j, clock_j
from energy.chip.interconnect import Interconnect
from energy.chip.leakage import logic_leakage_w
from energy.chip.memories import memories_leakage_w
from energy.chip.ran import CAUSES, Ran
from energy.chip.spent import units
from energy.floorplan import Tree
from energy.mapped import map_design
from energy.replay.tile import TileNetlists, run_tile_gates
from hdl_gen.emit import CORE, PE_LOGIC

pytestmark = pytest.mark.long

WIRES = Interconnect(
    pe_tree=Tree(leaves=4, branches_m=(1e-4, 1e-4), path_m=2e-4),
    branch_j=(6e-12, 7e-12),
    one_pe_j=2e-12,
    to_all_macros_j=3e-12,
    one_macro_j=4e-12,
    next_pe_j=5e-12,
    repeaters_m=2e-3,
    numbers={},
)


@pytest.fixture(scope="module")
def ran(make_case, sky130, build_dir, tmp_path_factory):
    """The small network on a tile with a PE to spare."""
    case = make_case({"bits": 5, "step": 2, "zero_code": 16}, pes=4)
    tile = case.compiled.tile
    designs = {
        "macro": design(tile.macro, build_dir),
        "pe_logic": tile_design(tile, build_dir, PE_LOGIC),
        "core": tile_design(tile, build_dir, CORE),
    }
    mapped = {
        name: map_design(one, sky130, build_dir, node_nm=130, period_s=1e-8)
        for name, one in designs.items()
    }
    run, activity = run_tile_gates(
        *(case.compiled, case.chip, case.images, Conditions()),
        TileNetlists(**{name: one.netlist for name, one in mapped.items()}),
        work_dir=tmp_path_factory.mktemp("spent"),
        build_dir=build_dir,
    )
    return Ran(
        compiled=case.compiled,
        chip=case.chip.model_copy(update={"macro": tile.macro}),
        cycles=int(run.run_cycles.sum()),
        activity=activity,
        blocks=Blocks(**{name: block(one) for name, one in mapped.items()}),
        wires=WIRES,
        pe_memories=memories(designs["pe_logic"]),
        core_memories=memories(designs["core"]),
    )


@pytest.fixture(scope="module")
def found(ran):
    return {unit.path: unit for unit in units(ran)}


def test_every_block_is_counted_once(found):
    blocks = [
        f"tile.pe_{pe}.{block}" for pe in range(4) for block in ("macro_0", "macro_1", "logic")
    ]
    assert list(found) == [*blocks, "tile.core"]
    for unit in found.values():
        assert {*unit.work_j, *unit.rest_j} <= {*CAUSES}
        assert all(joules >= 0 for joules in (*unit.work_j.values(), *unit.rest_j.values()))


def test_clock_of_a_resting_pe_equals_what_the_replay_counts(ran):
    """While a PE rests, its replay has little but clocks: what the core sends comes and goes."""
    logic = ran.blocks.pe_logic
    parts = [part for path, part in ran.activity.parts.items() if path != "tile.core"]
    assert parts
    for part in parts:
        rest = part.phases[Phase.RESTING]
        expected = rest.cycles * clock_j(logic, ran.chip)
        assert rest.cycles > 0
        assert 1 <= block_j(logic, rest, ran.chip) / expected < 1.5


def test_block_that_is_not_in_use_has_clocks_and_leakage_only(ran, found):
    macro, logic = ran.blocks.macro, ran.blocks.pe_logic
    used = found["tile.pe_0.macro_0"]
    for n in range(2):
        spare = found[f"tile.pe_3.macro_{n}"]
        assert (spare.layer, dict(spare.work_j), spare.host_j) == (None, {}, 0)
        clock = pytest.approx(ran.cycles * clock_j(macro, ran.chip))
        assert spare.rest_j == {"macro_gates": clock, "leakage": used.rest_j["leakage"]}
        assert used.layer == "first"
        assert used.total_j > spare.total_j
    assert found["tile.pe_3.logic"].rest_j["pe_gates"] == pytest.approx(
        ran.cycles * clock_j(logic, ran.chip)
    )


def test_clock_between_blocks_runs_in_every_cycle(ran, found):
    """By hand: two transitions a cycle on the way to all PEs, and in each of four to all macros."""
    wires_j = ran.cycles * 2 * (2 * 6e-12 + 4 * 7e-12 + 4 * 3e-12)
    for pe in range(4):
        rest_j = found[f"tile.pe_{pe}.logic"].rest_j
        assert rest_j["wires"] == pytest.approx(wires_j / 4, rel=1e-9, abs=0)


def test_repeaters_leak_in_the_places_of_pes(ran, found):
    # by hand: half of 2 mm are off, 20.6 pA/um, and half on, 37.3 pA/um through the gate, at 1 V
    repeaters_w = 1000 * 57.9e-12 / 4
    logic_w = logic_leakage_w(ran.blocks.pe_logic.mapped, 32)
    logic_w += memories_leakage_w(ran.pe_memories, 32)
    expected = (repeaters_w + logic_w) * ran.seconds
    assert found["tile.pe_3.logic"].rest_j["leakage"] == pytest.approx(expected, rel=1e-6, abs=0)


def test_words_are_charged_along_the_branches_to_their_pes(ran, found):
    """Layer `first` is a chain of PEs 0 and 1: one branch at the first fork, two behind it."""
    logic = ran.blocks.pe_logic
    for step in ran.compiled.steps:
        for pe in step.pes:
            running = ran.activity.parts[f"tile.pe_{pe}.logic"].phases[Phase.RUNNING]
            words = logic.toggles(running, ["bus__word"])
            way_j = {2: 6e-12 + 2 * 7e-12, 1: 6e-12 + 7e-12}[len(step.pes)] / len(step.pes)
            inner_j = 3e-12 * logic.toggles(running, ["words_0__payload", "hold"])
            wires_j = found[f"tile.pe_{pe}.logic"].work_j["wires"]
            assert wires_j > words * way_j + inner_j
            assert words > 0


def test_what_the_host_loads_is_no_part_of_the_run(found):
    core = found["tile.core"]
    assert core.host_j > 0
    both = sum(core.work_j.values()) + sum(core.rest_j.values())
    assert core.total_j == pytest.approx(both)


def test_adders_of_macros_and_trees_are_told_apart(ran):
    found = adder_activities(ran)
    assert set(found) == {SHIFT_ADD, COMBINE, TREES}
    for one in found.values():
        assert 0 < one.toggles < one.net_cycles
