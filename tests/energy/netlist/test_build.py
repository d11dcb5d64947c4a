import numpy as np
import pytest

from cosim import cache
from cosim.build import design
from energy.netlist import mappable, script
from energy.netlist.build import from_json, netlist
from energy.netlist.flops import match
from energy.netlist.synthesis import mapped
from energy.replay.run import run_gates


def test_every_register_bit_is_held_once_or_listed(gates, gates_design):
    bits = [*gates.flops.bits, *gates.lost.merged, *gates.lost.constant, *gates.lost.dropped]
    widths = {}
    for one in bits:
        widths.setdefault(one.path, set()).add(one.bit)
    assert widths == {path: set(range(w)) for path, w in gates_design.registers.items()}
    assert len(bits) == sum(gates_design.registers.values())


def test_arrays_fit_together(gates):
    flops, cells = gates.flops, {group.cell.name: group for group in gates.groups}
    assert len(set(gates.nets)) == len(gates.nets)
    assert sum(group.nets.shape[0] for group in gates.groups) == gates.cells
    driven = np.zeros(len(gates.nets), int)
    for group in gates.groups:
        for n, pin in enumerate(group.pins):
            nets = group.nets[:, n]
            assert group.cell.pins[pin].direction in ("input", "output")
            if group.cell.pins[pin].direction == "output":
                driven[nets[nets >= 0]] += 1
            else:
                assert (nets >= 0).all()
    # Inputs and the clock come from outside; all else has one driver.
    assert not driven[: len(gates.inputs)].any()
    assert driven[gates.data_nets] == 0
    assert (np.delete(driven, gates.data_nets)[len(gates.inputs) :] == 1).all()
    held = cells["sky130_fd_sc_hd__dfxtp_1"]
    assert flops.names == held.names
    assert (held.nets[:, held.pins.index("CLK")] == flops.clocks).all()
    states = np.arange(len(flops.names)) + len(gates.inputs)
    assert (held.nets[:, held.pins.index("Q")] == states).all()


def test_clocks_are_gated_by_enable(gates):
    gated = gates.flops.clocks != gates.data_nets
    assert gated.mean() > 0.9
    names = {group.cell.name: len(group.names) for group in gates.groups}
    assert names["sky130_fd_sc_hd__dlclkp_1"] == len(gates.clocks) - 1


def test_rows_are_clocked_once_for_each_drive_and_once_to_let_them_go(
    gates, gates_job, recorded, places, build_dir, tmp_path
):
    _run, found = run_gates(gates_job, gates, tmp_path, build_dir=build_dir)
    flops = zip(gates.flops.bits, gates.flops.clocks.tolist(), strict=True)
    (clock,) = {clock for bit, clock in flops if bit.path.endswith(".row_drive")}
    spec, vectors = gates_job.chip.macro, len(gates_job.inputs)
    driven = recorded[places.first["macro.word_line_decoder.all_open"]]
    let_go = int((driven[:-1] & ~driven[1:]).sum())
    assert let_go
    assert found.toggles[clock] == 2 * (vectors * spec.input_bits * spec.row_groups + let_go)


def test_without_gating_there_is_one_clock_and_the_same_answer(
    gates_design, sky130, gates_job, build_dir, tmp_path
):
    plain = netlist(gates_design, sky130, build_dir, period_s=10e-9, clock_gating=False)
    assert plain.clocks == (-1,)
    assert (plain.flops.clocks == plain.data_nets).all()
    run, found = run_gates(gates_job, plain, tmp_path, build_dir=build_dir)
    flops = slice(len(plain.inputs), len(plain.inputs) + len(plain.flops.bits))
    assert found.toggles[flops].sum() == sum(run.toggles.values())


