"""The record itself: it covers the list, and fits the compiler, the twin and the RTL of now."""

import dataclasses
from functools import cache

import pytest

from cosim.tile.cycles import network_cycles
from ohmloop.network_case import prepare
from ohmloop.network_run import designs, rtl_hash, run_case
from ohmloop.regress.cases import read_cases
from ohmloop.regress.record import read_golden
from ohmloop.regress.simulate import network_case

UPDATE = "if the change is meant, renew the record: ohmloop regress --update"
NAMES = (
    *(
        f"digits_{network}-{chip}-{devices}"
        for chip in ("taox", "intel", "pairs")
        for network in ("mlp", "cnn", "resnet")
        for devices in ("ideal", "device")
    ),
    "vgg8_quarter-taox-device",
)
# Those with few images, because the twin then needs seconds.
TWIN = [name for name in NAMES if "digits_resnet" not in name and "-taox" not in name]
DESIGNS = ["digits_mlp-taox-device", "digits_mlp-intel-device", "digits_mlp-pairs-device"]


@pytest.fixture(scope="module")
def golden(root):
    return read_golden(root / "regress" / "golden.json").cases


@pytest.fixture(scope="module")
def prepared(root):
    """Return a function that prepares a case by its name."""
    folder = root / "regress"
    cases = {case.name: case for case in read_cases(folder / "networks.toml")}
    return cache(lambda name: prepare(network_case(cases[name], folder)))


def test_every_case_of_the_list_is_recorded_as_listed(root, golden):
    cases = read_cases(root / "regress" / "networks.toml")
    assert {case.name: case.settings() for case in cases} == {
        name: record.settings for name, record in golden.items()
    }
    assert [case.name for case in cases] == [*NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_recorded_cycles_are_predicted_and_measured(name, golden, prepared):
    compiled = prepared(name).compiled
    predicted = zip(compiled.steps, network_cycles(compiled).steps, strict=True)
    want = [(step.name, cycles.cycles, cycles.cycles) for step, cycles in predicted]
    assert want == [
        (layer.name, layer.predicted_cycles, layer.measured_cycles) for layer in golden[name].layers
    ], UPDATE


@pytest.mark.parametrize("name", TWIN)
def test_twin_gives_what_is_recorded_of_the_rtl(name, golden, prepared, tmp_path):
    case = dataclasses.replace(prepared(name).case, engine="twin", flat=None, toggles=False)
    result, record = run_case(case, build_dir=tmp_path), golden[name]
    assert [(step.name, step.fingerprint.outputs) for step in result.steps] == [
        (layer.name, layer.outputs) for layer in record.layers
    ], UPDATE
    assert (result.outputs_hash, result.accuracy) == (record.outputs_hash, record.accuracy)


@pytest.mark.parametrize("name", DESIGNS)
def test_recorded_verilog_is_that_of_now(name, golden, prepared, build_dir):
    assert rtl_hash(designs(prepared(name), build_dir)) == golden[name].rtl_hash, UPDATE
