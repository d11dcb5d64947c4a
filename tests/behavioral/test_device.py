import re

import pytest

from behavioral.cell import sram_cell
from behavioral.device import PRESETS, preset
from energy import memory
from energy.technology import supply
from energy.transistor import transistor as find_transistor


def test_intel_rram_has_its_published_resistance():
    device = preset("intel_rram_iedm19")
    # 3D+NeuroSim V1.0 manual, Table IV: Ron 6 kohm, on/off 17, so Roff = 102 kohm
    assert 1 / device.g_min_s == pytest.approx(102e3)
    assert device.g_min_s == pytest.approx(9.803922e-6, rel=1e-7, abs=0)
    assert device.g_max_s == pytest.approx(166.6667e-6, rel=1e-6, abs=0)
    # by hand: 2 bits, (166.6667 - 9.803922) / 3
    assert device.step_s(2) == pytest.approx(52.287582e-6, rel=1e-7, abs=0)


def test_taox_has_its_published_resistance():
    device = preset("taox_hfox_iedm19")
    # DNN+NeuroSim, IEDM 2019, Table 1: Ron 100 kohm, on/off 10
    assert device.g_max_s == pytest.approx(10e-6, rel=1e-12, abs=0)
    assert device.g_min_s == pytest.approx(1e-6, rel=1e-12, abs=0)
    # by hand: 4 bits, (10 - 1) / 15
    assert device.step_s(4) == pytest.approx(0.6e-6, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("name", "g_max_s", "g_min_s", "bits"),
    # DNN+NeuroSim, IEDM 2019, Table 1: Ron and on/off ratio; by hand: 1 / Ron, 1 / (Ron * ratio)
    [
        ("taox_hfox_iedm19", 10e-6, 1e-6, 4),
        ("intel_rram_iedm19", 166.666667e-6, 9.80392157e-6, 2),
        ("gst_pcm_iedm19", 25e-6, 2e-6, 4),
        ("hzo_fefet_iedm19", 2e-6, 0.02e-6, 4),
        ("ecram_iedm19", 0.002e-6, 0.05e-9, 4),
    ],
)
def test_devices_are_those_of_the_table(name, g_max_s, g_min_s, bits):
    device = preset(name)
    assert device.g_max_s == pytest.approx(g_max_s, rel=1e-8, abs=0)
    assert device.g_min_s == pytest.approx(g_min_s, rel=1e-8, abs=0)
    assert device.cell.bits.value == bits
    assert len(PRESETS) == 6  # and SRAM, of which the table gives no numbers


def test_sram_conducts_through_two_transistors_and_leaks_through_one():
    device, transistor = preset("sram_32nm"), find_transistor(32)
    widths_m = [features * 32e-9 for features in (memory.ACCESS_FEATURES, memory.NMOS_FEATURES)]
    in_series = sum(transistor.on_ohm_m.value / width_m for width_m in widths_m)
    assert device.on_resistance_ohm.value == pytest.approx(in_series, rel=1e-5)
    leak_s = transistor.off_a_per_m.value * widths_m[0] / supply(32).value
    assert device.g_min_s == pytest.approx(leak_s, rel=1e-4, abs=0)
    assert device.cell.bits.value == 1
    assert device.cell.area_m2(32) == sram_cell(32).area_m2
    # CACTI 7: asp_ratio_cell 1.46, the longer side along the word line
    sides = device.cell.width_features.value, device.cell.height_features
    assert sides[0] / sides[1] == pytest.approx(1.46)


@pytest.mark.parametrize("device", PRESETS, ids=lambda device: device.name)
@pytest.mark.parametrize("cell_bits", [1, 2, 4, 8])
def test_top_level_is_the_on_resistance(device, cell_bits):
    top_s = device.g_min_s + (2**cell_bits - 1) * device.step_s(cell_bits)
    assert top_s == pytest.approx(1 / device.on_resistance_ohm.value, rel=1e-12)
    assert device.g_max_s / device.g_min_s == pytest.approx(device.on_off_ratio.value)


@pytest.mark.parametrize("device", PRESETS, ids=lambda device: device.name)
def test_ideal_differs_in_variation_and_noise_only(device):
    ideal = device.ideal()
    assert ideal.variation.value == ideal.read_noise.value == 0
    assert not ideal.variation.assumed
    assert ideal.name == f"{device.name}, ideal"
    assert ideal.on_resistance_ohm == device.on_resistance_ohm
    assert ideal.on_off_ratio == device.on_off_ratio


@pytest.mark.parametrize("device", PRESETS, ids=lambda device: device.name)
def test_every_number_has_its_unit_and_a_source(device):
    units = {"on_resistance_ohm": "ohm", "on_off_ratio": "1", "variation": "Gmax"}
    for name, unit in {**units, "read_noise": "Gmax"}.items():
        number = getattr(device, name)
        assert number.value > 0
        assert number.unit == unit
        assert number.source
    assert device.on_off_ratio.value > 1
    # Neither paper gives these two, so reports must say that they were chosen.
    assert device.variation.assumed
    assert device.read_noise.assumed
    assert not device.on_resistance_ohm.assumed


def test_variation_and_noise_are_those_of_their_sources():
    for device in PRESETS:
        assert device.variation.value == 0.06  # OpenCIMTC, example configuration
        assert device.read_noise.value == 0.01  # IBM aihwkit, suggested short-term read noise


def test_presets_have_names_of_their_own():
    names = [device.name for device in PRESETS]
    assert len(set(names)) == len(names)
    assert [preset(name).name for name in names] == names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("intel_rram", "nearest: intel_rram_iedm19"),
        ("mram", "known: " + ", ".join(device.name for device in PRESETS)),
    ],
)
def test_unknown_device(name, hint):
    message = re.escape(f"Device '{name}' is unknown; {hint}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        preset(name)
