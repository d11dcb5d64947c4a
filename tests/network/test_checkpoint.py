"""The file of network/perceptron.py: what it keeps, and what it refuses."""

import io
import pickle
import re
import warnings
import zipfile
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.perceptron import IntegerPerceptron, load, save

NETWORK = IntegerPerceptron(
    hidden_weights=np.array([[1, -2], [3, 4], [-128, 127]], dtype=np.int8),
    hidden_biases=np.array([10, -20], dtype=np.int32),
    hidden_multipliers=np.array([5, 65535], dtype=np.uint16),
    hidden_shift=6,
    output_weights=np.array([[1, -1, 2], [-3, 2, 5]], dtype=np.int8),
    output_biases=np.array([1, 2, -4], dtype=np.int32),
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Give the path of a sound checkpoint; it is only read."""
    path = tmp_path_factory.mktemp("sound") / "network.npz"
    save(path, NETWORK, float_accuracy=0.75, integer_accuracy=0.5)
    return path


@pytest.fixture
def broken(tmp_path):
    return tmp_path / "broken.npz"


def write_members(path, sound, **changed):
    """Write the members of a sound checkpoint, some of them changed; None leaves one out."""
    with np.load(sound) as archive:
        members = dict(archive) | changed
    kept = {key: value for key, value in members.items() if value is not None}
    np.savez(path, **kept)


def assert_refused(path, message):
    whole = re.escape(f"Checkpoint '{path}'{message}")
    with pytest.raises(ValueError, match=f"^{whole}$"):
        load(path)


def assert_same(network, other):
    for field in fields(IntegerPerceptron):
        value = getattr(network, field.name)
        np.testing.assert_array_equal(getattr(other, field.name), value, strict=True)


def test_file_gives_back_network_and_accuracies(sound):
    checkpoint = load(sound)
    assert_same(NETWORK, checkpoint.network)
    assert (checkpoint.float_accuracy, checkpoint.integer_accuracy) == (0.75, 0.5)


def test_two_files_of_one_network_are_identical(sound, tmp_path):
    again = tmp_path / "again.npz"
    save(again, load(sound).network, float_accuracy=0.75, integer_accuracy=0.5)
    assert again.read_bytes() == sound.read_bytes()


def test_file_carries_no_date_and_nothing_compressed(sound):
    with zipfile.ZipFile(sound) as archive:
        for member in archive.infolist():
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert member.compress_type == zipfile.ZIP_STORED


def test_name_without_suffix_is_kept(tmp_path):
    path = tmp_path / "network"
    save(path, NETWORK, float_accuracy=1, integer_accuracy=1)
    assert load(path).float_accuracy == 1.0


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_accuracy_outside_0_to_1_is_not_saved(broken, value):
    message = re.escape(f"'integer_accuracy' must be between 0 and 1, not {value!r}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        save(broken, NETWORK, float_accuracy=1, integer_accuracy=value)
    assert not broken.exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format_version": None}, "key 'format_version' is missing"),
        ({"format_version": np.int64(2)}, "'format_version' must be 1, not 2"),
        ({"format_version": 1.0}, "'format_version' must be of 'int64', not 'float64'"),
        (
            {"format_version": np.array([1])},
            "'format_version' must be 0-dimensional, not 1-dimensional",
        ),
        ({"hidden_biases": None}, "key 'hidden_biases' is missing"),
        ({"hidden_shift": None}, "key 'hidden_shift' is missing"),
        ({"float_accuracy": None}, "key 'float_accuracy' is missing"),
        (
            {"hidden_weight": np.int8(0), "hidden_weights": None},
            "key 'hidden_weight' is unknown; nearest: hidden_weights, hidden_shift, hidden_biases",
        ),
        ({"hidden_shift": np.int64(47)}, "'hidden_shift' must be between 0 and 46, not 47"),
        ({"hidden_shift": np.float64(6)}, "'hidden_shift' must be of 'int64', not 'float64'"),
        (
            {"hidden_weights": np.zeros((3, 2))},
            "'hidden_weights' must be of 'int8', not 'float64'",
        ),
        (
            {"output_biases": np.zeros(4, dtype=np.int32)},
            "'output_biases' must have shape (3,), not (4,)",
        ),
        ({"float_accuracy": np.nan}, "'float_accuracy' must be between 0 and 1, not nan"),
        ({"integer_accuracy": 1.5}, "'integer_accuracy' must be between 0 and 1, not 1.5"),
        ({"integer_accuracy": 1}, "'integer_accuracy' must be of 'float64', not 'int64'"),
    ],
)
def test_member_that_breaks_a_rule(sound, broken, changed, message):
    write_members(broken, sound, **changed)
    assert_refused(broken, f": {message}")


def test_pickled_member_is_not_opened(sound, broken):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("A pickle was opened",))

    with zipfile.ZipFile(broken, "w") as archive:
        member = io.BytesIO()
        header = {"descr": "|O", "fortran_order": False, "shape": ()}
        np.lib.format.write_array_header_1_0(member, header)
        archive.writestr("hidden_shift.npy", member.getvalue() + pickle.dumps(Trap()))
    message = " cannot be read: Object arrays cannot be loaded when allow_pickle=False"
    assert_refused(broken, message)


def test_long_reason_is_cut_to_one_line(sound, broken):
    write_members(broken, sound, hidden_shift=np.zeros(1, dtype=[("x" * 20000, "i1")]))
    with pytest.raises(ValueError, match=r"^[^\n]+ cannot be read: Header info length [^\n]+$"):
        load(broken)


def test_member_that_is_no_array(broken):
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("format_version", b"1")
    assert_refused(broken, ": 'format_version' must be an array, not 'bytes'")


def test_missing_file(broken):
    assert_refused(broken, " cannot be read: No such file or directory")


def test_folder(tmp_path):
    assert_refused(tmp_path, " cannot be read: Is a directory")


@pytest.mark.parametrize("content", [b"", b"format_version = 1\n", pickle.dumps({"a": 1})])
def test_file_that_is_no_archive(broken, content):
    broken.write_bytes(content)
    assert_refused(broken, " cannot be read: File is not a zip file")


def test_every_shortened_file_is_refused_in_one_line(sound, broken):
    whole = sound.read_bytes()
    for length in range(0, len(whole), 7):
        broken.write_bytes(whole[:length])
        assert_refused(broken, " cannot be read: File is not a zip file")


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_damaged_file_is_refused_in_one_line_or_gives_the_network(data, sound, tmp_path_factory):
    content = bytearray(sound.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            checkpoint = load(path)
        except ValueError as error:
            checkpoint, message = None, str(error)
    if checkpoint is None:
        assert re.fullmatch(f"Checkpoint '{re.escape(str(path))}'.+", message)
    else:
        assert_same(NETWORK, checkpoint.network)
