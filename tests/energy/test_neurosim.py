import re

import pytest

from behavioral.device import PRESETS
from energy.neurosim import ACTIVITIES, CORRECTIONS, TABLE_1, activity, beside


def test_fixed_activities_are_those_of_the_manual():
    fixed = {name: number.value for name, number in ACTIVITIES.items()}
    # 3D+NeuroSim V1.0 manual, section 2: gamma, delta, epsilon; the two of the bus are parameters.
    assert fixed == {
        "register": 0.5,
        "adder": 0.15,
        "control": 0.05,
        "bus input": 0.18,
        "bus output": 0.5,
    }
    assert [number.value for number in CORRECTIONS.values()] == [1.44, 1.4, 1.23]
    for number in (*ACTIVITIES.values(), *CORRECTIONS.values()):
        assert not number.assumed
        assert number.unit == "1"


def test_activity_by_hand():
    # by hand: 8 bits in 100 cycles could switch 800 times
    assert activity(toggles=200, bits=8, cycles=100) == 0.25
    assert activity(toggles=0, bits=1, cycles=1) == 0


@pytest.mark.parametrize(("toggles", "bits", "most"), [(801, 8, 800), (-1, 8, 800), (0, 0, 0)])
def test_more_toggles_than_there_can_be(toggles, bits, most):
    message = re.escape(f"Toggles must be between 0 and {most}, of 1 or more, not {toggles}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        activity(toggles=toggles, bits=bits, cycles=100)


def test_measured_stands_beside_fixed():
    found = beside({"bus input": 0.09, "register": 0.1})
    assert [(one.name, one.fixed.value, one.measured) for one in found] == [
        ("register", 0.5, 0.1),
        ("bus input", 0.18, 0.09),
    ]
    assert [one.ratio for one in found] == pytest.approx([0.2, 0.5])


def test_unknown_activity():
    known = "known: register, adder, control, bus input, bus output"
    with pytest.raises(ValueError, match=rf"^Activity 'clock' is unknown; {known}$"):
        beside({"clock": 1.0})


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_share_out_of_range(share):
    with pytest.raises(
        ValueError, match=rf"^Activity 'adder' must be between 0 and 1, not {share!r}$"
    ):
        beside({"adder": share})


def test_every_device_has_its_column():
    published = {(one.device, one.cell_bits) for one in TABLE_1 if one.device != "SRAM"}
    presets = {
        (device.on_resistance_ohm.source.split(", ", 3)[3], int(device.cell.bits.value))
        for device in PRESETS
        if device.name != "sram_32nm"  # no resistance of it is published
    }
    assert published == presets
    assert len(TABLE_1) == 9
