import numpy as np
import pytest

from energy.chip.blocks import block_j, clock_j, inputs_j
from energy.mapped import scaled_energy
from energy.netlist.netlist import Activity


def at_slew_0(table):
    """Return a figure drawn on from the first two points of a table of one column."""
    (low, high), (first, second) = table.slew_s[:2], table.values[:2, 0]
    return first - low * (second - first) / (high - low)


def on_net(netlist, net):
    """Yield the pins on a net, and how many there are of each."""
    for group in netlist.groups:
        for column, name in enumerate(group.pins):
            count = int((group.nets[:, column] == net).sum())
            if count:
                yield group.cell.pins[name], count


def test_ports_are_those_of_the_design(macro, gates_design):
    ports = gates_design.ports.items()
    expected = {name: port.bits for name, port in ports if name != "clk"}
    assert {name: len(nets) for name, nets in macro.ports.items()} == expected


def test_clock_at_rest_by_hand(macro, gates_job):
    """Of each pin on the port of the clock: C V**2, and both edges of its table at slew 0."""
    gates = macro.mapped.netlist
    joules = macro.mapped.loads.max_f[gates.data_nets] * gates.library.voltage_v**2
    pins = 0
    for pin, count in on_net(gates, gates.data_nets):
        for arc in pin.power:
            joules += count * (at_slew_0(arc.rise_j) + at_slew_0(arc.fall_j))
        pins += count
    assert pins > len(gates.clocks)
    expected = scaled_energy(joules, macro.mapped, 32).value
    assert clock_j(macro, gates_job.chip) == pytest.approx(expected, rel=1e-6, abs=0)


def test_inputs_that_lead_nowhere_by_hand(macro, gates_job):
    """Of each transition: half of C V**2 of its net, and what the pins on it take inside."""
    gates = macro.mapped.netlist
    nets = macro.ports["analog__codes"]
    counts = np.arange(1, len(nets) + 1)
    loads_f = macro.mapped.loads.max_f[nets]
    switching_j = float((loads_f * counts).sum()) * gates.library.voltage_v**2 / 2
    least_j = scaled_energy(switching_j, macro.mapped, 32).value
    found = inputs_j(macro, {"analog__codes": counts}, gates_job.chip)
    assert least_j <= found < 3 * least_j
    twice = inputs_j(macro, {"analog__codes": 2 * counts}, gates_job.chip)
    assert twice == pytest.approx(2 * found, rel=1e-6, abs=0)


def test_leakage_is_no_part_of_what_happens(macro, gates_job):
    nets = len(macro.mapped.netlist.nets)
    still = Activity(1000, np.zeros(nets, np.int64), np.zeros(nets))
    assert block_j(macro, still, gates_job.chip) == 0
    assert block_j(macro, Activity(0, still.toggles, still.ones), gates_job.chip) == 0


def test_transitions_of_ports(macro):
    toggles = np.zeros(len(macro.mapped.netlist.nets), np.int64)
    toggles[macro.ports["inputs__payload"]] = 3
    activity = Activity(10, toggles, toggles)
    bits = len(macro.ports["inputs__payload"])
    assert macro.toggles(activity, ["inputs__payload", "psums__ready"]) == 3 * bits
