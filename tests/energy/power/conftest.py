"""Netlists of a few cells, whose figures can be worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from energy.boolean import parse
from energy.library import (
    Cell,
    Constraint,
    Flop,
    Leakage,
    Library,
    Pin,
    PowerArc,
    Table,
    TimingArc,
)
from energy.netlist.build import from_json
from energy.netlist.flops import Match
from energy.netlist.netlist import Activity, Bit, Lost

PS, FF, FJ, NW = 1e-12, 1e-15, 1e-15, 1e-9


def plane(at_zero, per_slew=0.0, per_load=0.0):
    """Return a table that is a plane: SI units, loads in farads."""
    slew_s, load_f = np.array([0, 100 * PS]), np.array([0, 10 * FF])
    return Table(slew_s, load_f, at_zero + per_slew * slew_s[:, None] + per_load * load_f)


def line(at_zero, per_slew=0.0):
    """Return a table that depends on the slew alone."""
    slew_s = np.array([0, 100 * PS])
    return Table(slew_s, np.zeros(1), at_zero + per_slew * slew_s[:, None])


def timing(related, sense, rise, fall, kind="combinational"):
    """Return an arc of delay and slew in ps at no load; 1 and 2 ps/fF come on top."""
    (rise_ps, rise_slew_ps), (fall_ps, fall_slew_ps) = rise, fall
    return TimingArc(
        related,
        kind,
        sense,
        None,
        plane(rise_ps * PS, 0.1, 1 * PS / FF),
        plane(fall_ps * PS, 0.1, 1 * PS / FF),
        plane(rise_slew_ps * PS, 0.0, 2 * PS / FF),
        plane(fall_slew_ps * PS, 0.0, 2 * PS / FF),
    )


def power(related, rise_fj, fall_fj, when=None):
    when = None if when is None else parse(when)
    return PowerArc(related, when, plane(rise_fj * FJ), plane(fall_fj * FJ))


def taker(name, rise_ff, fall_ff, *, clock=False, role=None, constraints=(), arcs=()):
    return Pin(
        name, "input", clock, rise_ff * FF, fall_ff * FF, None, role, None, (), constraints, arcs
    )


def giver(name, function, *, role=None, timing=(), arcs=()):
    function = None if function is None else parse(function)
    return Pin(name, "output", False, 0.0, 0.0, None, role, function, timing, (), arcs)


def cell(name, *pins, leakage_nw=0.0, leakages=(), **kind):
    pins = {pin.name: pin for pin in pins}
    return Cell(name, 1e-12, leakage_nw * NW, leakages, pins, **kind)


SETUP = Constraint("CK", "setup_rising", line(30 * PS), line(40 * PS))

INVERTER = cell(
    "inv",
    taker("A", 2, 1),
    giver(
        "Y",
        "!A",
        timing=(timing("A", "negative_unate", (10, 5), (20, 8)),),
        arcs=(power("A", 6, 2),),
    ),
    leakage_nw=1,
    leakages=(Leakage(parse("A"), 3 * NW),),
)
NAND = cell(
    "nand2",
    taker("A", 3, 3, arcs=(power(None, 1, 3), power(None, 8, 8, "B"))),
    taker("B", 3, 4),
    giver(
        "Y",
        "!(A&B)",
        timing=(
            timing("A", "negative_unate", (10, 5), (10, 5)),
            timing("B", "negative_unate", (30, 9), (30, 1)),
        ),
        arcs=(power("A", 4, 6), power("B", 10, 20)),
    ),
)
FLOP = cell(
    "ff",
    taker("CK", 1, 1, clock=True, arcs=(power(None, 20, 30),)),
    taker("D", 2, 2, constraints=(SETUP,), arcs=(power(None, 2, 4),)),
    giver(
        "Q",
        "IQ",
        timing=(timing("CK", "non_unate", (100, 15), (120, 18), "rising_edge"),),
        arcs=(power("CK", 40, 60),),
    ),
    leakage_nw=5,
    flop=Flop("IQ", "IQN", parse("CK"), parse("D"), None, None),
)
GATE = cell(
    "gate",
    taker("CK", 4, 4, clock=True, role="clock", arcs=(power(None, 10, 10),)),
    taker("E", 2, 2, role="enable", constraints=(SETUP,), arcs=(power(None, 1, 1),)),
    giver("G", None, role="out", arcs=(power("CK", 50, 70),)),
    clock_gate="latch_posedge",
)
TIE = cell("tie", giver("L", "0"))


@pytest.fixture(scope="session")
def cells():
    return Library(
        "toy", "by hand", 2.0, 25.0, 1.0, {c.name: c for c in (INVERTER, NAND, FLOP, GATE, TIE)}
    )


@pytest.fixture(scope="session")
def small(cells):
    """Return a function that makes a netlist of ``top``, given cells as ``kind: pin=wire``.

    Wires that are never driven are input ports. Flops hold registers of their own names.
    """

    def make(*instances, outputs=(), library=cells):
        parts = [one.replace(":", " ").split() for one in instances]
        wires = {name: number for number, name in enumerate(["clk", *_wires(parts)], 2)}
        driven, described = set(), {}
        for name, kind, *pins in parts:
            pins = dict(pin.split("=") for pin in pins)
            driven |= {pins[p.name] for p in library.cells[kind].outputs if p.name in pins}
            connections = {pin: [wires[wire]] for pin, wire in pins.items()}
            described[name] = {"type": kind, "connections": connections}
        ports = {
            w: {"direction": "input", "bits": [n]} for w, n in wires.items() if w not in driven
        }
        ports |= {f"{w}_out": {"direction": "output", "bits": [wires[w]]} for w in outputs}
        names = {wire: {"hide_name": 0, "bits": [n]} for wire, n in wires.items()}
        flops = {n: (Bit(f"top.{n}", 0), False) for n, kind, *_ in parts if kind == "ff"}
        return from_json(
            SimpleNamespace(top="top", rtl_hash="0" * 64),
            library,
            {"ports": ports, "cells": described, "netnames": names},
            Match(flops, Lost({}, (), ())),
        )

    return make


def _wires(parts):
    found = dict.fromkeys(pin.split("=")[1] for _, _, *pins in parts for pin in pins)
    return [wire for wire in found if wire != "clk"]


@pytest.fixture(scope="session")
def ring(small):
    """A flop that follows a gate of itself and its inverse."""
    return small("f: ff CK=clk D=d Q=q", "i: inv A=q Y=x", "n: nand2 A=x B=q Y=d", outputs=["d"])


@pytest.fixture(scope="session")
def acting():
    """Return a function that makes activity of 100 cycles, given toggles and ones of nets."""

    def make(netlist, **nets):
        found = [nets.get(name, (0, 0)) for name in netlist.nets]
        toggles, ones = zip(*found, strict=True)
        return Activity(100, np.array(toggles), np.array(ones, float))

    return make
