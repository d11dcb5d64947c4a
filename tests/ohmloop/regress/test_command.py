"""The command with results that are kept from before, so that no process is started."""

import json
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from ohmloop.regress import command
from ohmloop.regress.cases import read_cases
from ohmloop.regress.key import case_key
from ohmloop.regress.record import Golden, read_golden, write_golden
from ohmloop.regress.run import keep

PLACE = "engines differ in macro 4"


@pytest.fixture
def work(make_list, tmp_path, monkeypatch):
    """Three cases; functions that give a case a result, and that run the command."""
    path, build_dir = make_list("cnn-a", "cnn-b", "mlp-a"), tmp_path / "build"
    asked = []

    def place_of(case, folder, layer, *, build_dir):
        asked.append((case.name, layer))
        return PLACE

    def no_run(*_, **__):
        raise AssertionError("a case was run")

    monkeypatch.setattr(command, "place_of", place_of)
    monkeypatch.setattr("ohmloop.regress.run.connect", no_run)

    def results(**records):
        for case in read_cases(path):
            file = build_dir / "regress" / "cases" / f"{case.name}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            record = records.get(case.name.replace("-", "_"))
            if record is not None:
                keep(file, case_key(case, path.parent, build_dir=build_dir), record)

    def regress(*options, answer=None):
        arguments = ["--list", str(path), "--build-dir", str(build_dir), *options]
        runner = CliRunner()
        return runner.invoke(command.regress, arguments, input=answer, standalone_mode=False)

    golden = path.with_name("golden.json")
    return SimpleNamespace(
        path=path,
        golden=golden,
        folder=build_dir / "regress",
        results=results,
        regress=regress,
        asked=asked,
    )


@pytest.fixture
def recorded(work, make_record):
    """Three cases, all as recorded."""
    records = {"cnn-a": make_record(), "cnn-b": make_record(accuracy=0.1), "mlp-a": make_record()}
    write_golden(work.golden, Golden(cases=records))
    work.results(**{name.replace("-", "_"): record for name, record in records.items()})
    return work


def junit(work):
    """Return what JUnit XML says about each case: nothing, or kind and message."""
    root = ElementTree.parse(work.folder / "junit.xml").getroot()
    return {
        test.get("name"): [(one.tag, one.get("message")) for one in test]
        for test in root.iter("testcase")
    }


def report(work):
    return json.loads((work.folder / "report.json").read_text())


def test_green(recorded):
    before = recorded.golden.read_bytes()
    result = recorded.regress()
    assert result.exit_code == 0, result.exception
    assert result.output.count("as recorded") == 3
    assert junit(recorded) == {"cnn-a": [], "cnn-b": [], "mlp-a": []}
    assert report(recorded)["passed"]
    assert recorded.golden.read_bytes() == before
    assert recorded.asked == []


def test_two_runs_leave_the_same_files(recorded):
    files = []
    for _ in range(2):
        recorded.regress()
        files.append(
            {
                path.name: path.read_bytes()
                for path in (*recorded.folder.glob("*.*"), *recorded.folder.glob("cases/*"))
            }
        )
    assert files[0] == files[1]
    assert files[0].keys() >= {"junit.xml", "report.json", "cnn-a.json"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"accuracy": 0.25}, "accuracy must be 50.0000%, not 25.0000%"),
        ({"toggles": 6001}, "toggles must be 6,000, not 6,001"),
        ({"rtl_hash": "0" * 64}, "rtl hash must be dddddddddddd, not 000000000000"),
    ],
)
def test_difference_from_the_record_fails(recorded, make_record, change, said):
    before = recorded.golden.read_bytes()
    recorded.results(cnn_a=make_record(**change))
    result = recorded.regress()
    assert result.exit_code == 1
    assert f"FAILED cnn-a\n  {said}\n" in result.output
    assert junit(recorded) == {"cnn-a": [("failure", said)], "cnn-b": [], "mlp-a": []}
    assert not report(recorded)["passed"]
    assert recorded.golden.read_bytes() == before
    assert recorded.asked == []


def test_difference_of_data_names_the_place_first(recorded, make_record, make_layer):
    layers = make_layer(toggles=7), make_layer("fc", outputs="aaaaaaaa0bbbbbbb00000000")
    recorded.results(cnn_b=make_record(*layers, accuracy=0.2))
    result = recorded.regress()
    assert result.exit_code == 1
    said = "layer 'fc': data (first image 1) must be bbbbbbbb, not 0bbbbbbb"
    assert f"FAILED cnn-b\n  {said}\n  {PLACE}\n  layer 'conv1': toggles must" in result.output
    assert junit(recorded)["cnn-b"] == [("failure", said)]
    assert recorded.asked == [("cnn-b", "fc")]
    (_, case, _) = report(recorded)["cases"]
    assert (case["passed"], case["place"]) == (False, PLACE)
    what = [one["what"] for one in case["differences"]]
    assert what == ["toggles", "data (first image 1)", "accuracy"]


