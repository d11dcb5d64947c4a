"""The digits data set: real handwritten digits of 8 x 8 pixels, small enough to be everywhere."""

from dataclasses import dataclass

import numpy as np

FOLD = 5
"""One image in this many is kept for the test."""


@dataclass(frozen=True, eq=False)
class Digits:
    """Images and labels, split into training and test."""

    train_inputs: np.ndarray
    """Pixels from 0 to 255, row by row; uint8, shape (1437, 64)."""

    train_labels: np.ndarray
    """Digits from 0 to 9; int64, shape (1437,)."""

    test_inputs: np.ndarray
    """Pixels from 0 to 255, row by row; uint8, shape (360, 64)."""

    test_labels: np.ndarray
    """Digits from 0 to 9; int64, shape (360,)."""


def load() -> Digits:
    """Return the 1797 images that scikit-learn ships, always split in the same way.

    The split draws no random numbers: the images are put in order of their digit, the order of the
    file kept within a digit, and every fifth goes to the test, the first included. So the test
    holds a fifth of each digit, to within one image.

    Notes
    -----
    Left out: the file does not say who wrote an image, so one hand may occur on both sides of the
    split. The accuracy is that of known writers.
    """
    from sklearn.datasets import load_digits  # here, because it takes half a second

    bunch = load_digits()
    inputs = scale_pixels(bunch.data)
    labels = bunch.target.astype(np.int64)
    by_digit = np.argsort(labels, kind="stable")
    test = np.zeros(len(labels), dtype=bool)
    test[by_digit[::FOLD]] = True
    return Digits(inputs[~test], labels[~test], inputs[test], labels[test])


def scale_pixels(pixels: np.ndarray) -> np.ndarray:
    """Return pixels from 0 to 16 as uint8 from 0 to 255; halves round up."""
    return ((pixels.astype(np.int64) * 255 + 8) // 16).astype(np.uint8)


def accuracy(labels: np.ndarray, expected: np.ndarray) -> float:
    """Return the share of labels that are as expected, from 0 to 1.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if labels.shape != expected.shape:
        raise ValueError(f"Labels must have shape {expected.shape}, not {labels.shape}")
    return float(np.mean(labels == expected))
