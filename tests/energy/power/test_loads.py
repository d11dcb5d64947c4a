import pytest

from energy.power.loads import FALL, NO_WIRES, RISE, net_loads
from hw_spec.sourced import Sourced

FF = 1e-15


def wire(value, unit="F"):
    return Sourced(value, unit, "assumed: for tests")


@pytest.fixture
def fan(small):
    """A wire to inverters and both pins of a gate, which lead to nothing and to a port."""
    return small(
        "n: nand2 A=a B=a Y=y",
        "i: inv A=a Y=z",
        "j: inv A=a Y=u",
        "f: ff CK=clk D=y Q=q",
        outputs=["q"],
    )


def test_pins_add_up_edge_by_edge(fan):
    loads = net_loads(fan, wire_f=NO_WIRES)
    net = fan.nets.index("a")
    assert loads.fan_out[net] == 4
    assert loads.edges_f[RISE, net] == pytest.approx((2 + 2 + 3 + 3) * FF, rel=1e-9, abs=0)
    assert loads.edges_f[FALL, net] == pytest.approx((1 + 1 + 3 + 4) * FF, rel=1e-9, abs=0)
    assert loads.max_f[net] == pytest.approx(10 * FF, rel=1e-9, abs=0)


def test_wires_come_on_top_for_every_pin_and_port(fan):
    loads = net_loads(fan, wire_f=wire(2 * FF))
    by_name = dict(zip(fan.nets, loads.max_f / FF, strict=True))
    assert by_name["a"] == pytest.approx(10 + 4 * 2)
    assert by_name["q"] == pytest.approx(2)  # an output port, which has no pin
    assert by_name["clk"] == pytest.approx(1 + 2)
    assert loads.wires_f[fan.nets.index("a")] == pytest.approx(8 * FF, rel=1e-9, abs=0)


def test_net_without_fan_out_has_no_load(fan):
    assert net_loads(fan, wire_f=wire(2 * FF)).max_f[fan.nets.index("z")] == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (wire(-1e-15), "-1e-15 F"),
        (wire(float("nan")), "nan F"),
        (wire(float("inf")), "inf F"),
        (wire(2.0, "fF"), "2.0 fF"),
    ],
)
def test_wires_that_are_no_capacitance(fan, given, told):
    with pytest.raises(ValueError, match=rf"^Wire per fan-out must be at least 0 F, not {told}$"):
        net_loads(fan, wire_f=given)
