"""Reads a torch module into a graph of the operations that the hardware knows."""

import copy
import inspect
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from hw_spec import check
from network.calls import FUNCTIONS, METHODS
from network.evaluate import evaluate
from network.fold import fold
from network.graph import FloatGraph, FloatOperation
from network.modules import MODULES
from network.site import Made, Site, Value
from network.tensors import INPUT, LARGEST_SIDE, Shape

LARGEST_ERROR = 1e-3
"""Largest difference between module and graph, as a share of the largest output: rounding."""


def import_module(module: nn.Module, input_shape: Shape) -> FloatGraph:
    """Return what a network computes in use, that is, in eval mode.

    The module is traced down to the modules of ``torch.nn``. Batch norms, ReLUs and maxima are
    folded into what stands before them (:func:`network.fold.fold`). Module and graph are run on the
    same images and must agree. The module is left as it is.

    Parameters
    ----------
    module : nn.Module
        Trained network: takes one batch of images, returns one tensor.
    input_shape : Shape
        Channels, height and width of an image; its pixels lie between 0 and 1.

    Raises
    ------
    TypeError
        If ``module`` is no module, or a size no integer.
    ValueError
        If the network does something else than what the hardware knows, or holds a number that is
        not finite. The message names the place in the network.
    """
    if not isinstance(module, nn.Module):
        raise TypeError(f"Network must be a torch module, not {type(module).__name__!r}")
    if len(input_shape) != 3:
        raise ValueError(f"Input shape must be (channels, height, width), not {input_shape!r}")
    for side in input_shape:
        check.integer("Each number of the input shape", side, 1, LARGEST_SIDE)
    _check_hooks(module)
    try:
        module = copy.deepcopy(module).eval()
        if type(module) in MODULES:
            module = nn.Sequential(module)  # or it would be traced into
        nodes = fx.Tracer().trace(module).nodes
    except Exception as error:  # the network runs its own code here, so anything may come
        raise ValueError(f"Network must be traceable by torch.fx, but: {_reason(error)}") from None
    graph = fold(_read(module, nodes, input_shape))
    if not graph.operations:
        raise ValueError("Network must hold an operation that computes something, but holds none")
    _check_agreement(module, graph)
    return graph


def _check_hooks(module: nn.Module) -> None:
    """Refuse what torch runs beside the modules, and tracing does not see."""
    for path, part in module.named_modules():
        if part._forward_hooks or part._forward_pre_hooks:
            raise ValueError(
                f"Module {path!r} ({type(part).__name__}) must have no hooks; what pruning or "
                "weight norm left there is made permanent by torch's own functions"
            )


def _check_agreement(module: nn.Module, graph: FloatGraph) -> None:
    """Compare a graph with its module, which might do what tracing does not see."""
    channels, height, width = graph.input_shape
    shape = (2, height, width, channels)
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    tensors = evaluate(graph, pixels)
    with torch.no_grad():
        try:
            want = module(tensors[INPUT])
        except Exception as error:
            raise ValueError(f"Network must run on 2 images, but: {_reason(error)}") from None
    have = tensors[graph.output].reshape(want.shape)
    off = float((have - want).abs().max() / want.abs().max().clamp(min=1e-30))
    if off > LARGEST_ERROR:
        raise ValueError(
            f"Network must compute what torch.fx traces, but its outputs differ by {off:.1%}"
        )


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _read(module: nn.Module, nodes: Iterable[fx.Node], input_shape: Shape) -> FloatGraph:
    """Return the graph of traced calls, an operation for each that computes."""
    values: dict[fx.Node, Any] = {}
    operations: dict[str, FloatOperation] = {}
    for node in nodes:
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), values.__getitem__)
        match node.op:
            case "placeholder":
                values[node] = _placeholder(values, node, input_shape)
            case "get_attr":
                values[node] = attrgetter(str(node.target))(module)
            case "output":
                output = _output(args[0])
            case "call_function" | "call_method" if not any(
                isinstance(values[one], Value) for one in node.all_input_nodes
            ):
                values[node] = _compute(node, args, kwargs)
            case _:
                result = _call(module, node, {INPUT, *operations}, args, kwargs)
                if isinstance(result, Made):
                    operations[result.value.name] = result.operation
                    if result.in_place:
                        _overwrite(values, result)
                    result = result.value
                values[node] = result
    return FloatGraph(input_shape=input_shape, operations=tuple(operations.values()), output=output)


def _overwrite(values: dict[fx.Node, Any], made: Made) -> None:
    """Put the output of an operation in the place of its first source, under all its names."""
    for node, value in values.items():
        if isinstance(value, Value) and value.name == made.operation.sources[0]:
            values[node] = replace(value, name=made.value.name)


def _placeholder(values: dict[fx.Node, Any], node: fx.Node, shape: Shape) -> Any:
    """Return the input; further arguments of the network must have a default."""
    if not values:
        return Value(INPUT, shape, flat=False)
    if not node.args:
        raise ValueError(f"Network must take one tensor, not also {str(node.target)!r}")
    return node.args[0]


def _output(value: object) -> str:
    site = Site("", "Result of the network")
    site.unflattened(site.tensor(value))
    return site.tensor(value).name


def _compute(node: fx.Node, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Return what a call computes from nothing but numbers and parameters."""
    target: Any = node.target
    if node.op == "call_method":
        return getattr(args[0], target)(*args[1:], **kwargs)
    return target(*args, **kwargs)


def _call(
    module: nn.Module, node: fx.Node, taken: set[str], args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """Return what a call gives: an operation, a tensor handed on, or a number."""
    if node.op == "call_module":
        path = str(node.target)
        part = module.get_submodule(path)
        kind = type(part).__name__
        if type(part) not in MODULES:
            known = {known.__name__ for known in MODULES} - {kind}
            check.one_of(f"Module {path!r} of type", kind, sorted(known))
        site = Site(_free(path, taken), f"Module {path!r} ({kind})", path)
        return _apply(MODULES[type(part)], site, (part, *args), kwargs)

    called = str(getattr(node.target, "__name__", node.target))
    path = next(reversed(node.meta.get("nn_module_stack") or {"": None}))
    where = f"module {path!r}" if path else "the network"
    rules: dict[Any, Callable[..., Any]] = METHODS if node.op == "call_method" else FUNCTIONS
    if node.target not in rules:
        known = {getattr(known, "__name__", known) for known in rules} - {called}
        check.one_of(f"In {where}, function", called, sorted(known))
    site = Site(_free(f"{path}.{called}".strip("._"), taken), f"Function {called!r} in {where}")
    return _apply(rules[node.target], site, args, kwargs)


def _apply(
    rule: Callable[..., Any], site: Site, args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """Call a rule, if it takes these arguments."""
    try:
        inspect.signature(rule).bind(site, *args, **kwargs)
    except TypeError as error:
        raise ValueError(f"{site.subject} must be called in a known way: {error}") from None
    return rule(site, *args, **kwargs)


def _free(name: str, taken: Container[str]) -> str:
    """Return a name that no operation has yet, because a module may be called twice."""
    count, free = 1, name
    while free in taken:
        free, count = f"{name}_{count}", count + 1
    return free