def test_measured_cycles_must_be_those_predicted(recorded, make_record, make_layer):
    wrong = make_record(make_layer(), make_layer("fc", measured_cycles=99))
    write_golden(recorded.golden, Golden(cases=dict.fromkeys(("cnn-a", "cnn-b", "mlp-a"), wrong)))
    recorded.results(cnn_a=wrong)
    result = recorded.regress("--filter", "cnn-a")
    assert result.exit_code == 1
    said = "layer 'fc': cycles measured must be 1,234, as predicted, not 99"
    assert junit(recorded) == {"cnn-a": [("error", said)]}
    result = recorded.regress("--filter", "cnn-a", "--update", "--yes")
    assert str(result.exception) == "Nothing was recorded, because cases failed: cnn-a"


def test_filter_runs_only_what_it_names(recorded):
    result = recorded.regress("--filter", "cnn")
    assert result.exit_code == 0
    assert junit(recorded).keys() == {"cnn-a", "cnn-b"}


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("n\n", 1)])
def test_update_shows_what_changes_and_asks(recorded, make_record, answer, status):
    before = read_golden(recorded.golden)
    changed = make_record(accuracy=0.75)
    recorded.results(cnn_a=changed)
    result = recorded.regress("--update", answer=answer)
    assert result.exit_code == status
    shown = result.output.index("75.0000%")
    assert shown < result.output.index("Record this?")
    now = read_golden(recorded.golden)
    assert now == (before if status else Golden(cases=before.cases | {"cnn-a": changed}))
    assert recorded.regress().exit_code == status
    assert recorded.asked == []


def test_update_without_an_answer_writes_nothing(recorded, make_record):
    before = recorded.golden.read_bytes()
    recorded.results(cnn_a=make_record(accuracy=0.75))
    assert recorded.regress("--update").exit_code != 0
    assert recorded.golden.read_bytes() == before


def test_first_records_are_made_by_an_update(work, make_record):
    work.results(cnn_a=make_record(), cnn_b=make_record(accuracy=0.1), mlp_a=make_record())
    result = work.regress()
    assert str(result.exception) == (
        f"Case 'cnn-a' and 2 more must have a record in '{work.golden}', but has none; "
        "make one: ohmloop regress --update"
    )
    assert isinstance(result.exception, ValueError)
    assert not work.golden.exists()
    result = work.regress("--update", "--yes")
    assert result.exit_code == 0, result.exception
    assert list(read_golden(work.golden).cases) == ["cnn-a", "cnn-b", "mlp-a"]
    assert "as recorded" not in result.output
    written = work.golden.read_bytes()
    result = work.regress("--update")
    assert "All is recorded already." in result.output
    assert work.golden.read_bytes() == written


def test_first_update_may_be_of_some_cases(work, make_record):
    work.results(cnn_a=make_record())
    assert work.regress("--update", "--yes", "--filter", "cnn-a").exit_code == 0
    assert list(read_golden(work.golden).cases) == ["cnn-a"]


def test_update_keeps_what_was_not_run_and_drops_what_is_gone(recorded, make_record):
    golden = read_golden(recorded.golden)
    write_golden(recorded.golden, Golden(cases={"gone": make_record(), **golden.cases}))
    recorded.results(mlp_a=make_record(accuracy=0.75))
    result = recorded.regress("--update", "--yes", "--filter", "mlp")
    assert "gone" in result.output
    now = read_golden(recorded.golden).cases
    assert list(now) == ["cnn-a", "cnn-b", "mlp-a"]
    assert now["cnn-b"] == golden.cases["cnn-b"]
    assert now["mlp-a"].accuracy == 0.75


def test_damaged_records_are_refused_also_by_an_update(recorded):
    recorded.golden.write_text("{")
    for options in ((), ("--update", "--yes")):
        result = recorded.regress(*options)
        assert isinstance(result.exception, ValueError)
        assert str(result.exception).startswith(f"Record file '{recorded.golden}' is damaged: ")
        assert recorded.golden.read_text() == "{"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--filter", "cnn-c"), "Case 'cnn-c' is unknown; nearest: cnn-b, cnn-a"),
        (("--yes",), "'--update' must be given when '--yes' is"),
        (
            ("--list", "none.toml"),
            "Case list 'none.toml' cannot be read: No such file or directory",
        ),
    ],
)
def test_wrong_options_are_told_before_anything_is_run(recorded, options, message):
    result = recorded.regress(*options)
    assert isinstance(result.exception, ValueError)
    assert str(result.exception) == message


def test_missing_network(recorded):
    network = recorded.path.parent / "nets" / "nets.py"
    network.unlink()
    result = recorded.regress()
    assert isinstance(result.exception, ValueError)
    assert str(result.exception) == f"Network file '{network}' of case 'cnn-a' was not found"


def test_damaged_chip(recorded):
    chip = recorded.path.parent / "chip.toml"
    chip.write_text("name = ")
    result = recorded.regress()
    assert isinstance(result.exception, ValueError)
    assert str(result.exception).startswith(f"Chip file '{chip}' is not valid TOML: ")
