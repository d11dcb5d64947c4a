from dataclasses import replace

import numpy as np
import pytest

from energy.power import power
from energy.power.loads import NO_WIRES, net_loads
from energy.power.power import INTERNAL, LEAKAGE, SWITCHING, energy
from energy.power.waves import waves
from hw_spec.sourced import Sourced

FJ, FF = 1e-15, 1e-15
PERIOD_S = 10e-9


def energy_of(netlist, activity, *, wire_f=NO_WIRES, **options):
    loads = net_loads(netlist, wire_f=wire_f)
    return energy(netlist, activity, loads, waves(netlist, loads), period_s=PERIOD_S, **options)


@pytest.fixture
def busy(ring, acting):
    return acting(ring, q=(40, 25), x=(40, 75), d=(30, 50), clk=(200, 50))


# At 2 V, a toggle of C costs 2 C; 100 cycles of 10 ns take 1 us.
RING = {
    "f": [40 * 2 * 5, 30 * 3 + 40 * 50, 0, 200 * 25, 5],
    "i": [40 * 2 * 3, 40 * 4, 0, 0, 0.25 * 3 + 0.75 * 1],
    # A costs 2, and 8 while B is 1. Y costs 5 after A and 15 after B, as 40 * 0.25 is to 40 * 0.75.
    "n": [30 * 2 * 2, 40 * (2 + 0.25 * 8) + 30 * (0.25 * 5 + 0.75 * 15), 0, 0, 0],
}


def test_energy_of_three_cells(ring, busy):
    found = energy_of(ring, busy)
    by_name = dict(zip(found.cells, (found.cells_j / FJ).tolist(), strict=True))
    assert {name: pytest.approx(spent) for name, spent in RING.items()} == by_name
    assert found.clock_port_j == pytest.approx(200 * 2 * 1 * FJ, rel=1e-9, abs=0)
    assert found.input_ports_j == 0
    total_j = (sum(map(sum, RING.values())) + 400) * FJ
    assert found.total_j == pytest.approx(total_j, rel=1e-9, abs=0)
    assert found.total_w == pytest.approx(total_j / 1e-6, rel=1e-9, abs=0)
    assert (found.cycles, found.known, found.coverage) == (100, 4, 1.0)


def test_wires_are_charged_with_pins(ring, busy):
    found = energy_of(ring, busy, wire_f=Sourced(1 * FF, "F", "assumed: for tests"))
    # q leads to two pins, x to one, d to one and a port, the clock to one
    expected = RING["f"][0] + 40 * 2 * 2, RING["i"][0] + 40 * 2, RING["n"][0] + 30 * 2 * 2
    assert (found.cells_j[:, SWITCHING] / FJ).tolist() == pytest.approx(expected)
    assert found.clock_port_j == pytest.approx(200 * 2 * 2 * FJ, rel=1e-9, abs=0)


def test_gated_clock_is_clock_and_its_enable_is_data(small, acting):
    netlist = small("g: gate CK=clk E=e G=gc", "f: ff CK=gc D=e Q=q")
    found = energy_of(netlist, acting(netlist, e=(10, 30), gc=(60, 15), q=(5, 50), clk=(200, 50)))
    by_name = dict(zip(found.cells, (found.cells_j / FJ).tolist(), strict=True))
    assert by_name["g"] == pytest.approx([0, 10 * 1, 60 * 2 * 1, 200 * 10 + 60 * 60, 0])
    assert by_name["f"] == pytest.approx([0, 10 * 3 + 5 * 50, 0, 60 * 25, 5])
    assert found.clock_port_j == pytest.approx(200 * 2 * 4 * FJ, rel=1e-9, abs=0)
    assert found.input_ports_j == pytest.approx(10 * 2 * (2 + 2) * FJ, rel=1e-9, abs=0)


