import re

import pytest

from behavioral.device import PRESETS, preset
from energy import area
from energy.area import adc_area, array_area, macro_area, placed_area, utilisation
from energy.transistor import transistor
from energy.wires import wire
from hw_spec.sourced import Sourced

DIGITAL = Sourced(1e-9, "m2", "synthesis")


def macro(device, *, node_nm=32, rows=128, columns=128, selected=128, lanes=16):
    return macro_area(
        device.cell,
        transistor(node_nm),
        wire(node_nm, "local"),
        rows=rows,
        columns=columns,
        selected=selected,
        selects=8,
        lanes=lanes,
        column_s=rows * device.g_max_s,
        adc=adc_area(bits=5, node_nm=node_nm, rate_hz=100e6),
        digital=DIGITAL,
    )


def test_array_by_hand():
    # by hand: 128 * 128 cells of 16 squares of 32 nm
    one = array_area(preset("taox_hfox_iedm19").cell, rows=128, columns=128, node_nm=32)
    assert one.value == pytest.approx(268.435456e-12, rel=1e-9, abs=0)
    assert one.source == "3D+NeuroSim V1.0 manual, Table IV, 130 nm RRAM (Tsinghua)"


@pytest.mark.parametrize(("bits", "um2"), [(5, 3287.3), (8, 3938.9)])
def test_converters_equal_the_published_regression(bits, um2):
    # Computed from the regression of arXiv:2404.06553 apart from this code: 32 nm, 100 MS/s.
    one = adc_area(bits=bits, node_nm=32, rate_hz=100e6)
    assert one.value == pytest.approx(um2 * 1e-12, rel=3e-5, abs=0)
    assert one.source == f"arXiv:2404.06553, ADC area regression, {bits} bits, 32 nm"


def test_fewer_than_4_bits_are_charged_as_4():
    assert adc_area(bits=3, node_nm=32, rate_hz=1e8) == adc_area(bits=4, node_nm=32, rate_hz=1e8)


def test_parts_make_up_the_macro():
    one = macro(preset("taox_hfox_iedm19"))
    assert len(one.parts()) == 6
    assert one.total_m2() == pytest.approx(sum(number.value for number in one.parts()))
    assert all(number.value > 0 and number.unit == "m2" for number in one.parts())
    # by hand: 16 converters of 3287.3 um2; shifters for 2 * 128 + 128 lines of 6.1890 um2
    assert one.adcs.value == pytest.approx(16 * 3287.3e-12, rel=3e-5, abs=0)
    assert one.level_shifters.value == pytest.approx(384 * 6.189005e-12, rel=1e-6, abs=0)
    assert one.digital == DIGITAL
    assert [number for number in one.parts() if number.assumed] == [one.level_shifters]


def test_reference_column_is_read_without_a_switch():
    device = preset("taox_hfox_iedm19")
    with_reference = macro(device, columns=129)
    assert with_reference.multiplexers == macro(device).multiplexers


def test_multiplexers_by_hand():
    # by hand: 128 switches of 120.355 um; 8 lines with 16 of them each, 984.02 fF or 12420.6 inputs
    # of 79.2254 aF, so 7 stages of effort 12420.6^(1/7): 4365.6 inverters of 3.23 * 48 nm
    width_m = 128 * 120.355e-6 + 8 * 4365.6 * 3.23 * 48e-9
    # Each um takes 5.8331 * 32 nm.
    one = macro(preset("taox_hfox_iedm19")).multiplexers
    assert one.value == pytest.approx(width_m * 5.8331 * 32e-9, rel=1e-4, abs=0)


def test_cells_of_low_resistance_take_more_room_around_them():
    # The reason IEDM 2019 gives for the large chip with the 6 kohm cell.
    low, high = (macro(preset(f"{name}_iedm19")) for name in ("intel_rram", "hzo_fefet"))
    assert low.multiplexers.value > 50 * high.multiplexers.value
    assert low.row_drivers.value > high.row_drivers.value


@pytest.mark.parametrize("device", PRESETS, ids=lambda device: device.name)
@pytest.mark.parametrize("node_nm", [130, 90, 65, 45, 32])
def test_every_device_has_a_macro_at_every_node(device, node_nm):
    one = macro(device, node_nm=node_nm)
    assert 1e-10 < one.total_m2() < 1e-5


def test_twice_the_rows_are_twice_the_drivers():
    small, large = (macro(PRESETS[0], rows=rows) for rows in (64, 128))
    assert large.row_drivers.value == pytest.approx(2 * small.row_drivers.value)
    assert large.array.value == pytest.approx(2 * small.array.value)
    assert large.adcs == small.adcs


def test_placed_block_by_hand():
    one = placed_area(Sourced(7e-9, "m2", "synthesis"))
    assert one.value == pytest.approx(10e-9, rel=1e-12, abs=0)
    assert one.assumed
    assert one.source.endswith("; synthesis")


def test_utilisation():
    # IEDM 2019, Table 1: 97.05 % of the cells.
    assert utilisation(9705, 10000) == 0.9705
    for used, total in ((1, 0), (0, 0), (5, 4), (-1, 4)):
        message = re.escape(f"Used cells must be between 0 and {total}, of 1 or more, not {used}")
        with pytest.raises(ValueError, match=f"^{message}$"):
            utilisation(used, total)


def test_what_is_left_out_is_named():
    assert all(area.LEFT_OUT)
    assert area.PLACEMENT.assumed
