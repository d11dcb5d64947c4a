import dataclasses
import re

import numpy as np
import pytest

from hw_spec.tile import TileTable
from network import store
from network.compile import compile_network
from network.compiled_store import load_stored, save_compiled
from network.importer import import_module
from network.integer import run
from network.lower import quantise

MACRO = {
    "rows": 16,
    "columns": 32,
    "parallel_rows": 16,
    "columns_per_adc": 4,
    "cell_bits": 4,
    "input_bits": 8,
    "weight_bits": 8,
    "reference_level": 8,
}
TABLE = TileTable(
    macros_per_pe=2, pes=400, activations=2**14, pieces=2**12, program_words=2**12, scales=2**9
)


@pytest.fixture(scope="module")
def chip(make_chip):
    return make_chip(**MACRO).model_copy(update={"tile": TABLE})


@pytest.fixture(scope="module")
def networks(make_network, random_images):
    """Integer networks by name."""
    integers = {}
    for name in ("residual", "dense"):
        module, shape = make_network(name)
        integers[name] = quantise(import_module(module, shape), random_images(shape, 4))
    return integers


@pytest.fixture
def saved(networks, chip, tmp_path):
    path = tmp_path / "compiled.npz"
    write(path, networks["residual"], chip)
    return path


def write(path, network, chip, mapping="conventional", engine="twin"):
    compiled = compile_network(network, chip.tile_spec(), mapping=mapping)
    engines = dict.fromkeys((step.name for step in compiled.steps), engine)
    save_compiled(path, network, compiled, chip=chip, engines=engines)
    return compiled


def assert_same(one, other):
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif dataclasses.is_dataclass(one):
        assert type(one) is type(other)
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    else:
        assert one == other


@pytest.mark.parametrize("mapping", ["conventional", "kernel"])
@pytest.mark.parametrize("name", ["residual", "dense"])
def test_compiled_network_comes_back_as_it_was(name, mapping, networks, chip, tmp_path, interpret):
    network, path = networks[name], tmp_path / "compiled.npz"
    compiled = write(path, network, chip, mapping)
    back = load_stored(path)
    assert_same(back.compiled, compiled)
    assert back.chip == chip
    # What came back computes what the network does, interpreted word by word.
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, network.input_shape, dtype=np.uint8)
    want = run(network, image[None])[network.output][0]
    np.testing.assert_array_equal(interpret(back.compiled, image)["output"], want)


def test_equal_networks_give_equal_bytes(saved, networks, chip, tmp_path):
    write(tmp_path / "again.npz", networks["residual"], chip)
    assert (tmp_path / "again.npz").read_bytes() == saved.read_bytes()


def test_compiled_file_is_the_file_of_its_network(saved, networks):
    assert_same(store.load(saved).operations, networks["residual"].operations)


def test_file_of_a_network_that_was_not_compiled(networks, tmp_path):
    path = tmp_path / "network.npz"
    store.save(path, networks["residual"])
    stored = load_stored(path)
    assert (stored.compiled, stored.chip, stored.engines) == (None, None, {})


def test_step_moves_to_another_engine_with_its_address(saved):
    tree, arrays = store.read(saved)
    address = step(tree)["address"]
    assert address == {"place": "virtual", "engine": "twin", "pes": [0, address["pes"][1]]}
    address |= {"place": "real", "engine": "native"}
    store.write(saved, tree, arrays)
    engines = load_stored(saved).engines
    assert engines.pop("conv1") == "native"
    assert set(engines.values()) == {"twin"}


def step(tree):
    return tree["compiled"]["steps"][0]


