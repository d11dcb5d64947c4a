"""Energy of a buffer and a flop, held to what OpenSTA of 2025 prints for them.

Figures are those of its ``power/test/power_detailed.ok``, "Power with -digits 6": every net but the
clock toggles every other cycle of 10 ns and is 1 for half of the time. Tables are the points that
this takes of sky130_fd_sc_hd__tt_025C_1v80 (SkyWater PDK Authors, Apache-2.0).
"""

import numpy as np
import pytest

from energy.boolean import parse
from energy.library import Cell, Flop, Leakage, Library, Pin, PowerArc, Table, TimingArc
from energy.netlist.netlist import Activity
from energy.power.loads import NO_WIRES, net_loads
from energy.power.power import CLOCK_INTERNAL, INTERNAL, LEAKAGE, SWITCHING, energy
from energy.power.waves import waves

SLEWS = np.array([0.01, 0.02305058, 0.05313293]) * 1e-9
BUFFER_LOADS, FLOP_LOADS = np.array([1.263205, 3.191374]) * 1e-15, np.array([0.5, 1.31045]) * 1e-15
FJ, PS = 1e-15, 1e-12

LEAKAGES_NW = {
    "CLK & D & !Q": 9.126e-3,
    "!CLK & !D & !Q": 8.0516e-3,
    "CLK & !D & Q": 8.4678e-3,
    "!CLK & D & Q": 8.1494e-3,
    "!CLK & D & !Q": 9.2298e-3,
    "CLK & !D & !Q": 8.0467e-3,
    "CLK & D & Q": 8.041e-3,
    "!CLK & !D & Q": 8.3967e-3,
}


def table(unit, rows, loads):
    return Table(SLEWS[: len(rows)], loads, np.array(rows) * unit)


def line(unit, *values):
    return Table(SLEWS[: len(values)], np.zeros(1), np.array(values)[:, None] * unit)


def taker(name, rise_ff, fall_ff, *power, clock=False):
    rise_f, fall_f = rise_ff * 1e-15, fall_ff * 1e-15
    return Pin(name, "input", clock, rise_f, fall_f, None, None, None, (), (), power)


ENERGY = PowerArc(
    "A",
    None,
    table(FJ, [[6.8503, 10.0473], [6.6616, 9.8534]], BUFFER_LOADS),
    table(FJ, [[9.7834, 6.9418], [9.5435, 6.6983]], BUFFER_LOADS),
)
RISE = table(PS, [[28.4097, 50.0678], [28.4104, 50.0598]], BUFFER_LOADS)
FALL = table(PS, [[19.3113, 29.5451], [19.3011, 29.6604]], BUFFER_LOADS)
WAVE = TimingArc("A", "combinational", "positive_unate", None, RISE, FALL, RISE, FALL)
BUFFER = Cell(
    "buf",
    0.0,
    1.181e-12,
    (),
    {
        "A": taker("A", 2.191, 2.015),
        "X": Pin("X", "output", False, 0, 0, None, None, parse("A"), (WAVE,), (), (ENERGY,)),
    },
)
D = PowerArc(None, None, line(FJ, -0.4267, -0.4952, -0.6531), line(FJ, 5.4714, 5.4188, 5.2975))
CLK = PowerArc(None, None, line(FJ, 17.8184, 17.6956), line(FJ, 22.7158, 22.6016))
Q = PowerArc(
    "CLK",
    None,
    table(FJ, [[17.7646, 19.3971], [17.663, 19.2938]], FLOP_LOADS),
    table(FJ, [[19.0634, 18.0793], [19.0768, 18.0948]], FLOP_LOADS),
)
FLOP = Cell(
    "ff",
    0.0,
    8.438635e-12,
    tuple(Leakage(parse(when), power_nw * 1e-9) for when, power_nw in LEAKAGES_NW.items()),
    {
        "CLK": taker("CLK", 1.877, 1.712, CLK, clock=True),
        "D": taker("D", 1.674, 1.681, D),
        "Q": Pin("Q", "output", False, 0, 0, None, None, parse("IQ"), (), (), (Q,)),
    },
    Flop("IQ", "IQN", parse("CLK"), parse("D"), None, None),
)


@pytest.fixture
def found_w(small):
    library = Library("sky130", "see above", 1.8, 25.0, 1.0, {"buf": BUFFER, "ff": FLOP})
    cells = ("buf1: buf A=in1 X=n1", "reg1: ff D=n1 CLK=clk Q=out1")
    netlist = small(*cells, outputs=["out1"], library=library)
    toggles = [2000 if name == "clk" else 500 for name in netlist.nets]
    activity = Activity(1000, np.array(toggles), np.full(len(netlist.nets), 500.0))
    loads = net_loads(netlist, wire_f=NO_WIRES)
    found = energy(netlist, activity, loads, waves(netlist, loads), period_s=10e-9)
    return dict(zip(found.cells, found.cells_j / 10e-6, strict=True))


def test_buffer(found_w):
    buffer_w = found_w["buf1"]
    assert buffer_w[SWITCHING] == pytest.approx(1.361610e-07, rel=1e-6)
    assert buffer_w[INTERNAL] == pytest.approx(4.260146e-07, rel=1e-6)
    assert buffer_w[LEAKAGE] == pytest.approx(1.181000e-12, rel=1e-6, abs=0)


def test_flop(found_w):
    flop_w = found_w["reg1"]
    assert flop_w[SWITCHING] == 0
    assert flop_w[INTERNAL] + flop_w[CLOCK_INTERNAL] == pytest.approx(5.105910e-06, rel=1e-6)
    assert flop_w[LEAKAGE] == pytest.approx(8.438625e-12, rel=1e-6, abs=0)
