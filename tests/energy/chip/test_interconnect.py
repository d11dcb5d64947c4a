import pytest

from energy.chip.interconnect import interconnect
from energy.chip.links import Links
from energy.floorplan import floorplan
from energy.repeaters import frugal, repeated
from energy.transistor import transistor
from energy.wires import wire

LINKS = Links(all_pes=100, one_pe=2, all_macros=60, one_macro=12, next_pe=30)


def long_wire(layer, length_m):
    line, device = wire(32, layer), transistor(32)
    repeaters = frugal(line, device, tolerance=0.1)
    return repeated(line, device, length_m=length_m, repeaters=repeaters)


def toggle_j(layer, length_m):
    return long_wire(layer, length_m).toggle_energy_j(1.0)


def test_two_macros_in_each_of_four_pes_by_hand():
    areas = {"macro_m2": 4e-8, "pe_logic_m2": 0.0, "core_m2": 1e-7}
    plan = floorplan(macros_per_pe=2, pes=4, **areas)
    wires = interconnect(plan, LINKS, 32)
    # Macros of 0.2 mm one above the other: each lies 0.1 mm from the middle.
    assert wires.one_macro_j == pytest.approx(toggle_j("semi-global", 0.1e-3), rel=1e-6, abs=0)
    both_j = 2 * toggle_j("semi-global", 0.1e-3)
    assert wires.to_all_macros_j == pytest.approx(both_j, rel=1e-6, abs=0)
    # PEs of 0.2 by 0.4 mm in four columns, or two by two.
    width_m, height_m = (one * 1e-3 for one in (0.2, 0.4))
    columns, rows = plan.pes.columns, plan.pes.rows
    path_m = (columns - 1) / 2 * width_m + (rows - 1) / 2 * height_m
    assert wires.one_pe_j == pytest.approx(toggle_j("global", path_m), rel=1e-6, abs=0)
    assert wires.to_all_pes_j > 2 * wires.one_pe_j
    assert wires.next_pe_j == pytest.approx(toggle_j("global", width_m), rel=1e-6, abs=0)


def test_clock_goes_up_and_down_to_every_macro_in_each_cycle():
    plan = floorplan(macros_per_pe=2, pes=4, macro_m2=4e-8, pe_logic_m2=0.0, core_m2=1e-7)
    wires = interconnect(plan, LINKS, 32)
    # by hand: 2 by 2 PEs of 0.2 by 0.4 mm: two branches of 0.1 mm and four of 0.2 mm
    assert (plan.pes.columns, plan.pes.rows) == (2, 2)
    to_pes_j = 2 * toggle_j("global", 0.1e-3) + 4 * toggle_j("global", 0.2e-3)
    to_macros_j = 4 * 2 * toggle_j("semi-global", 0.1e-3)
    assert wires.clock_j == pytest.approx(2 * (to_pes_j + to_macros_j), rel=1e-6, abs=0)


def test_repeaters_of_all_wires_by_hand():
    plan = floorplan(macros_per_pe=2, pes=4, macro_m2=4e-8, pe_logic_m2=0.0, core_m2=1e-7)
    assert (plan.pes.columns, plan.pes.rows) == (2, 2)
    nmos_m = {
        (layer, length): long_wire(layer, length * 1e-3).nmos_width_m
        for layer in ("global", "semi-global")
        for length in (0.1, 0.2, 0.3)
    }
    tree_m = 2 * nmos_m["global", 0.1] + 4 * nmos_m["global", 0.2]
    per_pe_m = (
        (60 + 12) * 2 * nmos_m["semi-global", 0.1]
        + 2 * nmos_m["global", 0.3]
        + 30 * nmos_m["global", 0.2]
    )
    # PMOS transistors are 2.23 times as wide.
    expected = 3.23 * (100 * tree_m + 4 * per_pe_m)
    wires = interconnect(plan, LINKS, 32)
    assert wires.repeaters_m == pytest.approx(expected, rel=1e-6, abs=0)


def test_words_switch_the_branches_to_their_pes_only():
    plan = floorplan(macros_per_pe=1, pes=4, macro_m2=4e-8, pe_logic_m2=0.0, core_m2=1e-7)
    wires = interconnect(plan, LINKS, 32)
    first_j, second_j = wires.branch_j
    assert wires.word_j(range(3, 4)) == pytest.approx(first_j + second_j, rel=1e-6, abs=0)
    assert wires.word_j(range(2)) == pytest.approx(first_j + 2 * second_j, rel=1e-6, abs=0)
    assert wires.word_j(range(4)) == wires.to_all_pes_j


def test_single_blocks_have_no_wires_between():
    plan = floorplan(macros_per_pe=1, pes=1, macro_m2=4e-8, pe_logic_m2=1e-8, core_m2=1e-7)
    wires = interconnect(plan, LINKS, 32)
    assert (wires.one_macro_j, wires.to_all_macros_j) == (0, 0)
    assert (wires.one_pe_j, wires.to_all_pes_j, wires.next_pe_j) == (0, 0, 0)
    assert wires.repeaters_m == 0


def test_node_without_wires():
    plan = floorplan(macros_per_pe=1, pes=2, macro_m2=4e-8, pe_logic_m2=1e-8, core_m2=1e-7)
    with pytest.raises(ValueError, match=r"^Technology node must be one of .* nm, not 14$"):
        interconnect(plan, LINKS, 14)
