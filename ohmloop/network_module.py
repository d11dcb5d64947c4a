"""Torch modules in Python files of the user. Imported only where one is used: it needs torch."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from torch import nn

from hw_spec import check
from network.evaluate import IMAGES_AT_ONCE, evaluate
from network.graph import FloatGraph
from network.importer import import_module
from network.integer import IntegerNetwork
from network.lower import quantise

CALIBRATION_IMAGES = 256
"""Training images that the ranges of activations are taken from."""

IMPORTED_AS = "ohmloop_network"


def load_module(path: Path, attribute: str) -> nn.Module:
    """Return a torch module of a file, or what a function of the file returns.

    The file is run as Python would run it as a script; files beside it can be imported.

    Raises
    ------
    ValueError
        If there is no such file or attribute, or if its code fails. One line.
    TypeError
        If it is no torch module.
    """
    found = getattr(_run_file(path), attribute, None)
    if found is None:
        raise ValueError(f"Network file '{path}' must define {attribute!r}, but does not")
    subject = f"Network '{path}:{attribute}'"
    # Classes and functions are called, modules are taken as they are.
    if callable(found) and not isinstance(found, nn.Module):
        try:
            found = found()
        except (Exception, SystemExit) as error:  # the user's own code: anything may come
            raise ValueError(f"{subject} cannot be made: {_reason(error)}") from None
    if not isinstance(found, nn.Module):
        kind = type(found).__name__
        raise TypeError(f"{subject} must be a torch module or return one, not {kind!r}")
    return found


def import_quantised(
    module: nn.Module, training_images: np.ndarray, *, activation_bits: int, weight_bits: int
) -> tuple[FloatGraph, IntegerNetwork]:
    """Return a module as a graph, and in integers, calibrated on the first training images.

    Parameters
    ----------
    module : nn.Module
        Trained network.
    training_images : ndarray of uint8, shape (images, height, width, channels)
        Pixels from 0 to 255.
    activation_bits, weight_bits : int
        Widths in the integer network.

    Raises
    ------
    ValueError, TypeError
        If the hardware cannot compute the network. The message names the place in it.
    """
    _, height, width, channels = training_images.shape
    graph = import_module(module, (channels, height, width))
    check.integer("input_bits of the macro", activation_bits, 2, 8)
    check.integer("weight_bits of the macro", weight_bits, 2, 8)
    threads = torch.get_num_threads()
    # Sums of floats depend on how they are shared out, and all that follows on them.
    torch.set_num_threads(1)
    try:
        calibration = training_images[:CALIBRATION_IMAGES]
        network = quantise(
            graph, calibration, activation_bits=activation_bits, weight_bits=weight_bits
        )
    finally:
        torch.set_num_threads(threads)
    return graph, network


def classify_floats(graph: FloatGraph, images: np.ndarray) -> np.ndarray:
    """Return the labels that a graph gives to 8-bit images; int64, shape (images,)."""
    labels = []
    for first in range(0, len(images), IMAGES_AT_ONCE):
        outputs = evaluate(graph, images[first : first + IMAGES_AT_ONCE])[graph.output]
        labels.append(outputs.flatten(1).argmax(dim=1).numpy())
    return np.concatenate(labels)


def _run_file(path: Path) -> ModuleType:
    """Return a Python file as a module."""
    if not path.is_file():
        raise ValueError(f"Network file '{path}' was not found")
    spec = importlib.util.spec_from_file_location(IMPORTED_AS, path)
    if spec is None or spec.loader is None:
        raise ValueError(
            f"Network file '{path}' must be a Python file, with a name that ends in .py"
        )
    module = importlib.util.module_from_spec(spec)
    # Classes look for their module there, and the file for those beside it.
    sys.modules[IMPORTED_AS] = module
    sys.path.insert(0, str(path.parent.resolve()))
    # What Python keeps of a file passes for it if it is changed within a second to one as long.
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # the user's own code: anything may come
        raise ValueError(f"Network file '{path}' cannot be run: {_reason(error)}") from None
    finally:
        sys.path.pop(0)
        sys.dont_write_bytecode = writes
    return module


def _reason(error: BaseException) -> str:
    """Return an error of the user's code in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