def test_inverting_gate_is_charged_by_the_slew_of_the_opposite_edge(small, cells, acting):
    inv = cells.cells["inv"]
    (arc,) = inv.pins["Y"].power
    table = replace(arc.rise_j, values=np.array([[0.0, 0], [100, 100]]) * FJ)  # 1 fJ/ps
    other = replace(arc, rise_j=table, fall_j=replace(table, values=0 * table.values))
    pins = inv.pins | {"Y": replace(inv.pins["Y"], power=(other,))}
    library = replace(cells, cells=cells.cells | {"inv": replace(inv, pins=pins)})
    netlist = small("f: ff CK=clk D=x Q=q", "i: inv A=q Y=x", library=library)
    found = energy_of(netlist, acting(netlist, q=(1, 50), x=(1, 50)))
    q_falls_ps = 18 + 2 * 1
    assert found.cells_j[1, INTERNAL] / FJ == pytest.approx(q_falls_ps / 2)


def test_energy_of_any_toggle_comes_on_top(ring, busy):
    """An arc without a related pin."""

    def more(cell):
        (arc, *_), y = cell.pins["Y"].power, cell.pins["Y"]
        power = (*y.power, replace(arc, related_pin=None))
        return replace(cell, pins=cell.pins | {"Y": replace(y, power=power)})

    groups = tuple(replace(g, cell=more(g.cell)) if "Y" in g.pins else g for g in ring.groups)
    found, before = energy_of(replace(ring, groups=groups), busy), energy_of(ring, busy)
    more_j = found.cells_j[:, INTERNAL] - before.cells_j[:, INTERNAL]
    assert (more_j / FJ).tolist() == pytest.approx([0, 40 * 4, 30 * 5])


def test_weights_without_toggles_cost_nothing(ring, acting):
    found = energy_of(ring, acting(ring, d=(30, 50)))
    nand = found.cells.index("n")
    assert found.cells_j[nand, INTERNAL] == 0  # nothing that could have made it toggle
    assert np.isfinite(found.cells_j).all()


def test_output_that_leads_nowhere_is_left_out(small, acting):
    netlist = small("f: ff CK=clk D=a")
    found = energy_of(netlist, acting(netlist, a=(10, 50), f=(10, 50), clk=(200, 50)))
    expected = [0, 10 * 3, 0, 200 * 25, 5]
    assert (found.cells_j / FJ).tolist() == [pytest.approx(expected)]


def test_net_without_known_activity_stands_still_and_is_told(ring, busy):
    known = np.array([name != "x" for name in ring.nets])
    found = energy_of(ring, busy, known=known)
    assert (found.known, found.nets, found.coverage) == (3, 4, 0.75)
    assert found.cells_j[found.cells.index("i"), SWITCHING] == 0


def test_no_cycles(ring, busy):
    with pytest.raises(ValueError, match=r"^Number of cycles must be at least 1, not 0$"):
        energy_of(ring, replace(busy, cycles=0))


@pytest.mark.parametrize("period_s", [0.0, -1.0, float("nan"), float("inf")])
def test_period_that_is_none(ring, busy, period_s):
    loads = net_loads(ring, wire_f=NO_WIRES)
    with pytest.raises(ValueError, match=rf"^Clock period must be above 0 s, not {period_s!r}$"):
        energy(ring, busy, loads, waves(ring, loads), period_s=period_s)


def test_activity_of_another_netlist(ring, busy):
    other = replace(busy, toggles=busy.toggles[:3], ones=busy.ones[:3])
    with pytest.raises(
        ValueError, match=r"^Activity must be that of the 4 nets of the netlist, not of 3 nets$"
    ):
        energy_of(ring, other)


def test_cell_without_internal_power(ring, busy):
    first, *rest = ring.groups
    pins = {name: replace(pin, power=()) for name, pin in first.cell.pins.items()}
    silent = replace(first, cell=replace(first.cell, pins=pins))
    with pytest.raises(ValueError, match=r"^Cell 'ff' must tell its internal power, but does not$"):
        energy_of(replace(ring, groups=(silent, *rest)), busy)


def test_every_cause_has_a_name():
    assert len(power.CAUSES) == LEAKAGE + 1
