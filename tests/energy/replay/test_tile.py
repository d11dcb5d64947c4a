"""Gates of a whole small tile, held to its registers."""

from collections import Counter
from dataclasses import replace

import pytest

from cosim.native.recording import Phase
from cosim.tile.inference import Conditions
from energy.replay.tile import run_tile_gates

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def run_gates(tile_case, build_dir, tmp_path_factory):
    """Return a function that runs the case on tile_netlists."""

    def run_gates(netlists):
        return run_tile_gates(
            *(tile_case.compiled, tile_case.chip, tile_case.images, Conditions(), netlists),
            work_dir=tmp_path_factory.mktemp("gates"),
            build_dir=build_dir,
        )

    return run_gates


@pytest.fixture(scope="module")
def done(run_gates, tile_netlists):
    return run_gates(tile_netlists)


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


def test_flops_toggle_as_the_registers_of_the_tile(done, tile_netlists, tile_case):
    run, found = done
    toggles = Counter()
    for number, activity in found.macros.items():
        pe, n = divmod(number, tile_case.compiled.tile.table.macros_per_pe)
        toggles += register_toggles(tile_netlists.macro, activity, f"tile.pe_{pe}.macro_{n}")
    for path, part in found.parts.items():
        one = tile_netlists.core if path == "tile.core" else tile_netlists.pe_logic
        toggles += register_toggles(one, part.phases[Phase.RUNNING], path)
    expected = {path: count for path, count in run.toggles.items() if count}
    assert expected
    assert {path: count for path, count in toggles.items() if count} == expected


def test_every_cycle_of_every_part_is_counted_once(done, tile_case):
    run, found = done
    core = found.parts["tile.core"].phases
    assert core[Phase.RUNNING].cycles == run.run_cycles.sum()
    assert core[Phase.RESTING].cycles == 0
    assert core[Phase.LOADED].cycles > 0
    assert len(found.parts) == 1 + len(tile_case.compiled.pes)


def test_no_register_of_a_resting_pe_is_clocked_behind_a_gate(done, tile_netlists):
    _, found = done
    flops = slice(len(tile_netlists.pe_logic.inputs), None)
    for path, part in found.parts.items():
        if path != "tile.core":
            rest = part.phases[Phase.RESTING]
            assert rest.cycles > 0
            states = rest.toggles[flops][: len(tile_netlists.pe_logic.flops.bits)]
            assert not states.any()
            always, *gated = rest.toggles[tile_netlists.pe_logic.data_nets :].tolist()
            assert always == 2 * rest.cycles
            assert not any(gated)


def test_accesses_of_memories(done, tile_case):
    _, found = done
    core = found.parts["tile.core"].accesses
    images, steps = len(tile_case.images), len(tile_case.compiled.steps)
    # One entry per mark and image; each instruction is fetched once at least.
    assert core["core.event_counters.log"][Phase.RUNNING].writes == images * steps
    assert core["core.sequencer.program"][Phase.RUNNING].writes == 0
    assert core["core.sequencer.program"][Phase.LOADED].writes > 0
    outputs = sum(
        step.output.height * step.output.width * step.output.channels
        for step in tile_case.compiled.steps
    )
    halves = [core[f"core.memory.{half}"][Phase.RUNNING] for half in ("even", "odd")]
    bits = tile_case.compiled.tile.macro.input_bits
    assert sum(half.written_bits for half in halves) == images * outputs * bits
    for half in halves:
        assert half.writes <= half.written_bits // bits <= half.writes * half.width // bits


def test_netlist_of_another_function_is_refused(run_gates, tile_netlists):
    core = tile_netlists.core
    runs = list(core.runs)
    number, run = max(enumerate(runs), key=lambda item: len(item[1].arguments))
    runs[number] = replace(run, function=("~", run.function))
    broken = replace(tile_netlists, core=replace(core, runs=tuple(runs)))
    with pytest.raises(RuntimeError, match=r"^Flip-flop .* must follow register bit 'core\."):
        run_gates(broken)


def test_netlist_of_another_part_is_refused(run_gates, tile_netlists):
    wrong = replace(tile_netlists, core=tile_netlists.pe_logic)
    with pytest.raises(ValueError, match=r"^Netlist must be mapped from the core of the tile, "):
        run_gates(wrong)
