import numpy as np
import pytest

from energy.power.loads import FALL, NO_WIRES, RISE, net_loads
from energy.power.waves import waves

PS = 1e-12


@pytest.fixture
def found(ring):
    return waves(ring, net_loads(ring, wire_f=NO_WIRES))


@pytest.mark.parametrize(
    ("net", "edge", "slew_ps", "arrival_ps"),
    [
        # by hand: q has 2 + 3 fF rising and 1 + 4 fF falling, x 3 fF, d 2 fF
        ("q", RISE, 15 + 2 * 5, 100 + 5),
        ("q", FALL, 18 + 2 * 5, 120 + 5),
        ("x", RISE, 5 + 2 * 3, 125 + 10 + 0.1 * 28 + 3),  # after q falls
        ("x", FALL, 8 + 2 * 3, 105 + 20 + 0.1 * 25 + 3),
        ("d", RISE, 9 + 2 * 2, 125 + 30 + 0.1 * 28 + 2),  # slew and time of q
        ("d", FALL, 5 + 2 * 2, 140.8 + 10 + 0.1 * 11 + 2),  # slew and time of x
    ],
)
def test_slews_and_times_follow_the_tables(ring, found, net, edge, slew_ps, arrival_ps):
    place = ring.nets.index(net)
    assert found.slew_s[edge, place] / PS == pytest.approx(slew_ps)
    assert found.arrival_s[edge, place] / PS == pytest.approx(arrival_ps)


def test_slew_and_time_may_come_from_different_pins(small, cells):
    netlist = small("f: ff CK=clk D=d Q=q", "n: nand2 A=q B=b Y=d")
    found = waves(netlist, net_loads(netlist, wire_f=NO_WIRES))
    d = netlist.nets.index("d")
    assert found.slew_s[RISE, d] / PS == pytest.approx(9 + 2 * 2)  # of the input port
    q_falls = 120 + 3
    assert found.arrival_s[RISE, d] / PS == pytest.approx(q_falls + 10 + 0.1 * (18 + 6) + 2)


def test_clocks_and_ports_are_ideal(small):
    netlist = small("g: gate CK=clk E=e G=gc", "f: ff CK=gc D=e Q=q")
    found = waves(netlist, net_loads(netlist, wire_f=NO_WIRES))
    for name in ("clk", "gc", "e"):
        assert not found.slew_s[:, netlist.nets.index(name)].any()
    assert not found.arrival_s[:, netlist.nets.index("gc")].any()
    assert np.isneginf(found.arrival_s[:, netlist.nets.index("e")]).all()


def test_constant_never_arrives(small):
    netlist = small("t: tie L=a", "i: inv A=a Y=d", "f: ff CK=clk D=d Q=q")
    found = waves(netlist, net_loads(netlist, wire_f=NO_WIRES))
    assert np.isneginf(found.arrival_s[:, netlist.nets.index("d")]).all()
