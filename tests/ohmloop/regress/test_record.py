import json

import pytest

from ohmloop.regress.record import Golden, read_golden, write_golden


def test_what_was_written_is_read(tmp_path, make_record):
    path = tmp_path / "golden.json"
    golden = Golden(cases={"b": make_record(accuracy=1 / 3), "a": make_record(rtl_hash=None)})
    write_golden(path, golden)
    assert read_golden(path) == golden
    assert list(read_golden(path).cases) == ["b", "a"]
    assert [one.name for one in tmp_path.iterdir()] == ["golden.json"]


def test_the_same_records_give_the_same_bytes(tmp_path, make_record):
    paths = tmp_path / "one.json", tmp_path / "two.json"
    for path in paths:
        write_golden(path, Golden(cases={"a": make_record()}))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_no_file_is_no_record(tmp_path):
    assert read_golden(tmp_path / "golden.json") == Golden()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[:100], r"file: Invalid JSON: EOF while parsing"),
        (lambda text: "", r"file: Invalid JSON: EOF"),
        (
            lambda text: text.replace('"schema_version": 1', '"schema_version": 2'),
            r"schema_version: Input should be 1$",
        ),
        (
            lambda text: text.replace('"accuracy": 0.5', '"accuracy": "half"'),
            r"cases\.a\.accuracy: Input should be a valid number$",
        ),
        (
            lambda text: text.replace('"toggles": 5678', '"toggle": 5678'),
            r"cases\.a\.layers\.0\.toggle",
        ),
    ],
)
def test_damaged_file_is_told_in_one_line(tmp_path, make_record, damage, message):
    path = tmp_path / "golden.json"
    write_golden(path, Golden(cases={"a": make_record()}))
    path.write_text(damage(path.read_text()))
    with pytest.raises(ValueError, match=message) as error:
        read_golden(path)
    assert str(error.value).startswith(f"Record file '{path}' is damaged: ")
    assert "\n" not in str(error.value)


def test_folder_in_the_place_of_the_file(tmp_path):
    with pytest.raises(ValueError, match=r"^Record file '.*' cannot be read: Is a directory$"):
        read_golden(tmp_path)


def test_numbers_of_macros_are_numbers_again(tmp_path, make_record):
    """Keys of JSON are text, those of macros are numbers."""
    path = tmp_path / "golden.json"
    write_golden(path, Golden(cases={"a": make_record()}))
    layer = json.loads(path.read_text())["cases"]["a"]["layers"][0]
    assert layer["psums_by_macro"] == {"4": "dddddddd", "7": "eeeeeeee"}
    assert read_golden(path).cases["a"].layers[0].psums_by_macro.keys() == {4, 7}
