"""Trees of buffers, followed from their leaves to the root."""

from collections import Counter

import pytest

from energy.netlist.fan_out import MOST, buffered
from energy.netlist.instances import Instance
from energy.netlist.mappable import mappable

FLOP, INVERTER, GATE = "dfxtp_1", "inv_1", "dlclkp_1"


@pytest.fixture
def cell(sky130):
    return lambda name: sky130.cells[f"sky130_fd_sc_hd__{name}"]


@pytest.fixture
def fan(cell):
    """Return a function that makes a flop, and inverters at its output."""

    def fan(count):
        flop = Instance("flop", cell(FLOP), {"CLK": 1, "D": 2, "Q": 3})
        sinks = [Instance(f"i{n}", cell(INVERTER), {"A": 3, "Y": 10 + n}) for n in range(count)]
        return [flop, *sinks]

    return fan


def loads(instances):
    """Return how many input pins every wire leads to."""
    inputs = [one.wires[pin.name] for one in instances for pin in one.cell.inputs]
    return Counter(inputs)


@pytest.mark.parametrize("count", [1, MOST, MOST + 1, MOST**2, MOST**2 + 1, 1153])
def test_every_pin_is_behind_buffers_that_lead_to_few_pins(fan, sky130, count):
    instances = fan(count)
    after = buffered(instances, sky130)
    buffers = after[len(instances) :]
    assert after[: len(instances)] == instances
    assert max(loads(after).values()) <= MOST
    assert bool(buffers) == (count > MOST)
    source = {one.wires["X"]: one.wires["A"] for one in buffers}
    assert len(source) == len(buffers) == len({one.name for one in buffers})
    depths = set()
    for one in instances[1:]:
        wire, depth = one.wires["A"], 0
        while wire in source:
            wire, depth = source[wire], depth + 1
        assert wire == 3
        depths.add(depth)
    # by hand: 16 pins need no buffer, 256 one after the other, 4096 two
    assert depths == {0 if count <= MOST else 1 if count <= MOST**2 else 2}


def test_shares_of_a_tree_are_equal_but_for_one(fan, sky130):
    after = buffered(fan(100), sky130)
    # by hand: 100 pins behind 7 buffers
    leaves = [count for wire, count in loads(after).items() if str(wire).startswith("fan_out$")]
    assert sorted(leaves) == [14, 14, 14, 14, 14, 15, 15]


def test_clocks_and_ports_are_left_alone(cell, sky130):
    gate = Instance("gate", cell(GATE), {"CLK": 1, "GATE": 2, "GCLK": 3})
    flops = [
        Instance(f"f{n}", cell(FLOP), {"CLK": 3, "D": 4, "Q": 10 + n}) for n in range(3 * MOST)
    ]
    assert buffered([gate, *flops], sky130) == [gate, *flops]
    assert loads([gate, *flops])[3] == loads([gate, *flops])[4] == 3 * MOST


def test_library_without_a_buffer_is_refused_where_one_is_needed(fan, sky130):
    part = mappable(sky130, ["*buf_*"])
    assert buffered(fan(MOST), part)
    with pytest.raises(ValueError, match=r"^Library '.*' must have a buffer that can be used$"):
        buffered(fan(MOST + 1), part)
