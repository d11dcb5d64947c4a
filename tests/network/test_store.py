import json
import re
from dataclasses import fields

import numpy as np
import pytest

from network import integer, store
from network.importer import import_module
from network.lower import quantise


@pytest.fixture(scope="module")
def network(make_network, random_images):
    module, shape = make_network("everything")
    return quantise(import_module(module, shape), random_images(shape, 2))


@pytest.fixture
def saved(network, tmp_path):
    path = tmp_path / "network.npz"
    store.save(path, network)
    return path


def test_network_comes_back_as_it_was(network, saved, random_images):
    back = store.load(saved)
    for one, other in zip(network.operations, back.operations, strict=True):
        assert type(one) is type(other)
        for field in fields(one):
            value, again = getattr(one, field.name), getattr(other, field.name)
            np.testing.assert_array_equal(value, again)
            assert type(value) is type(again)
            if isinstance(value, np.ndarray):
                assert value.dtype == again.dtype
    images = random_images((3, 41, 37), 2)
    np.testing.assert_array_equal(integer.outputs(network, images), integer.outputs(back, images))


def test_equal_networks_give_equal_bytes(saved, tmp_path):
    again = tmp_path / "again.npz"
    store.save(again, store.load(saved))
    assert again.read_bytes() == saved.read_bytes()


def test_nothing_else_is_left_in_the_folder(saved):
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_other_keys_are_left_alone(saved, network):
    tree, arrays = store.read(saved)
    store.write(saved, tree | {"placement": {"macros": {"array": "m"}}}, arrays | {"m": np.ones(2)})
    assert store.load(saved).output == network.output
    assert store.read(saved)[0]["placement"] == {"macros": {"array": "m"}}


def test_failed_write_leaves_the_old_file(saved, monkeypatch):
    before = saved.read_bytes()

    def fail(file, **_):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="disk full"):
        store.write(saved, {}, {})
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def first(tree):
    return tree["network"]["operations"][0]


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda t: t.update(format_version=2), "'format_version' must be 1, not 2"),
        (lambda t: t.pop("format_version"), "'format_version' must be 1, not None"),
        (lambda t: t.pop("network"), "key 'network' is missing"),
        (lambda t: t.update(network=3), "network must be an object, not 3"),
        (lambda t: t["network"].pop("output"), "network: key 'output' is missing"),
        (lambda t: t["network"].update(colour=3), "network: key 'colour' is unknown"),
        (
            lambda t: t["network"].update(input_bits="8"),
            "network: 'input_bits' must be a valid integer, not '8'",
        ),
        (
            lambda t: t["network"].update(input_shape=[41, 37, 1]),
            (
                "network: Operation 'conv': Channels of the weights must be 1, "
                "as the source has it, not 3"
            ),
        ),
        (lambda t: first(t).pop("shift"), "operation 'conv': key 'shift' is missing"),
        (lambda t: first(t).update(color=1), "operation 'conv': key 'color' is unknown"),
        (
            lambda t: first(t).update(shift=99),
            "operation 'conv': 'shift' must be between 0 and 46, not 99",
        ),
        (
            lambda t: first(t).update(shift=True),
            "operation 'conv': 'shift' must be a valid integer, not True",
        ),
        (
            lambda t: first(t).update(scale=float("nan")),
            "operation 'conv': 'scale' must be above 0 and finite, not nan",
        ),
        (
            lambda t: first(t)["pool"].update(stride=1),
            "operation 'conv': stride of a fused pool must be at least 2, its window, not 1",
        ),
        (
            lambda t: first(t).update(weights={"array": "elsewhere"}),
            (
                "operation 'conv': 'weights' must be an array of the file, "
                "not {'array': 'elsewhere'}"
            ),
        ),
        (
            lambda t: first(t).update(weights={"array": "network/operations/conv/biases"}),
            "operation 'conv': 'weights' must be of 'int8', not 'int32'",
        ),
        (
            lambda t: first(t).update(operation="attention"),
            (
                "operation 'conv': 'operation' must be one of 'convolution', 'pooling', "
                "'addition', 'scaling', 'concatenation', not 'attention'"
            ),
        ),
        (lambda t: first(t).pop("operation"), "operation 'conv': key 'operation' is missing"),
        (lambda t: t["network"]["operations"].insert(0, 3), "operation 0 must be an object, not 3"),
    ],
)
def test_files_that_break_a_rule(saved, spoil, problem):
    tree, arrays = store.read(saved)
    spoil(tree)
    store.write(saved, tree, arrays)
    message = re.escape(f"Network file '{saved}': {problem}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        store.load(saved)


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.999])
def test_truncated_file(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"^Network file '.*' cannot be read: .+$"):
        store.load(saved)


@pytest.mark.parametrize("place", [0.02, 0.2, 0.5, 0.8])
def test_damaged_file(saved, place):
    whole = bytearray(saved.read_bytes())
    start = int(place * len(whole))
    whole[start : start + 200] = bytes(byte ^ 0x55 for byte in whole[start : start + 200])
    saved.write_bytes(whole)
    with pytest.raises(ValueError, match=r"^Network file '.*' cannot be read: .+$"):
        store.load(saved)


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"other": np.zeros(3)}, "': key 'graph' is missing"),
        ({"graph": np.frombuffer(b"[1", np.uint8)}, "' cannot be read: Expecting"),
        ({"graph": np.frombuffer(b"[1]", np.uint8)}, "': 'format_version' must be 1, not None"),
        ({"graph": np.frombuffer(b"[" * 10**5, np.uint8)}, "' cannot be read: maximum recursion"),
        ({"graph": np.array([{}], dtype=object)}, "' cannot be read: Object arrays cannot"),
    ],
)
def test_archives_of_something_else(tmp_path, members, problem):
    path = tmp_path / "other.npz"
    np.savez(path, allow_pickle=True, **members)
    with pytest.raises(ValueError, match=f"^Network file '{re.escape(str(path) + problem)}"):
        store.load(path)


def test_missing_file(tmp_path):
    path = tmp_path / "none.npz"
    message = f"^Network file '{re.escape(str(path))}' cannot be read: No such file or directory$"
    with pytest.raises(ValueError, match=message):
        store.load(path)


def test_graph_is_json_that_anyone_can_read(saved):
    with np.load(saved) as archive:
        tree = json.loads(archive["graph"].tobytes())
    assert tree["format_version"] == 1
    assert tree["network"]["operations"][0]["name"] == "conv"
    assert tree["network"]["operations"][0]["weights"] == {
        "array": "network/operations/conv/weights"
    }
