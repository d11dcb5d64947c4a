"""Noise of a job, block of vectors by block of vectors."""

import numpy as np

from behavioral import randomness
from behavioral.randomness import VECTORS_PER_BLOCK
from cosim.job import MacroJob


def blocks(vectors: range) -> range:
    """Return the blocks that some vectors lie in."""
    return range(vectors.start // VECTORS_PER_BLOCK, -(-vectors.stop // VECTORS_PER_BLOCK))


def read_noise(job: MacroJob, block: int) -> np.ndarray:
    """Return the read noise of every conversion: of a column, less that of its counterpart.

    With offset encoding all lanes share the counterpart, the reference column.

    Returns
    -------
    ndarray of float32, shape (vectors, input_bits * row_groups, lanes, columns_per_adc)
        Differences of standard normal numbers.
    """
    spec = job.chip.macro
    counterparts = spec.lanes if spec.encoding == "differential" else 1
    rng = randomness.reads(job.seed, macro=job.macro, block=job.first_block + block)
    reads = spec.input_bits * spec.row_groups
    shape = (VECTORS_PER_BLOCK, reads, spec.lanes + counterparts, spec.columns_per_adc)
    noise = rng.standard_normal(shape, dtype=np.float32)
    return noise[:, :, : spec.lanes] - noise[:, :, spec.lanes :]


def decision_noise(job: MacroJob, block: int) -> np.ndarray:
    """Return the noise of every comparator decision of SAR converters.

    Returns
    -------
    ndarray of float32, shape (vectors, adc.bits, input_bits * row_groups, lanes, columns_per_adc)
        Standard normal numbers; decisions in their order.
    """
    spec = job.chip.macro
    rng = randomness.decisions(job.seed, macro=job.macro, block=job.first_block + block)
    reads = spec.input_bits * spec.row_groups
    shape = (VECTORS_PER_BLOCK, spec.adc.bits, reads, spec.lanes, spec.columns_per_adc)
    return rng.standard_normal(shape, dtype=np.float32)
