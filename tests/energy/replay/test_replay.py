"""Counts of both replays, held to a simulation of the netlist, net by net."""

import platform
from dataclasses import replace

import numpy as np
import pytest

from cosim.native.recording import Behind
from energy.replay import compiled as compiled_module
from energy.replay.compiled import CompiledReplay
from energy.replay.vectorised import VectorisedReplay

LENGTHS = [1, 2, 63, 64, 65, 511, 512, 513, 1025]


@pytest.fixture
def compiled(build_dir):
    return lambda netlist, first: CompiledReplay(netlist, first, build_dir)


@pytest.fixture(params=["compiled", "vectorised"])
def replay(request, compiled):
    """Return a function that makes a replay of a netlist."""
    return compiled if request.param == "compiled" else VectorisedReplay


def replayed(make, netlist, places, blocks):
    replay = make(netlist, places.first)
    for block in blocks:
        replay.take(*block)
    return replay.activity()


@pytest.mark.parametrize("cycles", [2, 64, 513, 1087])
def test_every_net_equals_a_simulation_of_the_netlist(
    cycles, replay, gates, places, recorded, blocks_of, saif_of, wires_of
):
    found = replayed(replay, gates, places, blocks_of(recorded[:, :cycles], 8))
    saif, wires = saif_of(cycles), wires_of(gates.nets)
    data = [saif[wire] for wire in wires[: gates.data_nets]]
    assert found.ones[: gates.data_nets].tolist() == [ones for ones, _ in data]
    assert found.toggles[: gates.data_nets].tolist() == [toggles for _, toggles in data]
    # The edge behind the last cycle is one of ours, and not one of the simulation.
    found = replayed(replay, gates, places, blocks_of(recorded[:, : cycles - 1], 8))
    clocks = [saif[wire] for wire in wires[gates.data_nets :]]
    assert found.toggles[gates.data_nets :].tolist() == [toggles for _, toggles in clocks]


def test_simulated_cycles_do_something(gates, places, recorded, blocks_of, compiled):
    found = replayed(compiled, gates, places, blocks_of(recorded, 8))
    assert (found.toggles > 0).mean() > 0.8
    always, *gated = found.toggles[gates.data_nets :].tolist()
    assert sum(0 < clock < always for clock in gated) > 0.9 * len(gated)


@pytest.mark.parametrize("cycles", LENGTHS)
def test_both_replays_count_the_same(cycles, compiled, gates, places, recorded, blocks_of):
    one = replayed(compiled, gates, places, blocks_of(recorded[:, :cycles], 8))
    for words in (1, 3, 16):
        blocks = blocks_of(recorded[:, :cycles], words)
        other = replayed(VectorisedReplay, gates, places, blocks)
        assert one.cycles == other.cycles == cycles
        assert one.toggles.tolist() == other.toggles.tolist()
        assert one.ones.tolist() == other.ones.tolist()


def test_what_lies_between_windows_is_no_change(replay, gates, places, recorded, blocks_of):
    parts = [(0, 700), (803, 804), (900, 1000)]
    blocks = [block for low, high in parts for block in blocks_of(recorded[:, low:high], 8, low)]
    together = replayed(replay, gates, places, blocks)
    alone = [
        replayed(replay, gates, places, blocks_of(recorded[:, low:high], 8)) for low, high in parts
    ]
    assert together.toggles.tolist() == sum(one.toggles for one in alone).tolist()
    assert together.ones.tolist() == sum(one.ones for one in alone).tolist()


def behind(rows, low, high):
    """Return a block of some cycles in which the cycle behind them is held."""
    held = np.concatenate([rows[:, low : high + 1], np.repeat(rows[:, high : high + 1], 512, 1)], 1)
    bits = np.packbits(held[:, :512], axis=1, bitorder="little")
    return np.ascontiguousarray(bits).view(np.uint64), high - low, low


