"""Makes one operation of several: batch norm, ReLU and maximum go into what stands before them."""

from dataclasses import replace

from network.convolution import Pool
from network.graph import (
    FloatAddition,
    FloatConvolution,
    FloatGraph,
    FloatOperation,
    FloatPooling,
    FloatScaling,
    renamed,
)


def fold(graph: FloatGraph) -> FloatGraph:
    """Return a graph that computes the same with fewer operations.

    An operation is folded into the one before it if that has no other consumer: a scaling into the
    weights of a convolution or into another scaling, a ReLU into a convolution, addition or
    scaling, and a maximum into a convolution where its windows do not overlap and have no padding.
    The merged operation keeps the name of the first. What does not lead to the output is dropped.
    """
    graph = _reachable(graph)
    merged: dict[str, FloatOperation] = {}
    names: dict[str, str] = {}
    for operation in graph.operations:
        alone = len(operation.sources) == 1 and graph.consumers[operation.sources[0]] == 1
        operation = renamed(operation, names)
        before = merged.get(operation.sources[0]) if alone else None
        one = _merge(before, operation) if before else None
        if before and one:
            merged[before.name] = one
            names[operation.name] = before.name
        else:
            merged[operation.name] = operation
    return FloatGraph(
        input_shape=graph.input_shape,
        operations=tuple(merged.values()),
        output=names.get(graph.output, graph.output),
    )


def _merge(before: FloatOperation, after: FloatOperation) -> FloatOperation | None:
    """Return one operation that computes what two do, or None if there is none."""
    match before, after:
        # A maximum and a ReLU may change places, so it does not matter which of them came first.
        case FloatConvolution() | FloatAddition() | FloatScaling(), FloatScaling(only_relu=True):
            return replace(before, relu=True)
        case FloatConvolution(relu=False, pool=None), FloatScaling():
            return replace(
                before,
                weights=before.weights * after.factors[:, None, None, None],
                biases=before.biases * after.factors + after.offsets,
                relu=after.relu,
            )
        case FloatScaling(relu=False), FloatScaling():
            return replace(
                before,
                factors=before.factors * after.factors,
                offsets=before.offsets * after.factors + after.offsets,
                relu=after.relu,
            )
        case FloatConvolution(pool=None), FloatPooling(kind="max", padding=0) if (
            max(after.window) <= after.stride
        ):
            return replace(before, pool=Pool(window=after.window, stride=after.stride))
    return None


def _reachable(graph: FloatGraph) -> FloatGraph:
    needed = {graph.output}
    operations = []
    for operation in reversed(graph.operations):
        if operation.name in needed:
            needed.update(operation.sources)
            operations.append(operation)
    return replace(graph, operations=tuple(reversed(operations)))
