import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import prune

from network.evaluate import evaluate
from network.graph import FloatAddition, FloatConvolution, FloatPooling
from network.importer import import_module


def torch_output(module, images):
    """Return what torch itself computes, in doubles, as vectors."""
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).double() / 255
    with torch.no_grad():
        return module.double().eval()(pixels).flatten(1).numpy()


def graph_output(graph, images):
    return evaluate(graph, images, torch.float64)[graph.output].flatten(1).numpy()


def check_same(module, shape, images):
    graph = import_module(module, shape)
    expected = torch_output(module, images)
    assert expected.std() > 1e-3
    np.testing.assert_allclose(graph_output(graph, images), expected, rtol=1e-9, atol=1e-9)
    return graph


@pytest.mark.parametrize(
    "name",
    [
        "everything",
        "residual",
        "dense",
        "narrow_vgg8",
        "perceptron",
        pytest.param("vgg8", marks=pytest.mark.long),
        pytest.param("resnet18", marks=pytest.mark.long),
        pytest.param("densenet40", marks=pytest.mark.long),
    ],
)
def test_graph_computes_what_torch_computes(make_network, random_images, name):
    module, shape = make_network(name)
    graph = check_same(module, shape, random_images(shape, 3))
    assert all(len(shape) == 3 for shape in graph.shapes.values())


class Function(nn.Module):
    """A convolution, and a function of its output and of the input."""

    def __init__(self, function, outputs=4):
        super().__init__()
        self.conv = nn.Conv2d(3, outputs, 3, padding=1)
        self.weight = nn.Parameter(torch.ones(4, 1, 1))
        self.function = function

    def forward(self, x):
        return self.function(self.conv(x), self)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, _: torch.relu_(x),
        lambda x, _: functional.relu(x, inplace=True),
        lambda x, _: torch.max_pool2d(x, (3, 2), 2),
        lambda x, _: functional.max_pool2d(x, kernel_size=3, stride=1, padding=1),
        lambda x, _: functional.max_pool2d(functional.max_pool2d(x, 2), 2).relu(),
        lambda x, _: functional.avg_pool2d(x, (2, 3), 1, count_include_pad=False),
        lambda x, _: torch.concat([x, x.relu(), x], dim=-3),
        lambda x, _: x.add_(x.relu()),
        lambda x, _: torch.flatten(x.mean([2, 3], keepdim=True), start_dim=1),
        lambda x, _: functional.max_pool2d(torch.mean(x, (2, 3), keepdim=True), 1).flatten(1),
        lambda x, _: torch.reshape(x.mean((-1, -2)), (-1, 4)),
        lambda x, _: x.mean((2, 3)).view(x.shape[0], x.size(1) * 1),
        lambda x, _: functional.dropout2d(x, 0.5, False).relu(),
        # a ReLU in place changes what else the tensor is known as
        lambda x, _: torch.add(x, functional.dropout(x, training=False).relu_()),
        lambda x, _: torch.add(x, x.relu()),
    ],
)
def test_forms_of_calls(function, random_images):
    torch.manual_seed(1)
    check_same(Function(function), (3, 7, 6), random_images((3, 7, 6), 2))


def test_dense_layer_on_a_map_keeps_torchs_order(random_images):
    torch.manual_seed(1)
    module = nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten(), nn.ReLU(), nn.Linear(3 * 4 * 2, 5))
    graph = check_same(module, (2, 5, 3), random_images((2, 5, 3), 2))
    assert graph.operations[-1].weights.shape == (5, 3, 4, 2)


def test_module_is_left_as_it_is(make_network):
    module, shape = make_network("residual")
    module.train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    import_module(module, shape)
    assert all(part.training for part in module.modules())
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])


