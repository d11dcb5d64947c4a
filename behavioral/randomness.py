"""Reproducible randomness: one counter-based stream per kind, seed, macro and block of vectors.

A stream depends on nothing but these four, so results do not depend on the order of calls, batch
sizes, workers or engines. Noise is drawn for whole blocks, because to start a stream costs as much
as to draw the noise of a vector.
"""

import numpy as np

VECTORS_PER_BLOCK = 16
"""Vectors that share a stream of noise; vector v is number v % 16 of block v // 16."""

_FROZEN, _READ, _DECISION = 0, 2, 3  # 1 is kept for programming events


def _key(seed: int, kind: int, macro: int) -> np.ndarray:
    return np.random.SeedSequence(seed, spawn_key=(kind, macro)).generate_state(2, np.uint64)


def frozen(seed: int, *, macro: int) -> np.random.Generator:
    """Return the stream of what is fixed when a chip is made, for one macro."""
    return np.random.Generator(np.random.Philox(key=_key(seed, _FROZEN, macro)))


def reads(seed: int, *, macro: int, block: int) -> np.random.Generator:
    """Return the stream of read noise of one block of vectors on one macro."""
    return _blocked(seed, _READ, macro, block)


def decisions(seed: int, *, macro: int, block: int) -> np.random.Generator:
    """Return the stream of comparator noise of one block of vectors on one macro."""
    return _blocked(seed, _DECISION, macro, block)


def _blocked(seed: int, kind: int, macro: int, block: int) -> np.random.Generator:
    key = _key(seed, kind, macro)
    return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, block]))
