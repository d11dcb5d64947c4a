"""What a step left, in so few digits that a record can hold them and tell where it differs."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cosim.tile.arithmetic import MatrixTrace
from cosim.tile.inference import StepRun

DIGITS = 8
"""Hexadecimal digits of one hash. They tell where, not whether: for that there is a long one."""


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """Hashes of a step, each of `DIGITS` hexadecimal digits, one after the other."""

    outputs: str
    """Of the output of each image."""

    vectors: str
    """Of the psums of all macros at each position, all images together; empty without macros."""

    macros: dict[int, str]
    """Of all psums of each macro, by its number on the tile."""


def fingerprint(run: StepRun) -> Fingerprint:
    """Return the fingerprint of what a step left."""
    psums = run.trace.psums if isinstance(run.trace, MatrixTrace) else {}
    # Shape (images, positions, outputs of all macros).
    all_psums = [values.reshape(len(run.output), -1, values.shape[1]) for values in psums.values()]
    return Fingerprint(
        outputs=_hashes(run.output),
        vectors=_hashes(np.concatenate(all_psums, axis=2).swapaxes(0, 1)) if psums else "",
        macros={number: _hashes([values]) for number, values in psums.items()},
    )


def _hashes(parts: Iterable[np.ndarray]) -> str:
    """Return the hashes of arrays of integers, whatever their width."""
    texts = (np.ascontiguousarray(part, dtype="<i8").tobytes() for part in parts)
    return "".join(hashlib.blake2b(text, digest_size=DIGITS // 2).hexdigest() for text in texts)
