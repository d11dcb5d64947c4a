import re
from dataclasses import replace

import numpy as np
import pytest

from energy.boolean import parse
from energy.library import Cell, Flop, Pin, PowerArc, Table
from energy.netlist import mappable
from energy.netlist.mappable import smallest, tie

TABLE = Table(np.zeros(1), np.zeros(1), np.ones((1, 1)))
POWER = (PowerArc(None, None, TABLE, TABLE),)


def pin(name, function=None, role=None, power=POWER):
    direction = "output" if function or role == "out" else "input"
    function = function and parse(function)
    return Pin(name, direction, False, 1e-15, 1e-15, None, role, function, power=power)


def cell(name, *pins, area_m2=1e-12, **more):
    return Cell(name, area_m2, 0.0, (), {one.name: one for one in pins}, **more)


def flop(name, next_state="D", *more, **ends):
    ends = {"clear": None, "preset": None} | {key: parse(end) for key, end in ends.items()}
    pins = (pin("C"), pin("D"), *more, pin("Q", "S"))
    return cell(name, *pins, flop=Flop("S", "N", parse("C"), parse(next_state), **ends))


CELLS = [
    cell("inv", pin("A"), pin("Y", "!A")),
    cell("inv_big", pin("A"), pin("Y", "!A"), area_m2=3e-12),
    cell("and_three_state", pin("A"), pin("Z")),
    cell("filler"),
    cell("for_nothing", pin("A", power=()), pin("Y", "A", power=())),
    cell("latch", pin("D"), pin("G"), pin("Q", "S"), latch=True),
    cell("tie", pin("H", "1", power=()), pin("L", "0", power=())),
    cell("never", pin("A"), pin("Y", "A"), dont_use=True),
    flop("flop"),
    flop("flop_clear", "D", pin("R"), clear="!R"),
    flop("flop_enable", "D&E | S&!E", pin("E")),
    cell(
        "gate",
        pin("CLK", role="clock"),
        pin("EN", role="enable"),
        pin("GCLK", role="out"),
        clock_gate="latch_posedge",
    ),
    cell(
        "gate_test",
        *(pin(role, role=role) for role in ("clock", "enable", "test", "out")),
        clock_gate="latch_posedge",
    ),
    cell(
        "gate_negative",
        *(pin(role, role=role) for role in ("clock", "enable", "out")),
        clock_gate="latch_negedge",
    ),
]


@pytest.fixture
def library(sky130):
    return replace(sky130, name="mixed", cells={one.name: one for one in CELLS})


def test_cells_that_can_be_evaluated_are_kept(library):
    assert [*mappable.mappable(library).cells] == ["inv", "inv_big", "tie", "flop", "gate"]


def test_named_cells_are_left_out(library):
    assert "inv_big" not in mappable.mappable(library, ["*_big"]).cells


def test_name_of_no_cell_is_refused(library):
    message = r"^Cells to leave out must be cells of library '.*', and none is 'nosuch\*'$"
    with pytest.raises(ValueError, match=message):
        mappable.mappable(library, ["never", "nosuch*"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("flop", "a flip-flop that can be used"),
        ("inv*", "an inverter that can be used"),
        ("tie", "a cell that gives constant 0"),
    ],
)
def test_missing_kind_of_cell_is_told(name, kind, library):
    with pytest.raises(ValueError, match=rf"^Library 'mixed' must have {re.escape(kind)}$"):
        mappable.mappable(library, [name])


def test_missing_clock_gate_is_told_where_it_is_needed(library):
    part = mappable.mappable(library, ["gate"])
    message = r"^Library 'mixed' must have a clock gate that can be used$"
    with pytest.raises(ValueError, match=message):
        smallest(part, mappable.gate)


def test_smallest_cells_come_first(library):
    assert smallest(library, mappable.inverter).name == "inv"
    assert smallest(library, mappable.inverter, 1).name == "inv_big"
    assert smallest(library, mappable.inverter, 5).name == "inv_big"
    assert tie(library, "1") == ("tie", "H")
