"""Engine `native`: Verilated RTL in a shared library; compiled code turns the clock and checks."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cosim.build import design
from cosim.codes import convert_all
from cosim.job import MacroJob, MacroRun
from cosim.loop import PATIENCE_CYCLES, pause_blocks, stuck_text
from cosim.native.build import native_library
from cosim.native.library import Outcome, Verdict, run_macro
from cosim.predict import drive_words, pack_words, psums_of_words, row_beat_words
from hw_spec.macro import MacroSpec
from hw_spec.port import psum_beats, psums_per_beat, row_beats
from hw_spec.timing import first_psum_cycle, first_sample_cycle


def build(spec: MacroSpec, build_dir: Path, *, waves: bool) -> None:
    """Build the library; see :class:`cosim.engines.Engine`."""
    native_library(design(spec, build_dir), build_dir)


def run(job: MacroJob, work_dir: Path, *, build_dir: Path, waves: Path | None = None) -> MacroRun:
    """Run a job; see :class:`cosim.engines.Engine`.

    Codes are computed beforehand for the drives the macro must show; the compiled loop compares
    every drive, select and strobe with the prediction, and every handshake while the streams never
    pause.

    Raises
    ------
    RuntimeError
        If the macro does otherwise than predicted. There is no result then.
    ValueError
        If a waveform is asked for.
    """
    if waves is not None:
        raise ValueError("Engine 'native' leaves no waveform; run the same on engine 'cocotb'")
    spec, vectors = job.chip.macro, len(job.inputs)
    rtl = design(spec, build_dir)
    library = native_library(rtl, build_dir)
    analog = convert_all(job)
    counts, arrays = batch(job, analog.codes)
    for pauses in _pauses(job):
        written: dict[str, np.ndarray] = {
            "psums": np.zeros((vectors * psum_beats(spec), counts["psum_words"]), np.uint32),
            "done_cycles": np.zeros(vectors, np.int64),
            "toggles": np.zeros(len(rtl.registers), np.uint64),
        }
        length = {"pause_cycles": 0 if pauses is None else len(pauses)}
        outcome = run_macro(library, counts | length, {**arrays, "pauses": pauses, **written})
        if outcome.verdict != Verdict.OUT_OF_PAUSES:
            break
    _raise_unless_done(job, outcome)
    return MacroRun(
        psums=psums_of_words(written["psums"], spec),
        done_cycles=written["done_cycles"],
        conversions=analog.conversions,
        array_j=analog.array_j,
        toggles=dict(zip(rtl.registers, written["toggles"].tolist(), strict=True)),
    )


def batch(job: MacroJob, codes: np.ndarray) -> tuple[dict[str, int], dict[str, np.ndarray]]:
    """Return counts and arrays of a job for :func:`cosim.native.library.run_macro`."""
    spec, vectors = job.chip.macro, len(job.inputs)
    by_lane = codes.reshape(-1, spec.lanes, spec.columns_per_adc)
    arrays = {
        "row_beat_words": row_beat_words(job),
        "codes": pack_words(by_lane.swapaxes(1, 2), spec.adc.bits),
        "drives": drive_words(job.inputs, spec),
        "word_lines": pack_words(np.ones((1, spec.rows), dtype=np.uint8), 1),
    }
    counts = {
        "vectors": vectors,
        "row_beats": row_beats(spec),
        "psum_beats": psum_beats(spec),
        "conversions": spec.input_bits * spec.row_groups * spec.columns_per_adc,
        "columns_per_adc": spec.columns_per_adc,
        "conversion_cycles": spec.adc.conversion_cycles,
        "cycles_per_vector": spec.cycles_per_vector,
        "first_sample_cycle": first_sample_cycle(spec),
        "first_psum_cycle": first_psum_cycle(spec),
        "patience_cycles": spec.cycles_per_vector + PATIENCE_CYCLES,
        "row_words": arrays["row_beat_words"].shape[1],
        "psum_words": -(-psums_per_beat(spec) * spec.psum_bits // 32),
        "code_words": arrays["codes"].shape[1],
        "drive_words": arrays["drives"].shape[1],
    }
    return counts, arrays


def _pauses(job: MacroJob) -> Iterator[np.ndarray | None]:
    """Yield the pauses of a run, twice as long each time, for runs that outlast them."""
    if not (job.pauses.inputs or job.pauses.psums):
        yield None
        return
    blocks: list[np.ndarray] = []
    for block in pause_blocks(job.pauses):
        blocks.append(block)
        if len(blocks) & (len(blocks) - 1) == 0:
            yield np.concatenate(blocks)


def _raise_unless_done(job: MacroJob, outcome: Outcome) -> None:
    spec, verdict = job.chip.macro, Verdict(outcome.verdict)
    done = outcome.received // psum_beats(spec)
    if verdict == Verdict.STUCK:
        text = stuck_text(
            spec,
            idle=spec.cycles_per_vector + PATIENCE_CYCLES + 1,
            offered=bool(outcome.offered),
            done=done,
            vectors=len(job.inputs),
            cycle=outcome.cycle,
            status=outcome.status,
        )
        raise TimeoutError(text)
    if verdict != Verdict.DONE:
        raise RuntimeError(_difference(job, verdict, outcome))


def _difference(job: MacroJob, verdict: Verdict, outcome: Outcome) -> str:
    """Return where macro and prediction part, in words."""
    spec = job.chip.macro
    expected, seen = (
        sum(word << 32 * n for n, word in enumerate(words))
        for words in (outcome.expected, outcome.seen)
    )
    per_plane = spec.row_groups * spec.columns_per_adc
    vector, conversion = divmod(outcome.conversions, spec.input_bits * per_plane)
    plane, in_plane = divmod(conversion, per_plane)
    group, column = divmod(in_plane, spec.columns_per_adc)
    signal = verdict.name.lower().replace("_", " ")
    bit = (expected ^ seen).bit_length() - 1
    return (
        f"RTL of macro {job.macro} differs from the prediction in cycle {outcome.cycle}: {signal} "
        f"must be {expected:#x}, not {seen:#x} (highest differing bit {bit}; conversion of vector "
        f"{vector}, bit plane {spec.input_bits - 1 - plane}, row group {group}, column {column}; "
        f"{outcome.sent} row beats in, {outcome.received} psum beats out)"
    )
