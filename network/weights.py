"""Weights of torch modules: random ones, and files of trained ones, read without running them."""

import io
import os
import tempfile
from pathlib import Path

import torch
from torch import nn


def randomise(module: nn.Module, generator: torch.Generator) -> None:
    """Give all convolutions and dense layers random weights and biases of 0.

    Weights are uniform; their variance is 2 over the number of inputs of an output, as in He et
    al., "Delving deep into rectifiers", ICCV 2015. They are the same on every processor.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            bound = (6 / layer.weight[0].numel()) ** 0.5
            drawn = torch.rand(layer.weight.shape, generator=generator)
            # From -1 to 1 without rounding, then rounded once.
            layer.weight.data.copy_((2 * drawn - 1) * bound)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def settle(module: nn.Module, inputs: torch.Tensor) -> None:
    """Give all batch norms the statistics of one batch, and leave the module in eval mode.

    Parameters
    ----------
    module : Module
        Network, trained or not.
    inputs : Tensor
        What it takes. Statistics are over all of it at once.
    """
    module.train()
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None  # the plain average of all batches, of which there is one
    with torch.no_grad():
        module(inputs)
    module.eval()


def save(module: nn.Module, path: Path) -> None:
    """Write the weights of a module; the same weights give the same bytes.

    Matrices and kernels are rounded to half precision, all else is kept as it is. The file appears
    whole or not at all; missing folders are made.

    Parameters
    ----------
    module : Module
        Its weights are within the range of half precision, 65504.
    path : Path
        File to write.

    Raises
    ------
    ValueError
        If a weight is no number, or beyond that range.
    OSError
        If the file cannot be written.
    """
    state = {}
    for key, value in module.state_dict().items():
        short = value.half() if value.ndim > 1 else value
        if not short.isfinite().all():
            raise ValueError(f"Weights '{key}' must be finite in half precision")
        # With the strides of a new tensor, whatever layout the training preferred.
        state[key] = short.clone(memory_format=torch.contiguous_format)
    # Written to memory first, because an archive written to a file contains the name of the file.
    archive = io.BytesIO()
    torch.save(state, archive)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(archive.getbuffer())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def load(module: nn.Module, path: Path) -> None:
    """Give a module the weights of a file.

    Parameters
    ----------
    module : Module
        Gets the weights, in its own precision. If the file is refused, some may be changed.
    path : Path
        File that :func:`save` wrote for a module of the same structure.

    Raises
    ------
    ValueError
        If the file is damaged, or belongs to another structure. One line: file and reason.
    OSError
        If it cannot be opened.
    """
    content = path.read_bytes()
    try:
        state = torch.load(io.BytesIO(content), weights_only=True)
    except Exception:  # a damaged archive fails in many ways, none of them telling
        reason = "the file is damaged, or holds more than weights"
        raise ValueError(f"Weights '{path}' cannot be read: {reason}") from None
    try:
        module.load_state_dict(state)
    except (AttributeError, RuntimeError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"Weights '{path}' do not fit the network: {reason}") from None
