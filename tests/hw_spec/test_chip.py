import re
from pathlib import Path

import pytest

from hw_spec.chip import read_chip

CHIPS = Path(__file__).parents[2] / "chips"

SOUND = """\
name = "toy"
source = "made up"
device = "ideal"
node_nm = 32
clock_period_s = { value = 10e-9, source = "assumed: round" }
read_v = { value = 0.2, source = "assumed: low" }

[macro]
rows = 128
columns = 256
parallel_rows = 128
columns_per_adc = 8
cell_bits = 2
input_bits = 8
weight_bits = 8
reference_level = 2

[macro.adc]
bits = 5
step = 4
zero_code = 16
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "toy.toml"


def assert_refused(path, message):
    whole = re.escape(f"Chip file '{path}'{message}")
    with pytest.raises(ValueError, match=f"^{whole}$"):
        read_chip(path)


def test_every_number_of_the_file_is_kept(path):
    path.write_text(SOUND)
    assert read_chip(path).model_dump() == {
        "name": "toy",
        "source": "made up",
        "device": "ideal",
        "node_nm": 32,
        "clock_period_s": {"value": 10e-9, "source": "assumed: round"},
        "read_v": {"value": 0.2, "source": "assumed: low"},
        "sar": None,
        "tile": None,
        "macro": {
            "rows": 128,
            "columns": 256,
            "parallel_rows": 128,
            "columns_per_adc": 8,
            "cell_bits": 2,
            "input_bits": 8,
            "weight_bits": 8,
            "encoding": "offset",
            "reference_level": 2,
            "adc": {
                "kind": "flash",
                "bits": 5,
                "step": 4,
                "zero_code": 16,
                "conversion_cycles": 1,
            },
            "beat_rows": None,
        },
    }


@pytest.mark.parametrize("shipped", sorted(CHIPS.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_chip_is_read_and_named_like_its_file(shipped):
    assert read_chip(shipped).name == shipped.stem


def test_chips_are_shipped():
    assert list(CHIPS.glob("*.toml"))


def test_lossless_twin_differs_in_its_converter_only(path):
    path.write_text(SOUND)
    chip = read_chip(path)
    twin = chip.lossless()
    assert twin.macro == chip.macro.lossless()
    assert twin.model_copy(update={"macro": chip.macro}) == chip


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("rows", '"128"', "'macro.rows' must be a valid integer, not '128'"),
        ("rows", "128.0", "'macro.rows' must be a valid integer, not 128.0"),
        ("rows", "true", "'macro.rows' must be a valid integer, not True"),
        ("rows", "[]", "'macro.rows' must be a valid integer, not []"),
        ("rows", "0", "'macro.rows' must be greater than or equal to 1, not 0"),
        ("weight_bits", "1", "'macro.weight_bits' must be greater than or equal to 2, not 1"),
        ("parallel_rows", "129", "in [macro] parallel_rows must not exceed rows = 128, not 129"),
        ("zero_code", "-1", "'macro.adc.zero_code' must be greater than or equal to 0, not -1"),
        ("zero_code", "32", "in [macro.adc] zero_code must be below 2**bits = 32, not 32"),
        ("node_nm", "4", "'node_nm' must be greater than or equal to 5, not 4"),
        ("node_nm", "251", "'node_nm' must be less than or equal to 250, not 251"),
        ("value", "0", "'clock_period_s.value' must be greater than 0, not 0"),
        ("value", '"10 ns"', "'clock_period_s.value' must be a valid number, not '10 ns'"),
        ("read_v", "3 #", "'read_v' must be a valid dictionary or instance of Setting, not 3"),
        ("name", "3", "'name' must be a valid string, not 3"),
    ],
)
def test_broken_rule_is_named_with_key_and_value(path, key, value, message):
    # All behind a number sign is a comment, so a value can also stand for the rest of its line.
    text, found = re.subn(rf"\b{key} = [^,\n]+", f"{key} = {value}", SOUND, count=1)
    assert found
    path.write_text(text)
    assert_refused(path, f": {message}")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("step = 4", "key 'macro.adc.step' is missing"),
        ("rows = 128", "key 'macro.rows' is missing"),
        ('device = "ideal"', "key 'device' is missing"),
    ],
)
def test_missing_key_is_named(path, line, message):
    path.write_text(SOUND.replace(f"\n{line}\n", "\n"))
    assert_refused(path, f": {message}")


@pytest.mark.parametrize(
    ("sound", "broken", "message"),
    [
        ("\nrows", "\nrow", "in [macro] key 'row' is unknown; nearest: rows"),
        ("\nstep", "\nstop = 1\nstep", "in [macro.adc] key 'stop' is unknown; nearest: step"),
        ("{ value", "{ valu", "in [clock_period_s] key 'valu' is unknown; nearest: value"),
        ("read_v", "reed_v", "in [top level] key 'reed_v' is unknown; nearest: read_v"),
    ],
)
def test_unknown_key_is_named_with_its_nearest(path, sound, broken, message):
    path.write_text(SOUND.replace(sound, broken, 1))
    assert_refused(path, f": {message}")


def test_misspelt_key_is_named_before_the_missing_one(path):
    path.write_text(SOUND.replace("name =", "nam =").replace("rows = 128", "rows = 0"))
    assert_refused(path, ": in [top level] key 'nam' is unknown; nearest: name")


@pytest.mark.parametrize("value", ["nan", "-inf"])
def test_number_that_is_not_finite(path, value):
    path.write_text(SOUND.replace("value = 0.2", f"value = {value}"))
    message = re.escape(f"Chip file '{path}': 'read_v.value' must be ")
    with pytest.raises(ValueError, match=rf"^{message}[^\n]+, not {value}$"):
        read_chip(path)


@pytest.mark.parametrize(
    ("sound", "broken", "message"),
    [
        ('"toy"', '"Toy"', "'name' must match pattern '^[a-z][a-z0-9_]*$', not 'Toy'"),
        ('"made up"', '""', "'source' must have at least 1 character, not ''"),
    ],
)
def test_rule_of_a_text_is_named_like_that_of_a_number(path, sound, broken, message):
    path.write_text(SOUND.replace(sound, broken))
    assert_refused(path, f": {message}")


def test_infinite_number(path):
    path.write_text(SOUND.replace("value = 0.2", "value = inf"))
    message = re.escape(f"Chip file '{path}': 'read_v.value' must be ")
    with pytest.raises(ValueError, match=rf"^{message}[^\n]+, not inf$"):
        read_chip(path)


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000], ids=["digits", "brackets"])
def test_value_that_the_parser_gives_up_on(path, value):
    path.write_text(SOUND.replace("node_nm = 32", f"node_nm = {value}"))
    message = re.escape(f"Chip file '{path}'")
    with pytest.raises(ValueError, match=rf"^{message}[^\n]+$"):
        read_chip(path)


def test_text_that_is_no_toml(path):
    path.write_text("name = \n")
    assert_refused(path, " is not valid TOML: Invalid value (at line 1, column 8)")


def test_bytes_that_are_no_text(path):
    path.write_bytes(b"\xff")
    reason = "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
    assert_refused(path, f" cannot be read: {reason}")


def test_missing_file(path):
    assert_refused(path, " cannot be read: No such file or directory")


def test_folder(tmp_path):
    assert_refused(tmp_path, " cannot be read: Is a directory")


SAR = """
[sar]
capacitor_mismatch = { value = 0.01, source = "assumed: round" }
comparator_noise = { value = 0.2, source = "assumed: round" }
"""


def with_sar(text):
    return text.replace("[macro.adc]", '[macro.adc]\nkind = "sar"\nconversion_cycles = 6')


def test_sar_converters_come_with_their_errors(path):
    path.write_text(with_sar(SOUND) + SAR)
    chip = read_chip(path)
    assert chip.sar.comparator_noise.value == 0.2
    # by hand: 128 rows of 2-bit cells give up to 384, 9 bits, and one more cycle to sample
    assert chip.lossless().macro.adc.conversion_cycles == 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (with_sar(SOUND), "not left out with 'sar'"),
        (SOUND + SAR, "not given with 'flash'"),
    ],
)
def test_sar_table_goes_with_sar_converters(text, message, path):
    path.write_text(text)
    rule = "table 'sar' must be given with macro.adc.kind 'sar' and only then"
    with pytest.raises(ValueError, match=rf"\[top level\] {rule}, {message}$"):
        read_chip(path)


def test_misspelt_key_in_a_table_that_may_be_left_out(path):
    path.write_text(with_sar(SOUND) + SAR.replace("comparator_noise", "comparator_nois"))
    with pytest.raises(ValueError, match=r"in \[sar\] key 'comparator_nois' is unknown; nearest: "):
        read_chip(path)