@pytest.mark.parametrize("high", [700, 1023, 1024])
def test_change_behind_a_window_counts_where_it_belongs_to_it(
    high, replay, gates, places, recorded, blocks_of
):
    before = list(blocks_of(recorded[:, :512], 8))
    if high < 1024:
        last = [(*behind(recorded, 512, high), Behind.CHANGE)]
    else:  # a block of no cycle, behind a whole one
        last = [*blocks_of(recorded[:, 512:high], 8, 512)]
        last.append((*behind(recorded, high, high), Behind.CHANGE))
    found = replayed(replay, gates, places, [*before, *last])
    one_more = replayed(replay, gates, places, blocks_of(recorded[:, : high + 1], 8))
    window = replayed(replay, gates, places, blocks_of(recorded[:, :high], 8))
    data = slice(gates.data_nets)
    assert found.cycles == high
    assert found.toggles[data].tolist() == one_more.toggles[data].tolist()
    assert found.ones.tolist() == window.ones.tolist()
    assert found.toggles[gates.data_nets :].tolist() == window.toggles[gates.data_nets :].tolist()
    last[-1] = (*last[-1][:3], Behind.STATE)
    found = replayed(replay, gates, places, [*before, *last])
    assert found.toggles.tolist() == window.toggles.tolist()


@pytest.mark.parametrize("kind", [Behind.STATE, Behind.CHANGE])
def test_state_behind_a_window_is_proven(kind, replay, gates, places, recorded):
    bits, cycles, first = behind(recorded, 0, 100)
    bit = gates.flops.bits[3]
    bits[places.first[bit.path] + bit.bit, 1] ^= np.uint64(2**64 - 2**36)
    bits[places.first[bit.path] + bit.bit, 2:] ^= ~np.uint64(0)
    message = r"^Flip-flop .* differs from it in cycle 100$"
    with pytest.raises(RuntimeError, match=message):
        replayed(replay, gates, places, [(bits, cycles, first, kind)])
    assert replayed(replay, gates, places, [(bits, cycles, first, Behind.NOTHING)]).cycles == 100


def test_wrong_cell_function_is_refused(replay, gates, places, recorded, blocks_of):
    runs = list(gates.runs)
    number, run = max(enumerate(runs), key=lambda item: len(item[1].arguments))
    runs[number] = replace(run, function=("~", run.function))
    wrong = replace(gates, runs=tuple(runs))
    with pytest.raises(RuntimeError, match=r"^Flip-flop '.+' of the netlist must follow register"):
        replayed(replay, wrong, places, blocks_of(recorded, 8))


@pytest.mark.parametrize("cycle", [3, 64, 500, 512, 700])
def test_wrong_bit_is_told_with_flop_and_cycle(cycle, replay, gates, places, recorded, blocks_of):
    flop = 17
    bit = gates.flops.bits[flop]
    rows = recorded.copy()
    rows[places.first[bit.path] + bit.bit, cycle:] ^= True
    expected = f"'{gates.flops.names[flop]}' .* register bit '{bit}', .* in cycle {cycle}"
    with pytest.raises(RuntimeError, match=expected.replace("$", r"\$").replace("[", r"\[")):
        replayed(replay, gates, places, blocks_of(rows, 8))


def test_wrong_map_of_flops_is_refused(replay, gates, places, recorded, blocks_of):
    bits = list(gates.flops.bits)
    bits[20], bits[21] = bits[21], bits[20]
    wrong = replace(gates, flops=replace(gates.flops, bits=tuple(bits)))
    with pytest.raises(RuntimeError, match=r"^Flip-flop .* differs from it in cycle"):
        replayed(replay, wrong, places, blocks_of(recorded, 8))


def test_flop_of_the_inverse_is_read_inverted(replay, gates, places, recorded, blocks_of):
    inverted = gates.flops.inverted.copy()
    inverted[5] = True
    rows = recorded.copy()
    bit = gates.flops.bits[5]
    rows[places.first[bit.path] + bit.bit] ^= True
    changed = replace(gates, flops=replace(gates.flops, inverted=inverted))
    found = replayed(replay, changed, places, blocks_of(rows, 8))
    assert (
        found.toggles.tolist()
        == replayed(replay, gates, places, blocks_of(recorded, 8)).toggles.tolist()
    )


@pytest.mark.skipif(platform.machine() != "x86_64", reason="names a processor of this family")
def test_narrow_vectors_count_the_same(gates, places, recorded, blocks_of, compiled, monkeypatch):
    expected = replayed(compiled, gates, places, blocks_of(recorded, 8))
    narrow = [flag.replace("native", "x86-64-v2") for flag in compiled_module.COMPILE]
    monkeypatch.setattr(compiled_module, "COMPILE", narrow)
    found = replayed(compiled, gates, places, blocks_of(recorded, 8))
    assert found.toggles.tolist() == expected.toggles.tolist()
    assert found.ones.tolist() == expected.ones.tolist()
