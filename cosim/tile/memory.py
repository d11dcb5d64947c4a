"""Tensors in the activation memories of many runs of a program."""

import numpy as np

from network.pieces import Layout


def write_tensor(memory: np.ndarray, layout: Layout, tensor: np.ndarray) -> None:
    """Put tensors where they lie in the memory of each image; changes the memory.

    Parameters
    ----------
    memory : ndarray of int, shape (images, activations)
        Activation memories.
    layout : Layout
        Where the tensor lies.
    tensor : ndarray of int, shape (images, height, width, channels)
        What to put there.
    """
    memory[:, addresses(layout)] = tensor


def read_tensor(memory: np.ndarray, layout: Layout) -> np.ndarray:
    """Return the tensor of each image; shape (images, height, width, channels)."""
    return memory[:, addresses(layout)]


def addresses(layout: Layout) -> np.ndarray:
    """Return the address of every activation of a tensor; int64, (height, width, channels)."""
    pixels = np.arange(layout.height * layout.width) * layout.pitch
    by_pixel = layout.address + pixels[:, None] + np.arange(layout.channels)
    return by_pixel.reshape(layout.height, layout.width, layout.channels)
