"""A batch for the compiled loop: its buffers, checked, and the structure that names them."""

import ctypes
from dataclasses import dataclass

import numpy as np

from cosim.job import MacroJob
from cosim.loop import PATIENCE_CYCLES
from cosim.predict import drive_words, pack_words, row_beat_words
from hw_spec.macro import MacroSpec
from hw_spec.port import analog_port, psum_beats, psums_per_beat, row_beats, rows_per_beat
from hw_spec.timing import first_psum_cycle, first_sample_cycle

_COUNTS = (
    "vectors",
    "row_beats",
    "psum_beats",
    "conversions",
    "columns_per_adc",
    "conversion_cycles",
    "cycles_per_vector",
    "first_sample_cycle",
    "first_psum_cycle",
    "patience_cycles",
    "row_words",
    "psum_words",
    "answer_words",
    "trial_words",
    "decisions",
    "drive_words",
    "timed",
)
_GIVEN = ("row_beat_words", "answers", "trials", "drives", "word_lines")
_ARRAYS = (*_GIVEN, "psums", "done_cycles")


class BatchStruct(ctypes.Structure):
    """``Batch`` of ``macro_loop.h``."""

    _fields_ = [
        *((name, ctypes.c_uint64) for name in _COUNTS),
        *((name, ctypes.c_void_p) for name in _ARRAYS),
    ]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Everything a macro is given and must show, as rows of 32-bit words, least significant first.

    Raises
    ------
    TypeError
        If an array is not contiguous or of another type.
    ValueError
        If an array has another shape.
    """

    spec: MacroSpec
    vectors: int

    timed: bool
    """Whether the run goes on after the last psum beat, as long as it is turned."""

    row_beat_words: np.ndarray
    """uint32, shape (vectors * row beats, words of a beat)."""

    answers: np.ndarray
    """uint32, shape (vectors * conversions, words of all lanes' codes); of a SAR
    (vectors * conversions * adc.bits, words of all lanes' decisions)."""

    trials: np.ndarray
    """uint32, shape (vectors * conversions * adc.bits, words of all lanes' trials); empty if the
    converter is no SAR."""

    drives: np.ndarray
    """uint32, shape (vectors * bit planes * row groups, words of a row drive)."""

    word_lines: np.ndarray
    """uint32, shape (1, words of a row drive): word lines during a sample."""

    def __post_init__(self) -> None:
        spec, port, vectors = self.spec, analog_port(self.spec), self.vectors
        reads = vectors * spec.input_bits * spec.row_groups
        conversions, decisions = reads * spec.columns_per_adc, _decisions(spec)
        beat_bits = rows_per_beat(spec) * spec.input_bits
        shapes = {
            "row_beat_words": (vectors * row_beats(spec), beat_bits),
            "answers": (conversions * (decisions or 1), port.codes or port.decisions),
            "trials": (conversions * decisions, port.trials),
            "drives": (reads, port.row_drive),
            "word_lines": (1, port.word_lines),
        }
        for name, (rows, bits) in shapes.items():
            check_array(name, getattr(self, name), np.uint32, (rows, _words(bits)))

    @property
    def psum_words(self) -> int:
        """Words of a psum beat."""
        return _words(psums_per_beat(self.spec) * self.spec.psum_bits)

    def struct(self, psums: np.ndarray, done_cycles: np.ndarray) -> BatchStruct:
        """Return the structure for the library, which must not outlive any of the arrays.

        Parameters
        ----------
        psums : ndarray of uint32, shape (vectors * psum beats, words of a beat)
            Written.
        done_cycles : ndarray of int64, shape (vectors,)
            Written.
        """
        spec = self.spec
        check_array("psums", psums, np.uint32, (self.vectors * psum_beats(spec), self.psum_words))
        check_array("done_cycles", done_cycles, np.int64, (self.vectors,))
        arrays = {name: getattr(self, name) for name in _GIVEN}
        arrays |= {"psums": psums, "done_cycles": done_cycles}
        return BatchStruct(
            vectors=self.vectors,
            row_beats=row_beats(spec),
            psum_beats=psum_beats(spec),
            conversions=spec.input_bits * spec.row_groups * spec.columns_per_adc,
            columns_per_adc=spec.columns_per_adc,
            conversion_cycles=spec.adc.conversion_cycles,
            cycles_per_vector=spec.cycles_per_vector,
            first_sample_cycle=first_sample_cycle(spec),
            first_psum_cycle=first_psum_cycle(spec),
            patience_cycles=spec.cycles_per_vector + PATIENCE_CYCLES,
            row_words=self.row_beat_words.shape[1],
            psum_words=self.psum_words,
            answer_words=self.answers.shape[1],
            trial_words=self.trials.shape[1],
            decisions=_decisions(spec),
            drive_words=self.drives.shape[1],
            timed=self.timed,
            **{name: array.ctypes.data for name, array in arrays.items()},
        )


def batch(job: MacroJob, codes: np.ndarray) -> Batch:
    """Return the batch of a job.

    Parameters
    ----------
    job : MacroJob
        What to run.
    codes : ndarray of integers, shape (vectors, input_bits, row_groups, columns)
        Codes; the first bit plane is the most significant.

    Raises
    ------
    ValueError
        If the codes have another shape.
    """
    spec, vectors = job.chip.macro, len(job.inputs)
    shape = (vectors, spec.input_bits, spec.row_groups, spec.columns)
    if codes.shape != shape:
        raise ValueError(f"Codes must have the shape {shape}, not {codes.shape}")
    # In the order of the conversions: columns of a lane one after the other, all lanes at a time.
    by_lane = codes.reshape(-1, spec.lanes, spec.columns_per_adc).swapaxes(1, 2)
    if spec.adc.kind == "sar":
        answers, trials = _approximation(by_lane, spec)
    else:
        answers, trials = pack_words(by_lane, spec.adc.bits), np.zeros((0, 0), np.uint32)
    return Batch(
        spec=spec,
        vectors=vectors,
        timed=job.timetable is not None,
        row_beat_words=row_beat_words(job),
        answers=answers,
        trials=trials,
        drives=drive_words(job.inputs, spec),
        word_lines=pack_words(np.ones((1, spec.rows), dtype=np.uint8), 1),
    )


def _approximation(codes: np.ndarray, spec: MacroSpec) -> tuple[np.ndarray, np.ndarray]:
    """Return decisions and trials that lead to codes of shape (..., lanes), as rows of words.

    Of a code, what is above a bit is known when the bit is tried, and the bit is the decision.
    """
    bits = np.arange(spec.adc.bits - 1, -1, -1, dtype=codes.dtype)[:, None]
    above = codes[..., None, :] >> bits
    return pack_words(above & 1, 1), pack_words((above | 1) << bits, spec.adc.bits)


def _decisions(spec: MacroSpec) -> int:
    """Return the decisions of a SAR per conversion; 0 of other converters."""
    return spec.adc.bits if spec.adc.kind == "sar" else 0


def check_array(name: str, array: np.ndarray, dtype: type, shape: tuple[int, ...]) -> None:
    """Refuse an array that the library would read or write wrongly.

    Raises
    ------
    TypeError
        If it is of another type or not contiguous.
    ValueError
        If it has another shape.
    """
    if array.dtype != dtype:
        raise TypeError(f"Array '{name}' must be of {np.dtype(dtype)}, not {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"Array '{name}' must have the shape {shape}, not {array.shape}")
    if not array.flags.c_contiguous:
        raise TypeError(f"Array '{name}' must be contiguous, not strided by {array.strides}")


def _words(bits: int) -> int:
    return -(-bits // 32)
