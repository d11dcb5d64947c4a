import math
from itertools import product

import pytest

from energy.repeaters import Repeaters, fastest, frugal, repeated
from energy.transistor import transistor
from energy.wires import LAYERS, wire

NODES = (130, 90, 65, 45, 32, 22)
cases = pytest.mark.parametrize(
    ("node_nm", "layer"), [(node, layer) for node in NODES for layer in LAYERS[1:]]
)


def per_m(node_nm, layer, segment_m, width_m):
    one = repeated(
        wire(node_nm, layer),
        transistor(node_nm),
        length_m=segment_m,
        repeaters=Repeaters(segment_m, width_m),
    )
    return one.delay_s / segment_m, one.capacitance_f / segment_m


@cases
def test_no_other_repeaters_are_faster(node_nm, layer):
    best = fastest(wire(node_nm, layer), transistor(node_nm))
    least = per_m(node_nm, layer, best.segment_m, best.nmos_width_m)[0]
    # The delay has one valley in the logarithms of both, so its neighbourhood is enough.
    for segments, widths in product((0.3, 0.97, 1.0, 1.03, 3.0), repeat=2):
        if (segments, widths) != (1.0, 1.0):
            other = (segments * best.segment_m, widths * best.nmos_width_m)
            assert per_m(node_nm, layer, *other)[0] > least


@cases
def test_delay_and_energy_per_metre_equal_the_textbook(node_nm, layer):
    metal, device = wire(node_nm, layer), transistor(node_nm)
    best = fastest(metal, device)
    long = repeated(metal, device, length_m=100 * best.segment_m, repeaters=best)
    metres = 100 * best.segment_m
    # Weste and Harris, 4th ed., eq. 6.28 and 6.31: (2 + sqrt(2 (1 + p))) sqrt(R C Rw Cw), and
    # (1 + sqrt((1 + p) / 2)) Cw V^2 for a rise; with p = 1/2 about 3.73 and 1.87.
    rc = device.on_ohm_m.value * device.inverter_f(1.0)
    wire_rc = metal.resistance_ohm_per_m.value * metal.capacitance_f_per_m.value
    assert long.delay_s / metres == pytest.approx(3.7320508 * math.sqrt(rc * wire_rc), rel=1e-6)
    assert long.capacitance_f / metres == pytest.approx(
        1.8660254 * metal.capacitance_f_per_m.value, rel=1e-6, abs=0
    )
    assert 2 * long.toggle_energy_j(0.9) == pytest.approx(
        long.capacitance_f * 0.81, rel=1e-12, abs=0
    )


@cases
def test_nothing_as_fast_takes_less_than_the_frugal(node_nm, layer):
    metal, device = wire(node_nm, layer), transistor(node_nm)
    best, one = fastest(metal, device), frugal(metal, device, tolerance=0.1)
    least, most = (per_m(node_nm, layer, each.segment_m, each.nmos_width_m) for each in (one, best))
    assert least[0] == pytest.approx(1.1 * most[0], rel=1e-9, abs=0)
    assert least[1] < 0.8 * most[1]
    for lengths, widths in product((0.5, 0.9, 0.99, 1.01, 1.1, 2.0), repeat=2):
        delay, capacitance = per_m(
            node_nm, layer, lengths * one.segment_m, widths * one.nmos_width_m
        )
        assert delay > least[0] or capacitance > least[1]


def test_without_tolerance_the_frugal_are_the_fastest():
    metal, device = wire(32, "global"), transistor(32)
    best, one = fastest(metal, device), frugal(metal, device, tolerance=0.0)
    assert one.segment_m == pytest.approx(best.segment_m, rel=1e-6, abs=0)
    assert one.nmos_width_m == pytest.approx(best.nmos_width_m, rel=1e-6, abs=0)


@pytest.mark.parametrize("tolerance", [-0.1, 1.1, math.nan])
def test_tolerance_out_of_range(tolerance):
    message = rf"^Delay tolerance must be between 0 and 1, not {tolerance!r}$"
    with pytest.raises(ValueError, match=message):
        frugal(wire(32, "global"), transistor(32), tolerance=tolerance)


def test_repeaters_make_a_long_wire_faster():
    metal, device = wire(32, "global"), transistor(32)
    best = fastest(metal, device)
    one = Repeaters(1.0, best.nmos_width_m)
    with_them = repeated(metal, device, length_m=10e-3, repeaters=best)
    without = repeated(metal, device, length_m=10e-3, repeaters=one)
    assert with_them.segments > 1 == without.segments
    assert with_them.delay_s < without.delay_s / 2
    assert with_them.capacitance_f > without.capacitance_f


def test_segments_are_equal_and_no_longer_than_asked_for():
    metal, device = wire(32, "global"), transistor(32)
    cut = [
        repeated(metal, device, length_m=length_m, repeaters=Repeaters(1e-3, 1e-6)).segments
        for length_m in (1e-6, 1e-3, 1.001e-3, 3e-3)
    ]
    assert cut == [1, 1, 2, 3]
    # 13 * 0.2 mm is a little more than 13 times 0.2 mm in floating point.
    whole = Repeaters(0.2e-3, 1e-6)
    assert repeated(metal, device, length_m=13 * 0.2e-3, repeaters=whole).segments == 13


@pytest.mark.parametrize("length_m", [0.0, -1e-3, math.nan])
def test_length_must_be_above_zero(length_m):
    with pytest.raises(ValueError, match=rf"^Wire length must be above zero, not {length_m!r} m$"):
        repeated(
            wire(32, "global"), transistor(32), length_m=length_m, repeaters=Repeaters(1e-3, 1e-6)
        )
