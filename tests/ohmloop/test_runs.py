"""Runs under the build folder."""

import json

import pytest

from ohmloop.runs import run_name, write_run


def test_new_report_leaves_nothing_of_the_one_before(tmp_path):
    for name in ("report.html", "compare.json", "traces.json", "wave.vcd"):
        (tmp_path / name).write_text("before")
    write_run(tmp_path, {"schema_version": 2})
    assert json.loads((tmp_path / "report.json").read_text()) == {"schema_version": 2}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["report.json", "wave.vcd"]


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a b"])
def test_names_that_no_folder_should_have_are_refused(name):
    with pytest.raises(ValueError, match=r"^Name must be letters, digits, '\.', '_' or '-', not "):
        run_name(name)
    assert run_name("vgg8-rram_taox_32nm.2") == "vgg8-rram_taox_32nm.2"
