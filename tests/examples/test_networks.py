import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from network import digits, images

ROOT = Path(__file__).parents[2]
NETWORKS = ROOT / "examples" / "networks.py"

# Printed by examples/train_networks.py NAME --check
ACCURACY = {"digits_mlp": 0.9889, "digits_cnn": 0.9861, "digits_resnet": 0.9861}

TRAINS_NOTHING = """
import sys
from pathlib import Path
from network import architectures, weights

name, option, out = sys.argv[1:]
assert (name, option) == ("vgg8_quarter", "--out")
with Path("calls").open("a") as calls:
    calls.write("called\\n")
weights.save(architectures.vgg8(1 / 4), Path(out))
"""


@pytest.fixture(scope="module")
def shipped():
    return SimpleNamespace(**runpy.run_path(str(NETWORKS)))


@pytest.fixture
def kept_elsewhere(tmp_path, monkeypatch):
    """Return a function that gives the networks with another script for training."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def kept_elsewhere(script, limit_s=60):
        (tmp_path / "script.py").write_text(script)
        functions = runpy.run_path(str(NETWORKS))
        changes = {"SCRIPT": tmp_path / "script.py", "KEPT": tmp_path / "kept", "LIMIT_S": limit_s}
        functions["vgg8_quarter"].__globals__.update(changes)
        return SimpleNamespace(**functions)

    return kept_elsewhere


def accuracy(network, data):
    with torch.no_grad():
        batches = images.to_tensor(data.test_inputs).split(32)
        labels = [np.asarray(network(batch)).argmax(axis=1) for batch in batches]
    return digits.accuracy(np.concatenate(labels), data.test_labels)


@pytest.mark.parametrize("name", ACCURACY)
def test_shipped_networks_recognise_as_many_digits_as_stated(shipped, name):
    network = getattr(shipped, name)()
    assert not network.training
    measured = accuracy(network, images.load("digits"))
    assert measured >= 0.97
    # One of 360 images: other processors add floats up in another order.
    assert measured == pytest.approx(ACCURACY[name], abs=0.003)


@pytest.mark.parametrize("name", ACCURACY)
def test_shipped_weights_are_small_files(shipped, name):
    assert shipped.weights_file(name).stat().st_size < 100_000


def test_untrained_networks_are_always_the_same(shipped):
    one, other = (shipped.untrained("digits_cnn").state_dict() for _ in range(2))
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_kept_network_is_trained_once(kept_elsewhere, tmp_path):
    networks = kept_elsewhere(TRAINS_NOTHING)
    one, other = (networks.vgg8_quarter().state_dict() for _ in range(2))
    assert all(torch.equal(one[key], other[key]) for key in one)
    assert (tmp_path / "calls").read_text() == "called\n"
    assert (tmp_path / "kept" / "vgg8_quarter.pt").exists()


def test_training_that_fails(kept_elsewhere):
    networks = kept_elsewhere("raise SystemExit(3)")
    with pytest.raises(RuntimeError, match=r"^Training of 'vgg8_quarter' failed: .* status 3\.$"):
        networks.vgg8_quarter()


def test_training_that_does_not_end(kept_elsewhere):
    networks = kept_elsewhere("import time; time.sleep(60)", limit_s=0.5)
    with pytest.raises(RuntimeError, match=r"^Training of 'vgg8_quarter' failed: .* timed out "):
        networks.vgg8_quarter()


@pytest.mark.long
@pytest.mark.parametrize("name", ["resnet18", "densenet40"])
def test_settled_networks_normalise_training_images(shipped, name):
    network, again = getattr(shipped, name)(), getattr(shipped, name)()
    assert not network.training
    one, other = network.state_dict(), again.state_dict()
    assert all(torch.equal(one[key], other[key]) for key in one)
    given = []
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.register_forward_hook(lambda _module, _args, out: given.append(out))
    with torch.no_grad():
        network(images.to_tensor(images.load("digits32").train_inputs[:64]))
    assert len(given) == len(norms)
    for out in given:
        assert float(out.mean(dim=(0, 2, 3)).abs().max()) < 0.01
        # Below 1 where the variance of a channel is not far above the 1e-5 that is added to it.
        assert float(out.std(dim=(0, 2, 3)).mean()) == pytest.approx(1, abs=0.05)


@pytest.mark.long
@pytest.mark.parametrize("name", ["vgg8_quarter", "vgg8"])
def test_vgg8_recognises_97_of_100_digits(shipped, name):
    assert accuracy(getattr(shipped, name)(), images.load("digits32")) >= 0.97