def test_gates_are_counted_in_a_window(gates, gates_job, build_dir, tmp_path):
    whole, window = range(0, 300), range(130, 300)
    counts = [
        run_gates(gates_job, gates, tmp_path, build_dir=build_dir, window=one)[1]
        for one in (whole, window, range(0, 131))
    ]
    assert [one.cycles for one in counts] == [300, 170, 131]
    data = slice(gates.data_nets)
    # Both windows have cycle 130, and no change between 130 and it.
    toggles = [one.toggles[data] for one in counts]
    assert (toggles[0] == toggles[1] + toggles[2]).all()


def test_netlist_of_another_design_is_refused(gates, make_chip, make_job, build_dir, tmp_path):
    job = make_job(make_chip(rows=11), vectors=1)
    with pytest.raises(ValueError, match=r"^Netlist must be mapped from the macro of the job, "):
        run_gates(job, gates, tmp_path, build_dir=build_dir)


def changed(after, change):
    cells = {name: dict(cell) for name, cell in after["cells"].items()}
    return {**after, "cells": change(cells)}


@pytest.fixture(scope="module")
def made(gates_design, sky130, build_dir):
    return mapped(gates_design, sky130, build_dir, period_s=10e-9)


def of_kind(cells, kind):
    return next(name for name, cell in cells.items() if kind in cell["type"])


def unknown(cells):
    name = of_kind(cells, "nand2_1")
    return cells | {name: cells[name] | {"type": "mystery"}}


def undriven(cells):
    name = of_kind(cells, "nand2_1")
    pins = cells[name]["connections"] | {"A": ["x"]}
    return cells | {name: cells[name] | {"connections": pins}}


def gated_twice(cells):
    one = of_kind(cells, "dlclkp")
    other = next(name for name, cell in cells.items() if "dlclkp" in cell["type"] and name != one)
    pins = cells[one]["connections"] | {"CLK": cells[other]["connections"]["GCLK"]}
    return cells | {one: cells[one] | {"connections": pins}}


def clocked_by_data(cells):
    name = of_kind(cells, "dfxtp")
    pins = cells[name]["connections"] | {"CLK": cells[name]["connections"]["D"]}
    return cells | {name: cells[name] | {"connections": pins}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (unknown, "must be one of the library, not 'mystery'$"),
        (undriven, "must be driven by a cell or port$"),
        (gated_twice, "must be 'clk', gated once at most$"),
        (clocked_by_data, "must be 'clk', gated once at most$"),
    ],
)
def test_netlist_that_cannot_be_replayed_is_refused(change, message, made, gates_design, sky130):
    found = match(gates_design, made.before, sky130)
    with pytest.raises(RuntimeError, match=message):
        from_json(gates_design, sky130, changed(made.after, change), found)


def test_mapping_that_leaves_nothing_is_told(gates_design, sky130, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "SCRIPT", 'log "as far as this"\n')
    with pytest.raises(RuntimeError, match=r"^Yosys must leave a netlist, but stopped after: "):
        mapped(gates_design, sky130, tmp_path, period_s=10e-9)


def test_faulty_verilog_ends_the_mapping(gates_design, sky130, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "SCRIPT", "read_verilog nothing.v\n")
    with pytest.raises(RuntimeError, match=r"^Yosys failed with status 1; it printed last:"):
        mapped(gates_design, sky130, tmp_path, period_s=10e-9)


def test_same_design_is_mapped_once(gates_design, sky130, build_dir, monkeypatch, gates):
    monkeypatch.setattr(cache, "_fill", lambda *_: pytest.fail("was mapped again"))
    part = mappable.mappable(sky130)
    assert mapped(gates_design, part, build_dir, period_s=10e-9).after["cells"]


def test_table_of_many_row_groups_becomes_gates(make_chip, sky130, build_dir):
    """Yosys would make a memory of the table that tells the rows of each group."""
    chip = make_chip(rows=64, parallel_rows=1)
    gates = netlist(design(chip.macro, build_dir), sky130, build_dir, period_s=10e-9)
    assert gates.cells > 0
