import re

import pytest

from behavioral.cell import SRAM, sram_cell
from behavioral.device import PRESETS, preset


@pytest.mark.parametrize(
    ("name", "node_nm", "area_um2"),
    # 3D+NeuroSim V1.0 manual, Table IV; by hand: 5 * 12, 4 * 4, 4 * 4 and 4 * 6 squares of F
    [
        ("intel_rram_iedm19", 22, 0.02904),
        ("taox_hfox_iedm19", 130, 0.2704),
        ("gst_pcm_iedm19", 90, 0.1296),
        ("hzo_fefet_iedm19", 22, 0.011616),
    ],
)
def test_cells_are_as_large_as_published(name, node_nm, area_um2):
    assert preset(name).cell.area_m2(node_nm) == pytest.approx(area_um2 * 1e-12, rel=1e-9, abs=0)


@pytest.mark.parametrize("device", PRESETS, ids=lambda device: device.name)
def test_sides_make_up_the_area(device):
    cell = device.cell
    assert cell.width_features.value * cell.height_features == pytest.approx(
        cell.area_features2.value, rel=1e-12
    )
    assert cell.width_features.value >= cell.height_features >= 4
    assert (cell.bits.unit, cell.area_features2.unit, cell.width_features.unit) == (
        "bit",
        "feature2",
        "feature",
    )
    assert not cell.bits.assumed


def test_what_no_publication_gives_is_named():
    assumed = {
        device.name: (device.cell.area_features2.assumed, device.cell.width_features.assumed)
        for device in PRESETS
    }
    assert assumed == {
        "taox_hfox_iedm19": (False, False),
        "intel_rram_iedm19": (False, True),
        "gst_pcm_iedm19": (False, False),
        "hzo_fefet_iedm19": (False, True),
        "ecram_iedm19": (True, True),
        "sram_32nm": (False, False),
    }


def test_sram_cells_are_as_large_as_published():
    # Manual, Table III: 600 F2 at 7 nm; CACTI 7: 146 F2 at 32 nm; by hand
    assert sram_cell(7).area_m2 == pytest.approx(0.0294e-12, rel=1e-9, abs=0)
    assert sram_cell(32).area_m2 == pytest.approx(0.149504e-12, rel=1e-9, abs=0)
    areas = [cell.area_m2 for cell in SRAM]
    assert areas == sorted(areas, reverse=True)


def test_unknown_node_names_the_known_ones():
    message = re.escape("Technology node must be one of 90, 65, 45, 32, 22, 14, 10, 7 nm, not 16")
    with pytest.raises(ValueError, match=f"^{message}$"):
        sram_cell(16)
