"""Counts the toggles of registers from the values they take, in all images at once."""

from collections.abc import Iterable

import numpy as np

from cosim.twin.results import unsigned


def bits(values: np.ndarray, width: int) -> np.ndarray:
    """Return integers as the unsigned bits of a register of ``width`` bits, two's complement."""
    return (values & (2**width - 1)).astype(unsigned(width))


def changes(values: np.ndarray) -> int:
    """Return the toggles of a register that takes values one after another; shape (values,)."""
    return int(np.bitwise_count(values[1:] ^ values[:-1]).sum(dtype=np.int64))


def counted(count: int) -> int:
    """Return the toggles of a counter that counts from 0 to ``count``."""
    return 2 * count - count.bit_count()


class Registers:
    """Registers of a tile that runs a program on some images, one after the other.

    All are 0 at first. Each step tells what values a register takes in it, in every image.

    Parameters
    ----------
    paths : iterable of str
        Paths of all registers.
    images : int
        Images.
    """

    def __init__(self, paths: Iterable[str], images: int):
        self.images = images
        self._counts = dict.fromkeys(paths, 0)
        self._ends: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._between: dict[str, int] = {}

    def add(self, path: str, toggles: int) -> None:
        """Count toggles, those of all images together."""
        self._counts[path] += toggles

    def repeat(self, path: str, toggles: int) -> None:
        """Count toggles that happen in each image."""
        self.add(path, toggles * self.images)

    def restart(self, path: str, value: int) -> None:
        """Tell what value a register is given between two images; without this, it holds."""
        self._between[path] = value

    def take(self, path: str, values: np.ndarray, *, ended: np.ndarray | None = None) -> None:
        """Take up the values of a register in a step.

        Parameters
        ----------
        path : str
            Path of the register.
        values : ndarray of unsigned, shape (images or 1, values, ...)
            Values in the order in which they come, field by field; 1: equal in every image.
        ended : ndarray, optional
            Shape of ``values``. What became of each value before the next one came, if it did not
            stay; the toggles of that are not counted here.
        """
        if not values.shape[1]:
            return
        left = values if ended is None else ended
        inside = _count(values[:, 1:] ^ left[:, :-1])
        self._counts[path] += inside * (self.images // len(values))
        first, last = values[:, 0], left[:, -1]
        if path in self._ends:
            self._counts[path] += self._between_steps(self._ends[path][1], first)
            first = self._ends[path][0]
        self._ends[path] = first.copy(), last.copy()

    def toggles(self) -> dict[str, int]:
        """Return the toggles of each register by its path, after all steps."""
        counts = dict(self._counts)
        for path, (first, last) in self._ends.items():
            counts[path] += _count(first[0])
            if self.images > 1:
                begun = self._between.get(path, last)
                counts[path] += self._from_image_to_image(begun, first)
        return counts

    def _between_steps(self, last: np.ndarray, first: np.ndarray) -> int:
        changed = last ^ first
        return _count(changed) * (self.images // len(changed))

    def _from_image_to_image(self, last: np.ndarray | int, first: np.ndarray) -> int:
        shape = (self.images, *first.shape[1:])
        before, after = (np.broadcast_to(one, shape) for one in (np.asarray(last), first))
        return _count(before[:-1] ^ after[1:])


def _count(changed: np.ndarray) -> int:
    """Return the bits that are set."""
    flat = np.ascontiguousarray(changed).reshape(-1)
    if flat.nbytes % 8 == 0:
        flat = flat.view(np.uint64)
    return int(np.bitwise_count(flat).sum(dtype=np.int64))
