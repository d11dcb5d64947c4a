import pytest
import torch
from torch import nn

from network import architectures

SMALL = {"digits_mlp": 3610, "digits_cnn": 13754, "digits_resnet": 19706}
"""Parameters, by hand.

digits_mlp: 64 * 48 + 48, 48 * 10 + 10.
digits_cnn: 9 * 16 + 32, 9 * 16 * 32 + 64, 128 * 64 + 64, 64 * 10 + 10.
digits_resnet: 9 * 16 + 32; 2 * (9 * 16 * 16 + 32); 9 * 16 * 32 + 64, 9 * 32 * 32 + 64,
16 * 32 + 64 (shortcut); 32 * 10 + 10.
"""

LARGE = {
    # 9 * (3 * 128 + 128**2 + 128 * 256 + 256**2 + 256 * 512 + 512**2) + 2 * 2 * (128 + 256 + 512)
    # + 8192 * 1024 + 1024 + 1024 * 10 + 10
    "vgg8": 12_978_058,
    # 3 * 64 * 9 + 128; stages 147968, 525568, 2099712, 8393728; 512 * 10 + 10
    "resnet18": 11_173_962,
    # 3 * 16 * 9; 110 per channel of the 36 inputs 16, 28 ... 436; transitions of 160 and 304
    # channels, c * c + 2 * c; 2 * 448; 448 * 10 + 10
    "densenet40": 1_019_722,
}

KNOWN = (
    nn.Conv2d,
    nn.Linear,
    nn.BatchNorm2d,
    nn.ReLU,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.Flatten,
    nn.Identity,
)


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def sides(network, inputs):
    """Return the height of what each 3 x 3 convolution gives, in the order of their use."""
    found = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3):
            module.register_forward_hook(lambda _module, _args, out: found.append(out.shape[2]))
    network.eval()(inputs)
    return found


@pytest.mark.parametrize(("name", "count"), [*SMALL.items(), *LARGE.items()])
def test_parameters_are_as_many_as_by_hand(name, count):
    assert parameters(getattr(architectures, name)()) == count


def test_narrow_vgg8_has_as_many_parameters_as_by_hand():
    # 9 * (3 * 32 + 32**2 + 32 * 64 + 64**2 + 64 * 128 + 128**2) + 2 * 2 * (32 + 64 + 128)
    # + 2048 * 256 + 256 + 256 * 10 + 10
    assert parameters(architectures.vgg8(1 / 4)) == 814_570


@pytest.mark.parametrize("name", [*SMALL, *LARGE])
def test_networks_give_ten_logits(name):
    inputs = torch.rand(2, 1, 8, 8) if name in SMALL else torch.rand(2, 3, 32, 32)
    assert getattr(architectures, name)().eval()(inputs).shape == (2, 10)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vgg8", [32, 32, 16, 16, 8, 8]),
        ("resnet18", [32] * 5 + [16] * 4 + [8] * 4 + [4] * 4),
        ("densenet40", [32] * 13 + [16] * 12 + [8] * 12),
    ],
)
def test_maps_shrink_where_published(name, expected):
    assert sides(getattr(architectures, name)(), torch.rand(1, 3, 32, 32)) == expected


@pytest.mark.parametrize("name", [*SMALL, "densenet40"])
def test_networks_can_be_traced_to_known_modules(name):
    network = getattr(architectures, name)().eval()
    traced = torch.fx.symbolic_trace(network)
    modules = dict(network.named_modules())
    for node in traced.graph.nodes:
        if node.op == "call_module":
            assert isinstance(modules[node.target], KNOWN), node.target
    inputs = torch.rand(2, 1, 8, 8) if name in SMALL else torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(traced(inputs), network(inputs))


def test_residual_adds_what_comes_in():
    block = architectures.Residual(4, 4).eval()
    nn.init.zeros_(block.body.conv2.weight)
    inputs = torch.randn(1, 4, 5, 5, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(block(inputs), inputs.relu())


def test_dense_keeps_what_comes_in():
    inputs = torch.randn(1, 4, 5, 5, generator=torch.Generator().manual_seed(1))
    outputs = architectures.Dense(4, 3).eval()(inputs)
    assert outputs.shape == (1, 7, 5, 5)
    torch.testing.assert_close(outputs[:, :4], inputs)


def test_modules_are_named_by_kind_and_number():
    names = [name for name, _ in architectures.digits_cnn().named_children()]
    convolutions = ["conv1", "norm1", "relu1", "pool1", "conv2", "norm2", "relu2", "pool2"]
    assert names == [*convolutions, "flatten1", "dense1", "relu3", "dense2"]


@pytest.mark.parametrize("width", [0, 2, 1 / 3])
def test_width_that_is_not_offered(width):
    with pytest.raises(ValueError, match=r"^Width must be 1, 1/2 or 1/4, not "):
        architectures.vgg8(width)