def test_operations_are_named_by_their_path(make_network):
    graph = import_module(*make_network("residual"))
    # by hand: batch norms and ReLUs are gone, and so are the identity and the flattening
    assert [(operation.name, type(operation)) for operation in graph.operations] == [
        ("conv1", FloatConvolution),
        ("block1.body.conv1", FloatConvolution),
        ("block1.body.conv2", FloatConvolution),
        ("block1.add", FloatAddition),
        ("block2.body.conv1", FloatConvolution),
        ("block2.body.conv2", FloatConvolution),
        ("block2.shortcut.conv1", FloatConvolution),
        ("block2.add", FloatAddition),
        ("average1", FloatPooling),
        ("dense1", FloatConvolution),
    ]
    relus = [getattr(operation, "relu", None) for operation in graph.operations]
    assert relus == [True, True, False, True, True, False, False, True, None, False]


def test_what_nobody_uses_is_dropped():
    graph = import_module(Function(lambda x, _: (torch.cat([x, x], 1), x.relu())[1]), (3, 7, 6))
    # the ReLU is the only consumer that is left, and is folded into the convolution
    assert [operation.name for operation in graph.operations] == ["conv"]


class Block(nn.Module):
    def forward(self, x):
        return functional.relu6(x)


def sequence(*modules):
    return nn.Sequential(nn.Conv2d(3, 4, 3), *modules)


def spoilt(value, parameter):
    module = sequence(nn.BatchNorm2d(4))
    module.get_parameter(parameter).data.view(-1)[2] = value
    return module