def pe(tree):
    return tree["compiled"]["pes"][1]


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda t: t.update(compiled=[]), "compiled must be an object, not list"),
        (lambda t: t["compiled"].pop("pes"), "compiled: key 'pes' is missing"),
        (lambda t: t["compiled"].update(pse=1), "compiled: key 'pse' is unknown"),
        (
            lambda t: t["compiled"].update(mapping="novel"),
            "compiled: 'mapping' must be 'conventional' or 'kernel', not 'novel'",
        ),
        (
            lambda t: t["compiled"]["chip"].update(node_nm=3),
            "compiled: 'chip.node_nm' must be greater than or equal to 5, not 3",
        ),
        (
            lambda t: t["compiled"]["chip"].pop("tile"),
            "Chip 'small' must have a table 'tile' to run a network",
        ),
        (
            lambda t: t["compiled"]["steps"].pop(),
            "compiled.steps must be 10 entries, as compiled anew, not 9 entries",
        ),
        (lambda t: step(t).pop("address"), "step 'conv1': key 'address' is missing"),
        (
            lambda t: step(t)["address"].update(engine="board"),
            "step 'conv1': 'address.engine' must be 'twin', 'native' or 'cocotb', not 'board'",
        ),
        (
            lambda t: step(t)["address"].update(engine="native"),
            "compiled.steps.conv1.address.place must be 'real', as compiled anew, not 'virtual'",
        ),
        (
            lambda t: step(t).update(kind="sum"),
            "compiled.steps.conv1.kind must be 'matrix', as compiled anew, not 'sum'",
        ),
        (
            lambda t: step(t)["settings"].update(OUT_ADRESS=1),
            "compiled.steps.conv1.settings: key 'OUT_ADRESS' is unknown",
        ),
        (
            lambda t: step(t)["settings"].pop("ZERO"),
            "compiled.steps.conv1.settings: key 'ZERO' is missing",
        ),
        (
            lambda t: step(t)["settings"].update(OUT_ADDRESS=2**14 - 5),
            "compiled.steps.conv1.settings.OUT_ADDRESS must be 0, as compiled anew, not 16379",
        ),
        (
            lambda t: step(t)["settings"].update(COPIES=0),
            "step 'conv1': 'settings.COPIES' must be greater than or equal to 1, not 0",
        ),
        (
            lambda t: step(t)["settings"].update(COPIES=True),
            "step 'conv1': 'settings.COPIES' must be a valid integer, not True",
        ),
        (
            lambda t: pe(t).update(columns=[0, 17]),
            "compiled.pes.1.columns.1 must be 16, as compiled anew, not 17",
        ),
        (
            lambda t: pe(t).update(columns={}),
            "compiled.pes.1.columns must be 2 entries, as compiled anew, not dict",
        ),
        (
            lambda t: t["compiled"]["input"].update(address=100),
            "compiled.input.address must be 1024, as compiled anew, not 100",
        ),
        (
            lambda t: t["compiled"].update(program={"array": "compiled/pieces"}),
            (
                "compiled.program.array must be 'compiled/program', as compiled anew, "
                "not 'compiled/pieces'"
            ),
        ),
    ],
)
def test_files_that_break_a_rule(saved, spoil, problem):
    tree, arrays = store.read(saved)
    spoil(tree)
    store.write(saved, tree, arrays)
    message = re.escape(f"Network file '{saved}': {problem}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        load_stored(saved)


@pytest.mark.parametrize(
    ("key", "spoil", "problem"),
    [
        ("program", lambda a: a ^ np.uint32(1), r"at \[0\] must be 268435456, .* not 268435457"),
        ("pieces", lambda a: np.where(a == 3, 900, a), r"at \[\d+, \d+\] must be 3, .* not 900"),
        ("pieces", lambda a: np.array(3), r"must be int32 \(71, 10\), not int64 \(\)"),
        ("biases", lambda a: a.astype(np.int64), r"must be int32 \(\d+, 16\), not int64 .*"),
    ],
)
def test_array_of_another_program(key, spoil, problem, saved):
    tree, arrays = store.read(saved)
    arrays[f"compiled/{key}"] = spoil(arrays[f"compiled/{key}"])
    store.write(saved, tree, arrays)
    with pytest.raises(ValueError, match=rf"^Network file '.*': array 'compiled/{key}' {problem}$"):
        load_stored(saved)


@pytest.mark.parametrize("share", [0.3, 0.999])
def test_truncated_file(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"^Network file '.*' cannot be read: .+$"):
        load_stored(saved)
