"""Image sets in one form: digits, digits enlarged to colour images, CIFAR-10."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hw_spec import check
from hw_spec.numbers import shift_right_rounded
from network import digits

if TYPE_CHECKING:
    import torch

ENLARGEMENT = 4
"""Pixels of ``digits32`` along each side of a pixel of ``digits``."""

CIFAR_TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
CIFAR_TEST = "test_batch.bin"
CIFAR_SIDE = 32
CIFAR_RECORD = 1 + 3 * CIFAR_SIDE**2
"""Bytes of an image in a CIFAR-10 file: the label, then the red, green and blue pixels."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Images:
    """Images and labels, split into training and test."""

    train_inputs: np.ndarray
    """Pixels from 0 to 255; uint8, shape (train, height, width, channels)."""

    train_labels: np.ndarray
    """Classes from 0 to 9; int64, shape (train,)."""

    test_inputs: np.ndarray
    """Pixels from 0 to 255; uint8, shape (test, height, width, channels)."""

    test_labels: np.ndarray
    """Classes from 0 to 9; int64, shape (test,)."""


def load(name: str) -> Images:
    """Return an image set.

    Parameters
    ----------
    name : str
        ``digits``: the 1797 images of :mod:`network.digits`, 8 x 8 x 1. ``digits32``: the same
        after :func:`enlarge`, 32 x 32 x 3. ``cifar10:FOLDER``: what :func:`read_cifar10` finds in
        the folder.

    Raises
    ------
    ValueError, OSError
        If the name is unknown, or a file is missing or damaged.
    """
    kind, _, folder = name.partition(":")
    if kind == "cifar10" and folder:
        return read_cifar10(Path(folder))
    check.one_of("Data set", name, ("digits", "digits32", "cifar10:FOLDER"))
    return _digits32() if name == "digits32" else _digits()


def enlarge(images: np.ndarray) -> np.ndarray:
    """Return images four times as high and wide, bilinear, in three equal channels.

    The middle of an output pixel falls between the middles of four input pixels, which count by
    their nearness, in eighths along each side. At the border the outermost pixels are repeated.
    The sum of the four products is divided by 64 once; halves round up.

    Parameters
    ----------
    images : ndarray of uint8, shape (images, height, width, 1)
        Pixels from 0 to 255.

    Returns
    -------
    ndarray of uint8, shape (images, 4 * height, 4 * width, 3)
        Pixels from 0 to 255.
    """
    _, height, width, _ = images.shape
    pixels = images[..., 0].astype(np.int64)
    eighths = _eighths(height) @ pixels @ _eighths(width).T
    enlarged = shift_right_rounded(eighths, 6).astype(np.uint8)
    return np.repeat(enlarged[..., None], 3, axis=3)


def to_tensor(images: np.ndarray) -> torch.Tensor:
    """Return images as networks of torch take them.

    Parameters
    ----------
    images : ndarray of uint8, shape (images, height, width, channels)
        Pixels from 0 to 255.

    Returns
    -------
    Tensor of float32, shape (images, channels, height, width)
        Pixels from 0 to 1.
    """
    import torch  # here, because compiled networks run without it

    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255


def read_cifar10(folder: Path) -> Images:
    """Return the images of the binary version of CIFAR-10.

    Parameters
    ----------
    folder : Path
        Holds ``data_batch_1.bin`` to ``data_batch_5.bin`` and ``test_batch.bin``. A file may hold
        any number of images above zero, not only the published 10000.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If a file is cut short, or a label is above 9. One line: file, rule, value.
    """
    train = [_read_cifar_file(folder / name) for name in CIFAR_TRAIN]
    test_inputs, test_labels = _read_cifar_file(folder / CIFAR_TEST)
    return Images(
        train_inputs=np.concatenate([inputs for inputs, _ in train]),
        train_labels=np.concatenate([labels for _, labels in train]),
        test_inputs=test_inputs,
        test_labels=test_labels,
    )


def _digits() -> Images:
    data = digits.load()
    return Images(
        train_inputs=data.train_inputs.reshape(-1, 8, 8, 1),
        train_labels=data.train_labels,
        test_inputs=data.test_inputs.reshape(-1, 8, 8, 1),
        test_labels=data.test_labels,
    )


def _digits32() -> Images:
    small = _digits()
    return Images(
        train_inputs=enlarge(small.train_inputs),
        train_labels=small.train_labels,
        test_inputs=enlarge(small.test_inputs),
        test_labels=small.test_labels,
    )


def _eighths(size: int) -> np.ndarray:
    """Return how much each of ``size`` pixels counts; int64, shape (4 * size, size).

    With the width of an output pixel as unit 2, output middles lie at 2 i + 1 and input middles at
    8 j + 4, so that neighbours of the latter are 8 apart.
    """
    middles = 2 * np.arange(ENLARGEMENT * size) + 1
    before, weight_after = np.divmod(middles - ENLARGEMENT, 2 * ENLARGEMENT)
    rows = np.arange(len(middles))
    eighths = np.zeros((len(middles), size), dtype=np.int64)
    eighths[rows, before.clip(0)] += 2 * ENLARGEMENT - weight_after
    eighths[rows, (before + 1).clip(max=size - 1)] += weight_after
    return eighths


def _read_cifar_file(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels as uint8, shape (images, 32, 32, 3), and labels as int64, shape (images,)."""
    if not path.is_file():
        raise FileNotFoundError(f"CIFAR-10 file '{path}' was not found")
    size = path.stat().st_size
    if size == 0 or size % CIFAR_RECORD:
        raise ValueError(
            f"CIFAR-10 file '{path}' must hold a positive multiple of {CIFAR_RECORD} bytes, "
            f"not {size}"
        )
    records = np.fromfile(path, dtype=np.uint8).reshape(-1, CIFAR_RECORD)
    labels = records[:, 0].astype(np.int64)
    wrong = np.flatnonzero(labels > 9)
    if wrong.size:
        raise ValueError(
            f"CIFAR-10 file '{path}': label of image {wrong[0]} must be between 0 and 9, "
            f"not {labels[wrong[0]]}"
        )
    planes = records[:, 1:].reshape(-1, 3, CIFAR_SIDE, CIFAR_SIDE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels
