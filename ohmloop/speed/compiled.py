"""The compiled loops: against a plain one around the same macro, with and without their extras."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cosim.build import design
from cosim.cache import writable
from cosim.codes import convert_all
from cosim.job import MacroJob
from cosim.native.batch import Batch, batch
from cosim.native.build import build_times, native_library
from cosim.native.closed import run_closed
from cosim.native.library import (
    Counting,
    MacroLoop,
    Verdict,
    loop_bytes,
    macro_loop,
    run_raw,
)
from cosim.native.slices import turn_to_end
from ohmloop.speed.jobs import digits_job
from ohmloop.speed.rounds import Figures, seconds

VECTORS = 4000
"""Vectors of a round: some tenths of a second."""

SAIF_VECTORS = 400
"""Vectors that Verilator's own trace of activity has time for."""

MACROS = 64
"""Macros that are answered together in a closed loop."""

CLOSED_VECTORS = 16
CLOSED_CHIPS = {"sar": "rram_pairs_sar_32nm", "flash": "rram_taox_32nm"}


def against_a_plain_loop(build_dir: Path) -> Callable[[], Figures]:
    """Compare with a plain C++ loop that checks and keeps nothing: same library, same stimulus."""
    noisy = digits_job(vectors=VECTORS)
    quiet = replace(noisy, read_noise=False)
    library = native_library(design(noisy.chip.macro, build_dir), build_dir)
    work = batch(noisy, convert_all(noisy).codes)

    def take() -> Figures:
        cycles: list[int] = []
        raw_s = seconds(lambda: cycles.append(run_raw(library, work)))
        native_s = seconds(lambda: _run(library, work, Counting.NOTHING))
        counting_s = seconds(lambda: _run(library, work, Counting.CHANGES))
        with_codes_s = seconds(lambda: _run_with_codes(library, quiet))
        with_noise_s = seconds(lambda: _run_with_codes(library, noisy))
        return {
            "raw_cycles_per_s": cycles[0] / raw_s,
            "native_over_raw": raw_s / native_s,
            "native_loop_over_raw": raw_s / with_codes_s,
            "native_loop_with_noise_over_raw": raw_s / with_noise_s,
            "toggles_over_native": native_s / counting_s,
        }

    return take


def against_saif(build_dir: Path) -> Callable[[], Figures]:
    """Compare our count of every bit with Verilator's trace of the same kind, codes beforehand."""
    long, short = digits_job(vectors=VECTORS), digits_job(vectors=SAIF_VECTORS)
    rtl = design(long.chip.macro, build_dir)
    ours, traced = (native_library(rtl, build_dir, trace=trace) for trace in (None, "saif"))
    work, short_work = (batch(job, convert_all(job).codes) for job in (long, short))
    path = writable(build_dir / "runs" / "bench" / "activity") / "verilator.saif"

    def trace() -> None:
        with macro_loop(traced, short_work, counting=Counting.NOTHING) as loop:
            loop.begin_trace(path, half_period=1)
            _to_the_end(loop)
            loop.end_trace()

    def take() -> Figures:
        ours_s = seconds(lambda: _run(ours, work, Counting.CHANGES_AND_ONES))
        return {"saif_speedup": seconds(trace) / SAIF_VECTORS / (ours_s / VECTORS)}

    return take


def in_closed_loop(build_dir: Path) -> Callable[[], Figures]:
    """Measure how many questions of macros are answered per second, crossbars and noise included.

    A SAR asks once per bit of its code and reads the array once per sample; a flash converter reads
    the array with every question.
    """
    jobs, libraries, registers = {}, {}, {}
    for kind, chip in CLOSED_CHIPS.items():
        jobs[kind] = [
            digits_job(vectors=CLOSED_VECTORS, chip=chip, macro=macro) for macro in range(MACROS)
        ]
        rtl = design(jobs[kind][0].chip.macro, build_dir)
        libraries[kind], registers[kind] = native_library(rtl, build_dir), rtl.registers

    def rate(kind: str) -> float:
        requests: list[int] = []

        def run() -> None:
            done = run_closed(jobs[kind], libraries[kind], registers[kind])
            requests.append(done.requests)

        run_s = seconds(run)
        return requests[0] / run_s

    return lambda: {
        "closed_loop_requests_per_s": rate("sar"),
        "closed_loop_array_reads_per_s": rate("flash"),
    }


def size_and_build(build_dir: Path) -> Callable[[], Figures]:
    """Measure what an instance takes, and a build when there is none and when there is one."""
    job = digits_job(vectors=1)
    rtl = design(job.chip.macro, build_dir)
    library = native_library(rtl, build_dir)
    work = batch(job, convert_all(job).codes)

    def take() -> Figures:
        return {
            "instance_bytes": loop_bytes(library, work),
            "cold_build_s": build_times(library).build_s,
            "warm_build_s": seconds(lambda: native_library(rtl, build_dir)),
        }

    return take


def _run_with_codes(library: Path, job: MacroJob) -> None:
    _run(library, batch(job, convert_all(job).codes), Counting.NOTHING)


def _run(library: Path, work: Batch, counting: Counting) -> None:
    with macro_loop(library, work, counting=counting) as loop:
        _to_the_end(loop)


def _to_the_end(loop: MacroLoop) -> None:
    outcome = turn_to_end(loop)
    if outcome.verdict != Verdict.DONE:
        raise RuntimeError(
            f"Benchmark must run to its end, not to {Verdict(outcome.verdict).name} in cycle "
            f"{outcome.cycle}"
        )
