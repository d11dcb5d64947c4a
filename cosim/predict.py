"""What a macro will drive, select and be given, known before the clock turns."""

import numpy as np

from cosim.job import MacroJob
from hw_spec.macro import MacroSpec
from hw_spec.port import psum_beats, psums_per_beat, row_beats, rows_per_beat


def row_drives(inputs: np.ndarray, spec: MacroSpec) -> np.ndarray:
    """Return the row drive of every bit plane and row group, in the order of conversion.

    Parameters
    ----------
    inputs : ndarray of integers, shape (vectors, rows)
        Unsigned inputs.
    spec : MacroSpec
        Macro that is driven.

    Returns
    -------
    ndarray of uint8, shape (vectors, input_bits, row_groups, rows)
        1 where a row is driven; the first plane is the most significant.
    """
    planes = np.arange(spec.input_bits - 1, -1, -1)
    bits = (inputs[:, None, :] >> planes[:, None] & 1).astype(np.uint8)
    group_of_row = np.arange(spec.rows) // spec.parallel_rows
    in_group = group_of_row == np.arange(spec.row_groups)[:, None]
    return bits[:, :, None, :] * in_group.astype(np.uint8)


def row_beat_words(job: MacroJob) -> np.ndarray:
    """Return the payloads of all row beats as rows of 32-bit words; uint32, (beats, words)."""
    spec = job.chip.macro
    per_beat = rows_per_beat(spec)
    padded = np.zeros((len(job.inputs), row_beats(spec) * per_beat), dtype=np.int64)
    padded[:, : spec.rows] = job.inputs
    return pack_words(padded.reshape(-1, per_beat), spec.input_bits)


def psums_of_words(words: np.ndarray, spec: MacroSpec) -> np.ndarray:
    """Return the psums in the payloads of all psum beats; int64, shape (vectors, outputs)."""
    fields = unpack_words(words, spec.psum_bits, psums_per_beat(spec))
    return fields.reshape(-1, psum_beats(spec) * psums_per_beat(spec))[:, : spec.outputs]


def pack_words(values: np.ndarray, bits: int) -> np.ndarray:
    """Return rows of 32-bit words, each holding a row of fields of ``bits``, the first lowest.

    The layout is that of :func:`hw_spec.port.pack`, for many rows at once.

    Parameters
    ----------
    values : ndarray of integers, shape (rows, fields)
        Unsigned values that fit their fields.
    bits : int
        Width of a field.

    Returns
    -------
    ndarray of uint32, shape (rows, ceil(fields * bits / 32))
    """
    rows, fields = values.shape
    spread = (values[:, :, None] >> np.arange(bits) & 1).astype(np.uint8)
    padded = np.zeros((rows, -(-fields * bits // 32) * 32), dtype=np.uint8)
    padded[:, : fields * bits] = spread.reshape(rows, -1)
    return np.packbits(padded, axis=1, bitorder="little").view("<u4")


def unpack_words(words: np.ndarray, bits: int, fields: int) -> np.ndarray:
    """Return the signed fields of ``bits`` that rows of words hold; int64, shape (rows, fields)."""
    raw = np.ascontiguousarray(words, dtype="<u4").view(np.uint8)
    spread = np.unpackbits(raw, axis=1, count=fields * bits, bitorder="little")
    place = 1 << np.arange(bits, dtype=np.int64)
    place[-1] = -place[-1]
    return spread.reshape(len(words), fields, bits) @ place
