"""Pages of whole runs, read as a browser without a network would."""

import re

import pytest

KINDS = ["bench", "network", "chip"]

GATES = {
    "library": "cells",
    "library_source": "made up",
    "voltage_v": 1.8,
    "node_nm": 130,
    "cells": 1234,
    "flip_flops": 200,
    "clock_gates": 3,
    "area_m2": 9876.5e-12,
    "wire_f": 2e-15,
    "cycles": 500,
    "causes_j": {
        "switching": 1e-9,
        "internal": 2e-9,
        "clock switching": 3e-9,
        "clock internal": 4e-9,
        "leakage": 5e-9,
    },
    "clock_port_j": 2e-9,
    "input_ports_j": 4e-9,
    "total_j": 21e-9,
    "coverage": 1.0,
    "shortest_period_s": 12.5e-9,
    "critical_path": ["a[0]", "b[1]"],
    "scaled": {"node_nm": 32, "total_j": 1e-9, "area_m2": 1e-9, "source": "made up"},
    "left_out": ["glitches", "a clock tree"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_is_that_of_the_report(kind, page_of, reading):
    text, tree = page_of(kind)
    figures = reading.read_page(text).figures
    assert len(figures) > 100
    for path, value, said in figures:
        assert reading.stands_at(tree, path) == value, path
        assert reading.says(said, value), (path, said, value)


def test_figures_of_every_layer_are_on_the_page(page_of, reading):
    text, tree = page_of("network")
    paths = {path for path, *_ in reading.read_page(text).figures}
    of_layer = "macros copies vectors cycles/predicted cycles/measured adc_busy neurosim_cycles "
    of_layer += "toggles/macros toggles/logic"
    of_layer = of_layer.split()
    of_layer += [f"events/predicted/{part}" for part in ("converting", "filling", "draining")]
    for at in range(len(tree["runs"][0]["layers"])):
        assert {f"/runs/0/layers/{at}/{one}" for one in of_layer} <= paths
    of_run = (
        "toggles",
        "wrong_outputs",
        "cycles/predicted",
        "utilisation",
        "chip_hash",
        "rtl_hash",
    )
    of_report = ("network", "data", "engine", "seed", "outputs_hash", "wall_s")
    accuracy = ("float", "integer", "chip", "images")
    assert {f"/runs/0/{one}" for one in of_run} <= paths
    assert {f"/{one}" for one in of_report} <= paths
    assert {f"/accuracy/{one}" for one in accuracy} <= paths


def test_figures_of_every_run_of_a_bench_are_on_the_page(page_of, reading):
    text, tree = page_of("bench")
    paths = {path for path, *_ in reading.read_page(text).figures}
    assert len(tree["runs"]) == 4
    of_run = "accuracy wrong_psums psum_error flip_flops rtl_hash wall_s build_s cycles_per_s "
    of_run += "layers/0/cycles/predicted layers/0/cycles/measured layers/0/conversions "
    of_run += "energy/digital/clock_j energy/digital/total_j energy/analog/converters_j "
    of_run += "energy/analog/total_j toggles/lanes toggles/sequencer"
    for at in range(4):
        assert {f"/runs/{at}/{one}" for one in of_run.split()} <= paths


@pytest.mark.parametrize("kind", KINDS)
def test_every_constant_is_there_with_its_source(kind, page_of, reading):
    text, tree = page_of(kind)
    page = reading.read_page(text)
    said = {path: text for path, _, text in page.figures}
    for at, number in enumerate(tree["numbers"]):
        assert said[f"/numbers/{at}/source"] == number["source"]
        assert said[f"/numbers/{at}/unit"] == number["unit"]
        assert said[f"/numbers/{at}/assumed"] == ("assumed" if number["assumed"] else "sourced")
    marked = [one for _, one in page.tags if "warn" in (one.get("class") or "")]
    assert len(marked) == len(tree["assumed"]) > 0
    assert {f"/tools/{tool}" for tool in tree["tools"]} <= said.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_page_refers_to_nothing_outside_of_it(kind, page_of, reading):
    text, _ = page_of(kind)
    tags = reading.read_page(text).tags
    assert not {"script", "iframe", "object", "img", "base"} & {tag for tag, _ in tags}
    for _, attributes in tags:
        for key in ("href", "xlink:href", "src", "srcset", "action", "data"):
            assert (attributes.get(key) or "#").startswith(("#", "data:,")), attributes
    assert not re.search(r"url\((?!#)|@import", text)


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_elements_are_unique_and_links_find_them(kind, page_of, reading):
    tags = reading.read_page(page_of(kind)[0]).tags
    names = [one["id"] for _, one in tags if "id" in one]
    assert len(names) == len(set(names))
    links = [one["href"] for tag, one in tags if tag == "a"]
    links += [one["xlink:href"] for _, one in tags if "xlink:href" in one]
    links += [one["clip-path"][4:-1] for _, one in tags if "clip-path" in one]
    assert {f"#{name}" for name in names} == set(links)


@pytest.mark.parametrize("kind", KINDS)
def test_same_report_gives_the_same_bytes(kind, page_of):
    assert page_of(kind)[0] == page_of(kind, lambda tree: None)[0]


def test_names_are_text_and_neither_markup_nor_formulas(page_of, reading):
    name = "<b onclick='x'>$\\frac{1}{2}$ & \"co\""

    def rename(tree):
        tree["runs"][0]["layers"][0]["name"] = name

    text, _ = page_of("network", rename)
    page = reading.read_page(text)
    assert "b" not in {tag for tag, _ in page.tags}
    assert ("/runs/0/layers/0/name", name, name) in page.figures
    assert "<b onclick" not in text


def test_failed_check_is_told(page_of, reading):
    def fail(tree):
        tree["passed"] = False
        tree["runs"][0]["checks"][0]["passed"] = False

    said = {path: text for path, _, text in reading.read_page(page_of("bench", fail)[0]).figures}
    assert said["/passed"] == said["/runs/0/checks/0/passed"] == "FAILED"
    assert said["/runs/1/checks/0/passed"] == "passed"


def test_run_that_nothing_checked_has_not_passed(page_of, reading):
    text, tree = page_of("network")
    assert tree["passed"]
    assert tree["runs"][0]["checks"] == []
    said = {path: text for path, _, text in reading.read_page(text).figures}
    assert said["/passed"] == "not checked"


def test_section_without_data_is_absent(page_of, reading):
    def forget(tree):
        run = tree["runs"][0]
        run["toggles"] = None
        for layer in run["layers"]:
            layer["toggles"] = dict.fromkeys(layer["toggles"])
            layer["energy"] = {"analog": None}
            layer["adc_codes"] = None

    def count(tree):
        tree["runs"][1]["energy"]["gates"] = GATES

    def sections(*of):
        tags = reading.read_page(page_of(*of)[0]).tags
        return [one["id"] for tag, one in tags if tag == "section"]

    first, last = ["summary", "accuracy"], ["checks", "setup", "constants", "tools"]
    assert sections("network") == [*first, "layers", "codes", "toggles", "energy", *last]
    assert sections("network", forget) == [*first, "layers", *last]
    unsummed = sections("network", lambda tree: tree["runs"][0].update(toggles=None))
    assert unsummed == [*first, "layers", "codes", "energy", *last]
    chip = ["energy", "floorplan", "area", "gates", "merit"]
    assert sections("chip") == [*first, "layers", "codes", "toggles", *chip, *last]
    bench = ["runs", "codes", "toggles", "energy"]
    assert sections("bench") == [*first, *bench, *last]
    assert sections("bench", count) == [*first, *bench, "gates", *last]
    blind = sections("bench", lambda tree: tree.update(accuracy=None))
    assert blind == ["summary", *bench, *last]


def test_gates_are_shown_where_they_were_counted(page_of, reading):
    text, _ = page_of("bench", lambda tree: tree["runs"][1]["energy"].update(gates=GATES))
    said = {path: text for path, _, text in reading.read_page(text).figures}
    where = "/runs/1/energy/gates"
    assert said[f"{where}/cells"] == "1,234"
    assert said[f"{where}/area_m2"] == "9,877"
    assert said[f"{where}/causes_j/clock internal"] == "4.00"
    assert said[f"{where}/total_j"] == "21.00"
    assert "/runs/0/energy/gates/cells" not in said
    for left_out in GATES["left_out"]:
        assert left_out in text


def test_measured_cycles_are_shown_where_there_are_any(page_of, reading):
    def measure(tree):
        run = tree["runs"][0]
        run["cycles"]["measured"] = 7
        layer = run["layers"][0]
        layer["events"]["measured"] = {**layer["events"]["predicted"], "filling": 3}

    figures = reading.read_page(page_of("network", measure)[0]).figures
    said = {path: text for path, _, text in figures}
    assert said["/runs/0/cycles/measured"] == "7"
    assert said["/runs/0/layers/0/events/measured/filling"] == "3"
    assert "/runs/0/layers/0/events/predicted/filling" not in said
    assert "/runs/0/layers/1/events/predicted/filling" in said
