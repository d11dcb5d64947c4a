import re

import numpy as np
import pytest
import torch
from torch import nn

from network import architectures, weights


def random_network(seed=1):
    network = architectures.digits_cnn()
    generator = torch.Generator().manual_seed(seed)
    weights.randomise(network, generator)
    weights.settle(network, torch.rand(20, 1, 8, 8, generator=generator))
    return network


def test_random_weights_are_those_of_the_seed():
    one, same, other = (random_network(seed).state_dict() for seed in (1, 1, 2))
    for key in one:
        assert torch.equal(one[key], same[key])
    assert not torch.equal(one["conv1.weight"], other["conv1.weight"])


def test_random_weights_leave_the_generator_of_torch_alone():
    network = architectures.digits_cnn()
    before = torch.get_rng_state()
    weights.randomise(network, torch.Generator().manual_seed(1))
    assert torch.equal(torch.get_rng_state(), before)


def test_random_weights_have_variance_two_over_inputs():
    network = architectures.vgg8(1 / 4)
    weights.randomise(network, torch.Generator().manual_seed(1))
    # Inputs of an output, by hand: 9 * 128 and 2048. Both have over 100000 weights: 2 percent.
    for layer, inputs in ((network.conv6, 1152), (network.dense1, 2048)):
        assert float(layer.weight.detach().var()) == pytest.approx(2 / inputs, rel=0.02)
        assert layer.bias is None or not layer.bias.detach().any()


def test_settled_norms_hold_the_statistics_of_the_batch():
    network = nn.Sequential(nn.BatchNorm2d(2), nn.ReLU(), nn.BatchNorm2d(2))
    inputs = torch.randn(6, 2, 3, 3, generator=torch.Generator().manual_seed(1)) * 3 + 1
    network(inputs * 100)  # statistics from before must not count
    weights.settle(network, inputs)
    assert not network.training
    first = inputs.numpy().astype(np.float64)
    mean, var = first.mean(axis=(0, 2, 3)), first.var(axis=(0, 2, 3))
    shape = (1, 2, 1, 1)
    second = ((first - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + 1e-5)).clip(0)
    for norm, values in ((network[0], first), (network[2], second)):
        unbiased = values.var(axis=(0, 2, 3), ddof=1)
        np.testing.assert_allclose(norm.running_mean, values.mean(axis=(0, 2, 3)), rtol=1e-4)
        np.testing.assert_allclose(norm.running_var, unbiased, rtol=1e-4)


def test_weights_come_back_in_half_precision(tmp_path):
    network, again = random_network(), architectures.digits_cnn()
    weights.save(network, tmp_path / "deep" / "weights.pt")
    weights.load(again, tmp_path / "deep" / "weights.pt")
    for key, value in network.state_dict().items():
        read = again.state_dict()[key]
        assert read.dtype == value.dtype
        if value.ndim > 1:
            expected = value.numpy().astype(np.float16).astype(np.float32)
            np.testing.assert_array_equal(read, expected)
        else:
            assert torch.equal(read, value)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["weights.pt"]


def test_same_weights_give_the_same_bytes_under_any_name(tmp_path):
    network = random_network()
    weights.save(network, tmp_path / "one.pt")
    weights.save(network.to(memory_format=torch.channels_last), tmp_path / "other.pt")
    assert (tmp_path / "one.pt").read_bytes() == (tmp_path / "other.pt").read_bytes()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e5])
def test_weights_beyond_half_precision_are_not_written(tmp_path, value):
    network = random_network()
    with torch.no_grad():
        network.dense1.weight[3, 4] = value
    message = r"^Weights 'dense1\.weight' must be finite in half precision$"
    with pytest.raises(ValueError, match=message):
        weights.save(network, tmp_path / "weights.pt")
    assert list(tmp_path.iterdir()) == []


def test_file_is_kept_if_writing_fails(tmp_path, monkeypatch):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"before")

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"):
        weights.save(random_network(), path)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def refused(path, reason):
    message = rf"^Weights '{re.escape(str(path))}' {reason}$"
    with pytest.raises(ValueError, match=message) as caught:
        weights.load(architectures.digits_cnn(), path)
    assert "\n" not in str(caught.value)


DAMAGED = "cannot be read: the file is damaged, or holds more than weights"


def test_damaged_files(tmp_path):
    path = tmp_path / "weights.pt"
    weights.save(random_network(), path)
    content = path.read_bytes()
    path.write_bytes(b"text")
    refused(path, DAMAGED)
    for size in [*range(0, len(content), 997), len(content) - 1]:
        path.write_bytes(content[:size])
        refused(path, DAMAGED)


def test_weights_of_another_network(tmp_path):
    path = tmp_path / "weights.pt"
    weights.save(architectures.digits_resnet(), path)
    refused(path, 'do not fit the network: .*Missing key.*"conv2.weight".*')


def test_file_that_holds_no_weights(tmp_path):
    path = tmp_path / "weights.pt"
    torch.save([1, 2], path)
    refused(path, "do not fit the network: .+")
    torch.save({1: 2}, path)
    refused(path, "do not fit the network: .+")


def test_nothing_in_a_file_is_run(tmp_path):
    class Harmful:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    path = tmp_path / "weights.pt"
    torch.save({"conv1.weight": Harmful()}, path)
    refused(path, DAMAGED)
    assert not (tmp_path / "harm").exists()


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        weights.load(architectures.digits_cnn(), tmp_path / "weights.pt")
