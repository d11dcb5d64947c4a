"""VGG-8 beside the published table; all by hand."""

import json

import pytest

from energy.area import adc_area
from energy.neurosim import TABLE_1, VGG8_MACS
from hw_spec.chip import read_chip
from ohmloop.compare.chip_energy import ChipEnergy
from ohmloop.compare.published import column_of, converters, figures, is_vgg8, reasons
from ohmloop.page.schema import read_report

RUN = "small-small-device"


@pytest.fixture(name="report")
def _report(on_network, here, root):
    """Return a function that makes a run look like one of VGG-8 on a chip."""

    def report(chip):
        assert on_network("run").exit_code == 0
        path = here / "build" / "runs" / RUN / "report.json"
        tree, spec = json.loads(path.read_text()), read_chip(root / "chips" / f"{chip}.toml")
        run = tree["runs"][0]
        run |= {"macs": VGG8_MACS, "device": spec.device, "macro": spec.macro.model_dump()}
        run |= {"tile": spec.tile.model_dump(), "cycles": {"predicted": 100_000, "measured": None}}
        path.write_text(json.dumps(tree))
        return read_report(path)

    return report


ENERGY = ChipEnergy.model_validate_json(
    json.dumps(
        {
            "images": 2,
            "seconds": 2e-3,
            "total_j": 8.2e-5,
            "joules": {"array": 1e-6, "leakage": 2e-6},
            "area": {"array": 1e-6, "total_m2": 5e-5},
            "node_nm": 32,
        }
    )
)


def test_figures_by_hand(report):
    found = report("rram_taox_vgg8_32nm")
    column = column_of(found.runs[0])
    assert column.device == "TaOx/HfOx (TsingHua)"
    assert is_vgg8(found.runs[0])
    ours = {one.name: one.ours for one in figures(found, ENERGY, column)}
    assert ours["area"] == pytest.approx(50)
    assert ours["latency"] == pytest.approx(1.0)  # 100,000 cycles of 10 ns
    assert ours["throughput"] == pytest.approx(1000)
    assert ours["dynamic energy"] == pytest.approx(40)
    assert ours["leakage"] == pytest.approx(1.0)
    # 615,917,568 operations in 41 uJ
    assert ours["efficiency"] == pytest.approx(15.0224, rel=1e-5)
    theirs = {one.name: one.published for one in figures(found, ENERGY, column)}
    assert (theirs["area"], theirs["memory utilisation"]) == (20.45, pytest.approx(97.05))


def test_without_energy_nothing_is_made_up(report):
    found = report("rram_taox_vgg8_32nm")
    ours = {one.name: one.ours for one in figures(found, None, column_of(found.runs[0]))}
    assert ours["of it, array"] > 0
    missing = {name for name, value in ours.items() if value is None}
    assert missing == {"area", "dynamic energy", "leakage", "efficiency"}


def test_converters_are_those_of_the_whole_chip(report):
    found = report("rram_intel_vgg8_32nm")
    assert column_of(found.runs[0]).device == "RRAM (Intel)"
    every = converters(found)
    assert every.count == 200 * 9 * 32
    area_m2 = adc_area(bits=5, node_nm=32, rate_hz=1e8).value
    assert every.area_m2 == pytest.approx(area_m2, rel=1e-9, abs=0)
    text = reasons(found, column_of(found.runs[0]))[0]
    assert f"57,600 of 3,287 um2 are {57_600 * area_m2 * 1e6:.1f} mm2, more than" in text


def test_chips_of_the_table_have_their_column(root):
    devices = {one.device for one in TABLE_1 if one.device != "SRAM"}
    chips = [read_chip(path) for path in (root / "chips").glob("*.toml")]
    found = {column_of(Stub(chip)).device for chip in chips}
    assert found == {"TaOx/HfOx (TsingHua)", "RRAM (Intel)"} <= devices
    assert column_of(Stub(chips[0], node_nm=22)) is None


class Stub:
    def __init__(self, chip, node_nm=None):
        self.device, self.node_nm = chip.device, node_nm or chip.node_nm
