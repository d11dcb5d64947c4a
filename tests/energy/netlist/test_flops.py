from pathlib import Path

import pytest

from cosim.build import Design
from energy.netlist.flops import match
from energy.netlist.netlist import Bit

FLOP = "sky130_fd_sc_hd__dfxtp_1"


def design(**registers):
    paths = {f"top.{name.replace('__', '.')}": width for name, width in registers.items()}
    return Design("top", Path("top.v"), "0" * 64, {}, paths)


def flop(output):
    return {"type": FLOP, "connections": {"CLK": [1], "D": [2], "Q": [output]}}


def inverter(source, result):
    return {"type": "$_NOT_", "connections": {"A": [source], "Y": [result]}}


def module(cells, **wires):
    names = {name.replace("__", "."): {"bits": bits} for name, bits in wires.items()}
    return {"cells": cells, "netnames": names}


def test_every_fate_of_a_register_bit(sky130):
    before = module(
        {"f1": flop(11), "f2": flop(12), "f3": flop(13), "n": inverter(13, 14)},
        a=[11, "1"],  # the second bit is constant
        sub__b=[12, 14],  # the second bit is the inverse of what a flop holds
        c=[11],  # the same as a
        d=[99, 12],  # the first bit is driven by no flop
    )
    found = match(design(a=2, sub__b=2, c=1, d=2, gone=1), before, sky130)
    assert found.bits == {
        "f1": (Bit("top.a", 0), False),
        "f2": (Bit("top.sub.b", 0), False),
        "f3": (Bit("top.sub.b", 1), True),
    }
    assert found.lost.constant == (Bit("top.a", 1),)
    assert found.lost.merged == {
        Bit("top.c", 0): Bit("top.a", 0),
        Bit("top.d", 1): Bit("top.sub.b", 0),
    }
    assert found.lost.dropped == (Bit("top.d", 0), Bit("top.gone", 0))


def test_flop_without_a_register_is_refused_by_name(sky130):
    before = module({"f1": flop(11), "stray": flop(12)}, a=[11])
    message = r"^Flip-flop 'stray' of the netlist must hold a register of the design$"
    with pytest.raises(ValueError, match=message):
        match(design(a=1), before, sky130)