def dead_norm():
    module = sequence(nn.BatchNorm2d(4, eps=0))
    module[1].running_var[1] = 0
    return module


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (
            sequence(nn.ReLU6()),
            "Module '1' of type 'ReLU6' is unknown; nearest: ReLU",
        ),
        (
            nn.Sequential(sequence(nn.Softmax(1))),
            (
                "Module '0.1' of type 'Softmax' is unknown; known: AdaptiveAvgPool2d, AvgPool2d, "
                "BatchNorm1d, BatchNorm2d, Conv2d, Dropout, Dropout2d, Flatten, Identity, Linear, "
                "MaxPool2d, ReLU"
            ),
        ),
        (
            sequence(nn.Conv2d(4, 4, 3, groups=2)),
            "Module '1' (Conv2d) must have groups = 1, not 2",
        ),
        (
            sequence(nn.Conv2d(4, 4, 3, dilation=2)),
            "Module '1' (Conv2d) must have dilation = 1, not 2",
        ),
        (
            sequence(nn.Conv2d(4, 4, 3, stride=(1, 2))),
            "Module '1' (Conv2d) must have one stride for height and width, not (1, 2)",
        ),
        (
            sequence(nn.Conv2d(4, 4, 3, padding=(1, 0))),
            "Module '1' (Conv2d) must have one padding for height and width, not (1, 0)",
        ),
        (
            sequence(nn.Conv2d(4, 4, (5, 3), padding="same")),
            "Module '1' (Conv2d) must have one padding 'same' for height and width, not (2, 1)",
        ),
        (
            sequence(nn.Conv2d(4, 4, 2, padding="same")),
            "Module '1' (Conv2d) must have an odd kernel for padding 'same', not (2, 2)",
        ),
        (
            sequence(nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect")),
            "Module '1' (Conv2d) must have padding_mode = 'zeros', not 'reflect'",
        ),
        (
            sequence(nn.Conv2d(5, 4, 3)),
            "Module '1' (Conv2d) must have in_channels = 4, not 5",
        ),
        (
            sequence(nn.Conv2d(4, 4, 9)),
            (
                "Module '1' (Conv2d): window must be at most 5 x 4 pixels, as the padded map, "
                "not 9 x 9"
            ),
        ),
        (
            sequence(nn.Linear(4, 4)),
            "Module '1' (Linear) must follow a flattening, not a map of 5 x 4 pixels",
        ),
        (
            sequence(nn.Flatten(), nn.Linear(4, 4)),
            "Module '2' (Linear) must have in_features = 80, not 4",
        ),
        (
            sequence(nn.Flatten(), nn.Conv2d(4, 4, 3)),
            "Module '2' (Conv2d) must get a map, not a flattened one",
        ),
        (
            sequence(nn.Flatten(), nn.BatchNorm1d(80)),
            (
                "Module '2' (BatchNorm1d) must get one number per channel, "
                "not a flattened map of 5 x 4 pixels"
            ),
        ),
        (
            sequence(nn.Flatten(0)),
            "Module '1' (Flatten) must run from dim 1 to the last, not (0, -1)",
        ),
        (
            sequence(nn.Flatten()),
            (
                "Result of the network must get one number per channel, not a flattened map "
                "of 5 x 4 pixels"
            ),
        ),
        (sequence(nn.BatchNorm2d(5)), "Module '1' (BatchNorm2d) must have num_features = 4, not 5"),
        (
            sequence(nn.BatchNorm2d(4, track_running_stats=False)),
            "Module '1' (BatchNorm2d) must have track_running_stats = True, not False",
        ),
        (dead_norm(), "Module '1' (BatchNorm2d) must have 'running_var' above 0, not 0.0"),
        (
            sequence(nn.MaxPool2d(2, ceil_mode=True)),
            "Module '1' (MaxPool2d) must have ceil_mode = False, not True",
        ),
        (
            sequence(nn.MaxPool2d(2, dilation=2)),
            "Module '1' (MaxPool2d) must have dilation = 1, not 2",
        ),
        (
            sequence(nn.MaxPool2d(2, return_indices=True)),
            "Module '1' (MaxPool2d) must have return_indices = False, not True",
        ),
        (
            sequence(nn.MaxPool2d((3, 2), padding=(1, 2), stride=1)),
            "Module '1' (MaxPool2d) must have one padding for height and width, not (1, 2)",
        ),
        (
            sequence(nn.MaxPool2d(3, padding=2)),
            "Module '1' (MaxPool2d) must have a padding of at most half its window, not 2",
        ),
        (
            sequence(nn.MaxPool2d((2, 3))),
            "Module '1' (MaxPool2d) must have one stride for height and width, not (2, 3)",
        ),
        (
            sequence(nn.AvgPool2d(2, padding=1)),
            "Module '1' (AvgPool2d) must have padding = 0, not 1",
        ),
        (
            sequence(nn.AvgPool2d(2, divisor_override=3)),
            "Module '1' (AvgPool2d) must have divisor_override = None, not 3",
        ),
        (
            sequence(nn.AdaptiveAvgPool2d(2)),
            "Module '1' (AdaptiveAvgPool2d) must have output_size = 1, not 2",
        ),
        (spoilt(float("nan"), "0.weight"), "Parameter '0.weight' must be finite, not nan"),
        (spoilt(float("-inf"), "0.bias"), "Parameter '0.bias' must be finite, not -inf"),
        (spoilt(float("inf"), "1.weight"), "Parameter '1.weight' must be finite, not inf"),
        (sequence(Block()), "In module '1', function 'relu6' is unknown; nearest: relu, relu_"),
    ],
)
def test_modules_that_are_refused(module, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        import_module(module, (3, 7, 6))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda x, _: x.sigmoid(),
            (
                "In the network, function 'sigmoid' is unknown; known: add, add_, "
                "contiguous, flatten, mean, relu, relu_, reshape, size, view"
            ),
        ),
        (
            lambda x, _: x + 1,
            "Function 'add' in the network must get tensors that the network computes, not 'int'",
        ),
        (
            lambda x, module: x + module.weight,
            (
                "Function 'add' in the network must get tensors that the network computes, "
                "not 'Parameter'"
            ),
        ),
        (
            lambda x, _: x + functional.max_pool2d(x, 2),
            "Function 'add' in the network must add a tensor of shape (4, 7, 6), not (4, 3, 3)",
        ),
        (
            lambda x, _: torch.add(x, x, alpha=2),
            "Function 'add' in the network must have alpha = 1, not 2",
        ),
        (
            lambda x, _: torch.cat([x, x], 2),
            "Function 'cat' in the network must run over dim 1, the channels, not 2",
        ),
        (
            lambda x, _: torch.cat([x, functional.max_pool2d(x, 2)], 1),
            "Function 'cat' in the network must join maps of (7, 6) pixels, not (3, 3)",
        ),
        (
            lambda x, _: torch.cat([x.flatten(1), x.flatten(1)], 1),
            (
                "Function 'cat' in the network must get one number per channel, not a "
                "flattened map of 7 x 6 pixels"
            ),
        ),
        (lambda x, _: x.mean(1), "Function 'mean' in the network must run over dim (2, 3), not 1"),
        (
            lambda x, _: x.mean(),
            "Function 'mean' in the network must run over dim (2, 3), not None",
        ),
        (
            lambda x, _: x.view(x.size(0), 2, -1),
            (
                "Function 'view' in the network must give a vector of 168 numbers per "
                "image, not (1009, 2, -1)"
            ),
        ),
        (
            lambda x, _: functional.dropout(x),
            "Function 'dropout' in the network must have training = False, not True",
        ),
        (
            lambda x, _: functional.max_pool2d(x, (1, 2, 3)),
            (
                "Function 'max_pool2d' in the network must have a kernel_size of one or two "
                "numbers, not (1, 2, 3)"
            ),
        ),
        (
            lambda x, _: x.mean((2, 3), dtype=torch.float64),
            (
                "Function 'mean' in the network must be called in a known way: got an "
                "unexpected keyword argument 'dtype'"
            ),
        ),
        (
            lambda x, _: functional.dropout(x, x.dtype, False),
            "Function 'getattr' in the network must read 'shape' only, not 'dtype'",
        ),
        (
            lambda x, _: (x, x),
            "Result of the network must get tensors that the network computes, not 'tuple'",
        ),
    ],
)
def test_calls_that_are_refused(function, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        import_module(Function(function), (3, 7, 6))


def test_network_that_looks_at_its_numbers():
    message = r"^Network must be traceable by torch\.fx, but: symbolically traced variables cannot"
    with pytest.raises(ValueError, match=message):
        import_module(Function(lambda x, _: x if x.sum() > 0 else -x), (3, 7, 6))


class TwoInputs(nn.Module):
    def forward(self, x, mask):
        return x + mask


def test_network_with_two_inputs():
    with pytest.raises(ValueError, match=r"^Network must take one tensor, not also 'mask'$"):
        import_module(TwoInputs(), (3, 7, 6))


@pytest.mark.parametrize(
    ("module", "shape", "error", "message"),
    [
        (3, (3, 7, 6), TypeError, "Network must be a torch module, not 'int'"),
        (
            nn.ReLU(),
            (3, 7),
            ValueError,
            "Input shape must be (channels, height, width), not (3, 7)",
        ),
        (
            nn.ReLU(),
            (3, 0, 7),
            ValueError,
            "Each number of the input shape must be between 1 and 4096, not 0",
        ),
    ],
)
def test_arguments_that_are_refused(module, shape, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        import_module(module, shape)


def hooked(register):
    module = sequence(nn.ReLU())
    register(module[0])
    return module


HOOKS = (
    "Module '0' (Conv2d) must have no hooks; what pruning or weight norm left there is made "
    "permanent by torch's own functions"
)


@pytest.mark.parametrize(
    "register",
    [
        lambda part: part.register_forward_hook(lambda module, args, output: -output),
        lambda part: part.register_forward_pre_hook(lambda module, args: args),
        lambda part: prune.random_unstructured(part, "weight", amount=1),
    ],
)
def test_hooks_which_tracing_does_not_see(register):
    with pytest.raises(ValueError, match=f"^{re.escape(HOOKS)}$"):
        import_module(hooked(register), (3, 7, 6))


def alias(x, module):
    z = x
    x += x.relu()  # changes z as well, but in the trace it does not
    return x + z


def test_module_that_computes_something_else_than_its_trace():
    message = r"^Network must compute what torch\.fx traces, but its outputs differ by \d+\.\d%$"
    with pytest.raises(ValueError, match=message):
        import_module(Function(alias), (3, 7, 6))


@pytest.mark.parametrize("module", [nn.Identity(), nn.Sequential(), nn.Dropout()])
def test_network_that_computes_nothing(module):
    message = "^Network must hold an operation that computes something, but holds none$"
    with pytest.raises(ValueError, match=message):
        import_module(module, (3, 7, 6))
