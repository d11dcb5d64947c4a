import json
import re

import pytest

from ohmloop.page.schema import BenchReport, NetworkReport, read_report


@pytest.fixture(name="changed")
def _changed(runs, tmp_path):
    """Return a function that writes a report after a change."""

    def changed(kind, change=lambda tree: tree):
        text = (runs.build / "runs" / getattr(runs, kind) / "report.json").read_text()
        file = tmp_path / "report.json"
        file.write_text(change(text) if change in CUTS else json.dumps(change(json.loads(text))))
        return file

    return changed


def cut(text):
    return text[: len(text) // 2]


def nothing(text):
    return ""


def infinite(text):
    return re.sub(r'"wall_s": [^,\n]+', '"wall_s": Infinity', text)


CUTS = (cut, nothing, infinite)


def without_layers(tree):
    tree["runs"][0]["layers"] = []
    return tree


def text_for_number(tree):
    tree["runs"][0]["layers"][0]["cycles"]["predicted"] = "many"
    return tree


DAMAGE = {
    "cut": ("network", cut, r"file: Invalid JSON: EOF while parsing .*"),
    "empty": ("bench", nothing, r"file: Invalid JSON: EOF while parsing .*"),
    "infinite": ("bench", infinite, r"wall_s: Input should be a finite number"),
    "list": ("bench", lambda tree: [tree], r"file: Input should be an object"),
    "version": (
        "bench",
        lambda tree: {**tree, "schema_version": "2"},
        r"schema_version: Input should be 2",
    ),
    "runs": (
        "network",
        lambda tree: {**tree, "runs": []},
        r"runs: Tuple should have at least 1 .*",
    ),
    "layers": ("network", without_layers, r"runs\.0\.layers: Tuple should have at least 1 .*"),
    "text": (
        "network",
        text_for_number,
        r"runs\.0\.layers\.0\.cycles\.predicted: Input should be a valid integer",
    ),
    "share": (
        "network",
        lambda tree: {**tree, "accuracy": {**tree["accuracy"], "chip": 1.5}},
        r"accuracy\.chip: Input should be less than or equal to 1",
    ),
    "neither": (
        "network",
        lambda tree: {key: one for key, one in tree.items() if key != "network"},
        r"bench: Field required",
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_told_with_its_place(case, changed):
    kind, change, message = DAMAGE[case]
    file = changed(kind, change)
    with pytest.raises(ValueError, match=f"^Report file '{file}' is damaged: {message}$"):
        read_report(file)


@pytest.mark.parametrize("kind", ["bench", "network"])
@pytest.mark.parametrize("version", [1, 3])
def test_report_of_another_version_is_to_be_made_again(kind, version, changed):
    file = changed(kind, lambda tree: {"schema_version": version, "network": tree.get("network")})
    message = f"Report file '{file}' must have the version 2 of this Ohmloop, not {version}"
    with pytest.raises(ValueError, match=f"^{message}; run it again$"):
        read_report(file)


def test_report_that_is_not_there(tmp_path):
    file = tmp_path / "report.json"
    with pytest.raises(ValueError, match=f"^Report file '{file}' cannot be read: No such file"):
        read_report(file)


def test_both_kinds_of_reports_are_told_apart(changed):
    assert isinstance(read_report(changed("network")), NetworkReport)
    assert isinstance(read_report(changed("bench")), BenchReport)


def test_keys_that_came_later_are_let_pass(changed):
    file = changed("network", lambda tree: {**tree, "later": {"a": 1}})
    assert isinstance(read_report(file), NetworkReport)
