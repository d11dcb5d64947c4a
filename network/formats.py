"""Number formats of the tensors of a network: who shares one, and what it is."""

from dataclasses import dataclass, replace

import numpy as np

from network.graph import (
    FloatAddition,
    FloatConcatenation,
    FloatGraph,
    FloatOperation,
    FloatPooling,
    FloatScaling,
)
from network.tensors import INPUT


@dataclass(frozen=True)
class Format:
    """An activation q means ``scale * (q - zero)``."""

    scale: float
    zero: int


def is_maximum(operation: FloatOperation) -> bool:
    """Return whether an operation only picks numbers of its source."""
    return isinstance(operation, FloatPooling) and operation.kind == "max"


def signs(graph: FloatGraph) -> dict[str, bool]:
    """Return for every tensor whether it can be negative, whatever the images are."""
    signed = {INPUT: False}
    for operation in graph.operations:
        if isinstance(operation, FloatPooling | FloatConcatenation | FloatAddition):
            below = any(signed[source] for source in operation.sources)
            signed[operation.name] = below and not getattr(operation, "relu", False)
        else:
            signed[operation.name] = not operation.relu
    return signed


def part_concatenations(graph: FloatGraph) -> FloatGraph:
    """Return a graph in which the sources of every concatenation can share one format.

    The input has a format of its own, and the zero point of a ReLU differs from that of a tensor
    with negative numbers. Where a concatenation takes such a tensor, a scaling by 1 comes between.
    """
    signed = signs(graph)
    inputs = {INPUT}
    operations: list[FloatOperation] = []
    for operation in graph.operations:
        if is_maximum(operation) and operation.sources[0] in inputs:
            inputs.add(operation.name)
        if isinstance(operation, FloatConcatenation):
            names = {}
            for source in operation.sources:
                alien = source in inputs or signed[source] != signed[operation.name]
                if alien and source not in names:
                    names[source] = f"{operation.name}:{source}"
                    channels = graph.shapes[source][0]
                    operations.append(
                        FloatScaling(
                            name=names[source],
                            sources=(source,),
                            factors=np.ones(channels),
                            offsets=np.zeros(channels),
                            relu=not signed[operation.name],
                        )
                    )
            sources = tuple(names.get(source, source) for source in operation.sources)
            operation = replace(operation, sources=sources)
        operations.append(operation)
    return replace(graph, operations=tuple(operations))


def formats(graph: FloatGraph, ranges: dict[str, float], bits: int) -> dict[str, Format]:
    """Return the format of every tensor of a graph with parted concatenations.

    The largest number of a tensor without negative ones becomes the top activation. A tensor with
    negative numbers has its zero in the middle, ``2**(bits - 1)``. A concatenation and its
    sources, a maximum and its source have one format, which holds the largest number of all.

    Parameters
    ----------
    graph : FloatGraph
        Graph as :func:`part_concatenations` returns it.
    ranges : dict of str to float
        Largest size of a number of each tensor.
    bits : int
        Width of an activation, from 2 to 8.

    Raises
    ------
    ValueError
        If the range of a tensor is missing or not a number above 0. The message names the tensor.
    """
    signed, leaders = signs(graph), _leaders(graph)
    peaks: dict[str, float] = {}
    for name, leader in leaders.items():
        if name != INPUT:
            if name not in ranges:
                raise ValueError(f"Range of {name!r} must be calibrated, but is unknown")
            if not 0 < ranges[name] < float("inf"):
                raise ValueError(
                    f"Range of {name!r} must be above 0 and finite after calibration, "
                    f"not {ranges[name]!r}"
                )
            peaks[leader] = max(peaks.get(leader, 0), ranges[name])
    peaks[leaders[INPUT]] = 1.0
    found = {}
    for name, leader in leaders.items():
        zero = 2 ** (bits - 1) if signed[name] else 0
        found[name] = Format(peaks[leader] / (2**bits - 1 - zero), zero)
    return found


def _leaders(graph: FloatGraph) -> dict[str, str]:
    """Return for every tensor the one that stands for all with which it shares a format."""
    leaders = {name: name for name in graph.shapes}
    for operation in graph.operations:
        if is_maximum(operation) or isinstance(operation, FloatConcatenation):
            together = {leaders[name] for name in (operation.name, *operation.sources)}
            leader = INPUT if INPUT in together else min(together)
            leaders = {name: leader if old in together else old for name, old in leaders.items()}
    return leaders
