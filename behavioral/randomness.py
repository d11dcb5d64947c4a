"""Reproducible randomness: one counter-based stream per kind, seed, macro and vector.

A stream depends on nothing but these four, so results do not depend on the order of calls, batch
sizes, workers or engines.
"""

import numpy as np

_FROZEN, _READ = 0, 2  # 1 is kept for programming events


def _key(seed: int, kind: int, macro: int) -> np.ndarray:
    return np.random.SeedSequence(seed, spawn_key=(kind, macro)).generate_state(2, np.uint64)


def frozen(seed: int, *, macro: int) -> np.random.Generator:
    """Return the stream of what is fixed when a chip is made, for one macro."""
    return np.random.Generator(np.random.Philox(key=_key(seed, _FROZEN, macro)))


def reads(seed: int, *, macro: int, vector: int) -> np.random.Generator:
    """Return the stream of read noise of one vector on one macro."""
    key = _key(seed, _READ, macro)
    return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, vector]))
