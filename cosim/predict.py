"""What a macro will drive, select and be given, known before the clock turns."""

import numpy as np

from cosim.job import MacroJob
from hw_spec.macro import MacroSpec
from hw_spec.port import psum_beats, psums_per_beat, row_beats, rows_per_beat


def bit_planes(inputs: np.ndarray, spec: MacroSpec) -> np.ndarray:
    """Return the bits of inputs in the order in which they are driven.

    Parameters
    ----------
    inputs : ndarray of integers, shape (vectors, rows)
        Unsigned inputs.
    spec : MacroSpec
        Macro that is driven.

    Returns
    -------
    ndarray of uint8, shape (vectors, input_bits, rows)
        0 or 1; the first plane is the most significant.
    """
    kind = np.uint8 if spec.input_bits <= 8 else np.uint16
    shifts = np.arange(spec.input_bits - 1, -1, -1, dtype=kind)
    planes = np.right_shift(inputs.astype(kind)[:, None, :], shifts[:, None])
    return (planes & 1).astype(np.uint8, copy=False)


def row_groups(spec: MacroSpec) -> list[slice]:
    """Return the rows of each group, in the order of conversion."""
    starts = range(0, spec.rows, spec.parallel_rows)
    return [slice(first, min(first + spec.parallel_rows, spec.rows)) for first in starts]


def drive_words(inputs: np.ndarray, spec: MacroSpec) -> np.ndarray:
    """Return the row drives of all reads as rows of 32-bit words.

    Returns
    -------
    ndarray of uint32, shape (vectors * input_bits * row_groups, words)
        Bit r of a row is that of input row r.
    """
    planes = pack_words(bit_planes(inputs, spec), 1)
    masks = np.zeros((spec.row_groups, spec.rows), dtype=np.uint8)
    for mask, rows in zip(masks, row_groups(spec), strict=True):
        mask[rows] = 1
    drives = planes[:, None] & pack_words(masks, 1)
    return drives.reshape(-1, planes.shape[-1])


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
    values : ndarray of integers, shape (..., fields)
        Unsigned values that fit their fields.
    bits : int
        Width of a field, at most 63.

    Returns
    -------
    ndarray of uint32, shape (rows, ceil(fields * bits / 32))
        The leading axes of ``values`` as one.
    """
    fields = values.shape[-1]
    length = -(-fields * bits // 32)
    if bits in (1, 8):  # whole bytes are at hand
        by_row = values.reshape(-1, fields).astype(np.uint8, copy=False)
        packed = np.packbits(by_row, axis=1, bitorder="little") if bits == 1 else by_row
        rows = np.zeros((len(packed), 4 * length), dtype=np.uint8)
        rows[:, : packed.shape[1]] = packed
        return rows.view("<u4")
    wide = np.zeros((-(-length // 2), values[..., 0].size), dtype=np.uint64)
    for field in range(fields):
        value = values[..., field].astype(np.uint64).reshape(-1)
        word, shift = divmod(field * bits, 64)
        wide[word] |= value << shift
        if shift + bits > 64:
            wide[word + 1] |= value >> (64 - shift)
    words = np.ascontiguousarray(wide.T, dtype="<u8").view("<u4")
    return np.ascontiguousarray(words[:, :length])


def unpack_words(words: np.ndarray, bits: int, fields: int, *, signed: bool = True) -> np.ndarray:
    """Return the fields of ``bits`` that rows of words hold; int64, shape (rows, fields)."""
    rows, length = words.shape
    padded = np.zeros((rows, length + length % 2), dtype="<u4")
    padded[:, :length] = words
    wide = np.ascontiguousarray(padded).view("<u8").astype(np.uint64)
    values = np.empty((rows, fields), dtype=np.int64)
    for field in range(fields):
        word, shift = divmod(field * bits, 64)
        value = wide[:, word] >> shift
        if shift + bits > 64:
            value |= wide[:, word + 1] << (64 - shift)
        # Up to the highest bit, and down again, with the sign if there is one.
        value = value << (64 - bits)
        values[:, field] = (value.view(np.int64) if signed else value) >> (64 - bits)
    return values
