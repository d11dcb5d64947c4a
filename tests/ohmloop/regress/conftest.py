import pytest

from ohmloop.regress.record import Layer, Record


def make_layer(name="conv1", **changes):
    values = {
        "name": name,
        "kind": "matrix",
        "macros": 2,
        "vectors": 3,
        "predicted_cycles": 1234,
        "measured_cycles": 1234,
        "toggles": 5678,
        "outputs": "aaaaaaaabbbbbbbbcccccccc",
        "psums_by_vector": "111111112222222233333333",
        "psums_by_macro": {4: "dddddddd", 7: "eeeeeeee"},
    }
    return Layer(**values | changes)


def make_record(*layers, **changes):
    values = {
        "settings": {"network": "n.py:a", "seed": 1},
        "chip_hash": "c" * 64,
        "rtl_hash": "d" * 64,
        "accuracy": 0.5,
        "outputs_hash": "e" * 64,
        "toggles": 6000,
        "layers": layers or (make_layer(), make_layer("fc")),
    }
    return Record(**values | changes)


@pytest.fixture(name="make_layer")
def make_layer_fixture():
    return make_layer


@pytest.fixture(name="make_record")
def make_record_fixture():
    return make_record


CASE = '[[case]]\nname = "{}"\nnetwork = "nets/nets.py:a"\nchip = "chip.toml"\nlimit_s = {}\n'


@pytest.fixture
def make_list(root, tmp_path):
    """Return a function that writes a list of cases, with what they name."""

    def make_list(*names, limit_s=100):
        (tmp_path / "nets").mkdir()
        (tmp_path / "nets" / "nets.py").write_text("a = None\n")
        chip = (root / "chips" / "rram_taox_32nm.toml").read_text()
        (tmp_path / "chip.toml").write_text(chip)
        path = tmp_path / "networks.toml"
        path.write_text("".join(CASE.format(name, limit_s) for name in names))
        return path

    return make_list
