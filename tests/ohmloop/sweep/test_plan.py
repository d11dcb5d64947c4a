import pytest

from hw_spec.chip import read_toml
from ohmloop.sweep.chip import chip_of
from ohmloop.sweep.plan import merged, read_sweep

HEAD = 'title = "t"\nnetwork = "n.py:a"\nchip = "c.toml"\ncalibration_images = 1\n'
AXIS = '[[axis]]\nname = "x"\nvalues = [{ name = "1" }]\n'


def test_points_are_all_combinations_and_the_last_axis_changes_fastest(sweep_file):
    points = read_sweep(sweep_file()).points()
    assert [tuple(point.place.values()) for point in points] == [
        ("6", "32 nm"),
        ("6", "22 nm"),
        ("7", "32 nm"),
        ("7", "22 nm"),
    ]
    assert points[3].place == {"ADC bits": "7", "node": "22 nm"}
    assert points[3].changes == {"macro": {"adc": {"bits": 7}}, "node_nm": 22}
    assert points[3].name == "adc-bits-7_node-22-nm"


def test_tables_are_merged_and_all_else_is_replaced():
    tree = {"a": {"b": 1, "c": {"d": 2}}, "e": [1, 2]}
    assert merged(tree, {"a": {"c": {"d": 3, "f": 4}}, "e": [5]}) == {
        "a": {"b": 1, "c": {"d": 3, "f": 4}},
        "e": [5],
    }
    assert merged({"a": 1}, {"a": {"b": 2}}) == {"a": {"b": 2}}
    assert tree == {"a": {"b": 1, "c": {"d": 2}}, "e": [1, 2]}


def test_settings_that_are_given_replace_those_of_the_file(sweep_file):
    sweep = read_sweep(sweep_file())
    assert sweep.changed(images=5, data=None).settings.images == 5
    assert sweep.changed(images=5, data=None).settings.data == "digits"
    assert sweep.changed().settings == sweep.settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD, r"^Sweep file '.*' must have one table \[\[axis\]\] or more$"),
        (HEAD + "axis = 3", r"^Sweep file '.*' must have one table \[\[axis\]\] or more$"),
        (HEAD + "[[axis]", r"^Sweep file '.*' is not valid TOML: "),
        (AXIS, r"^Sweep file '.*': key 'title' is missing$"),
        (
            HEAD + "image = 3\n" + AXIS,
            r"^Sweep file '.*': in \[top level\] key 'image' is unknown; nearest: images$",
        ),
        (HEAD + "images = 0\n" + AXIS, r"'images' must be greater than or equal to 1, not 0$"),
        (HEAD + '[[axis]]\nname = "x"\n', r"^Sweep file '.*', axis 1: key 'values' is missing$"),
        (
            HEAD + AXIS + '[[axis]]\nname = "y"\nvalues = [{ name = "1" }, { nme = "2" }]',
            r"^Sweep file '.*', axis 2, value 2: in \[top level\] key 'nme' is unknown; ",
        ),
        (HEAD + AXIS.replace('"1"', '""'), r", axis 1, value 1: 'name' must match pattern "),
        (
            HEAD + AXIS + AXIS.replace('"1"', '"2"'),
            r"^Sweep file '.*': axes must differ in name, but 'x' is given twice$",
        ),
        (
            HEAD + AXIS.replace('{ name = "1" }', '{ name = "a b" }, { name = "a, b" }'),
            r"^Sweep file '.*': points must differ in name, but 'x-a-b' is given twice$",
        ),
    ],
)
def test_broken_file_is_told_in_one_line(tmp_path, text, message):
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_sweep(path)
    assert "\n" not in str(error.value)


def test_shipped_sweeps_have_chips_that_keep_the_rules(root):
    files = sorted((root / "sweeps").glob("*.toml"))
    assert [file.stem for file in files] == ["adc_bits", "array_size", "cell_bits", "devices"]
    for file in files:
        sweep = read_sweep(file)
        base = read_toml("Chip file", file.parent / sweep.settings.chip)
        chips = [chip_of(merged(base, point.changes)) for point in sweep.points()]
        assert len({chip.model_dump_json() for chip in chips}) == len(chips)
