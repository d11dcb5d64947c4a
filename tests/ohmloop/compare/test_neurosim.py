"""The command `compare neurosim`: activities and cycles of a run."""

import io
import re
from types import SimpleNamespace

import pytest
from rich.console import Console

from energy.blocks import CONTROL, FIXED
from ohmloop.compare.activity import CORE_CONTROL
from ohmloop.compare.neurosim_report import neurosim_report
from ohmloop.compare.neurosim_tables import activity_table
from ohmloop.page.chip_schema import LogicActivity
from ohmloop.page.schema import read_report

RUN = "small-small-device"


@pytest.fixture(name="finished")
def _finished(run):
    """Return the report file of a finished run."""
    return run()


def test_all_toggles_of_pes_are_compared(finished, command, left):
    command("compare", "neurosim", RUN)
    found, (run,) = left("compare.json"), left("report.json")["runs"]
    counted = [
        layer["toggles"]["macros"] + layer["toggles"]["logic"]
        for layer in run["layers"]
        if layer["macros"]
    ]
    *blocks, core = found["activity"]
    assert [one["block"] for one in blocks] == list(FIXED)
    assert sum(one["toggles"] for one in blocks) == sum(counted)
    assert core["block"] == CORE_CONTROL
    whole = sum(counted) + sum(run["core_toggles"].values())
    assert whole == run["toggles"]
    for one in found["activity"]:
        assert 0 < one["per_update"] <= 1
        assert one["per_cycle"] == one["toggles"] / one["bit_cycles"] <= one["per_update"]
    (control,) = (one for one in blocks if one["block"] == CONTROL)
    assert control["per_cycle"] == control["per_update"]
    assert control["neurosim"]["value"] == core["neurosim"]["value"] == 0.05


def test_cycles_stand_beside_those_of_neurosim(finished, command, left):
    text = command("compare", "neurosim", RUN).stdout
    found, (run,) = left("compare.json"), left("report.json")["runs"]
    for one, layer in zip(found["layers"], run["layers"], strict=True):
        assert one["cycles"] == layer["cycles"]["predicted"]
        assert one["neurosim_cycles"] == layer["neurosim_cycles"]
        assert bool(one["activity"]) == bool(layer["macros"])
    first = found["layers"][0]
    ratio = first["converting"] / first["neurosim_cycles"]
    assert re.search(rf"│ 0.0.0 +│.*│ +{ratio:.2f} │", text)


def test_what_was_not_counted_is_said(finished, command, left):
    text = command("compare", "neurosim", RUN).stdout
    assert "Published figures: none of this network on 'small'" in text
    assert f"Adders, energy and area: not counted; run: ohmloop energy {RUN}\n" in text
    assert left("compare.json")["adders"] == []
    assert left("compare.json")["published"] is None
    assert not left("compare.json")["energy_counted"]


def test_run_without_toggles_is_refused(run, command):
    run("--no-toggles")
    with pytest.raises(ValueError, match=r"^Toggles of layer '0\.0\.0' must be counted"):
        command("compare", "neurosim", RUN)


def test_bench_is_refused(command):
    assert command("sim", "fc_layer", "--engine", "twin").exit_code == 0
    message = "^Run 'fc_layer' must be that of a network, not of a bench or a split layer$"
    with pytest.raises(ValueError, match=message):
        command("compare", "neurosim", "fc_layer")


def test_adders_are_compared_once_their_gates_are_counted(finished, build_dir):
    report = read_report(finished)
    adders = {"shift-add": LogicActivity(nets=10, toggles=30, net_cycles=400)}
    run = report.runs[0].model_copy(update={"energy": SimpleNamespace(adders=adders)})
    found = neurosim_report(report.model_copy(update={"runs": (run,)}), build_dir=build_dir)
    (one,) = found["adders"]
    assert (one["block"], one["per_cycle"]) == ("shift-add", 30 / 400)
    assert one["neurosim"]["value"] == 0.15  # 3D+NeuroSim V1.0 manual, section 2: delta
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(activity_table(found))
    assert re.search(
        r"│ adders of shift-add +│ +30 │ +0.0750 │ +- │ +0.15 │ +0.50 │", console.export_text()
    )
