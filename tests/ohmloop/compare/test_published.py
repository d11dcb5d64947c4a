"""VGG-8 beside the published table; all by hand."""

from types import SimpleNamespace

import pytest

from energy.area import adc_area
from energy.neurosim import TABLE_1, VGG8_MACS
from hw_spec.chip import read_chip
from ohmloop.compare.published import column_of, converters, figures, is_vgg8, reasons
from ohmloop.page.parts import Cycles
from ohmloop.page.schema import read_report

TAOX = "chips/rram_taox_vgg8_32nm.toml"
INTEL = "examples/rram_intel_vgg8_32nm.toml"


@pytest.fixture(name="report")
def _report(run, root):
    """Return a function that makes a run look like one of VGG-8 on a chip."""
    found = read_report(run())

    def report(chip, energy=None):
        spec = read_chip(root / chip)
        changed = {
            "macs": VGG8_MACS,
            "device": spec.device,
            "chip_description": spec,
            "cycles": Cycles(predicted=100_000, measured=None),
            "energy": energy,
        }
        return found.model_copy(update={"runs": (found.runs[0].model_copy(update=changed),)})

    return report


ENERGY = SimpleNamespace(
    images=2,
    seconds=2e-3,
    total_j=8.2e-5,
    joules={"array": 1e-6, "leakage": 2e-6},
    area={"array": 1e-6, "total_m2": 5e-5},
    merit=[
        SimpleNamespace(operations_per_mac=one, tops_per_watt=value)
        for one, value in ((1, 15.0), (2, 30.0))
    ],
)


def test_figures_by_hand(report):
    found = report(TAOX, ENERGY)
    column = column_of(found.runs[0])
    assert column.device == "TaOx/HfOx (TsingHua)"
    assert is_vgg8(found.runs[0])
    ours = {one.name: one.ours for one in figures(found, column)}
    assert ours["area"] == pytest.approx(50)
    assert ours["latency"] == pytest.approx(1.0)  # 100,000 cycles of 10 ns
    assert ours["throughput"] == pytest.approx(1000)
    assert ours["dynamic energy"] == pytest.approx(40)
    assert ours["leakage"] == pytest.approx(1.0)
    # of three images, as those of the run are
    assert ours["of it, array"] == pytest.approx(1 / 3)
    assert "of it, leakage" not in ours
    assert ours["efficiency"] == 15.0  # with one operation per multiply-accumulate
    theirs = {one.name: one.published for one in figures(found, column)}
    assert (theirs["area"], theirs["memory utilisation"]) == (20.45, pytest.approx(97.05))


def test_without_energy_nothing_is_made_up(report):
    found = report(TAOX)
    ours = {one.name: one.ours for one in figures(found, column_of(found.runs[0]))}
    assert ours["of it, array"] > 0
    missing = {name for name, value in ours.items() if value is None}
    assert missing == {"area", "dynamic energy", "leakage", "efficiency"}


def test_converters_are_those_of_the_whole_chip(report):
    found = report(INTEL)
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
