"""Runs a bench on chips: each once ideal and once with its real device."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from behavioral import ideal
from cosim.build import design
from cosim.engines import Engine, native
from cosim.job import MacroJob, MacroRun
from hw_spec.chip import ChipSpec
from hw_spec.timing import layer_cycles
from network import digits, place
from ohmloop.benches import Bench, Workload


@dataclass(frozen=True, kw_only=True)
class Case:
    """One run of a bench on one chip, with all that can be said about it."""

    chip: ChipSpec
    """The chip as simulated; of the ideal case with the lossless ADC."""

    ideal: bool
    """Whether cells are ideal and the ADC lossless."""

    workload: Workload
    run: MacroRun
    rtl_hash: str

    flip_flops: int
    """Bits of all registers of the macro."""

    wall_s: float
    """Wall time of the simulation, in seconds, without builds."""

    build_s: float
    """Wall time of the build, in seconds; next to nothing if everything was there."""

    waves: Path | None
    """Waveform that was left, if any."""

    @property
    def psums(self) -> np.ndarray:
        """Psums of the outputs the layer uses; int64, shape (vectors, outputs of the layer)."""
        return self.run.psums[:, : self.workload.weights.shape[1]]

    @property
    def wrong_psums(self) -> int:
        """Psums that differ from the integer product."""
        return int((self.psums != self._exact).sum())

    @property
    def psum_error(self) -> float:
        """Root mean square error of the psums, as a share of their own root mean square."""
        error = (self.psums - self._exact).astype(np.float64)
        return float(np.sqrt((error**2).mean() / max(1.0, (self._exact.astype(float) ** 2).mean())))

    @property
    def _exact(self) -> np.ndarray:
        return ideal.product(self.workload.inputs, self.workload.weights)

    @property
    def accuracy(self) -> float | None:
        """Accuracy of the whole network when this layer runs on the chip, from 0 to 1."""
        work = self.workload
        if work.checkpoint is None or work.labels is None:
            return None
        return digits.accuracy(work.checkpoint.network.classify_from_psums(self.psums), work.labels)

    @property
    def predicted_cycles(self) -> int | None:
        """Cycles of the layer by the closed form; None if its streams were held up."""
        pauses = self.workload.pauses
        if pauses.inputs or pauses.psums:
            return None
        return layer_cycles(self.chip.macro, len(self.workload.inputs))

    @property
    def cycles_per_vector(self) -> set[int]:
        """Cycles that were measured between one vector's last psum and the next's."""
        return {int(cycles) for cycles in np.diff(self.run.done_cycles)}

    @property
    def outputs_hash(self) -> str:
        """SHA-256 of the psums as little-endian 64-bit integers."""
        return hashlib.sha256(self.psums.astype("<i8").tobytes()).hexdigest()


def run_bench(
    bench: Bench,
    chips: list[ChipSpec],
    *,
    engine: Engine,
    seed: int,
    run_dir: Path,
    build_dir: Path,
    waves: bool,
    activity: bool,
    window: range | None,
    limit_s: float,
    progress: Callable[[str], None],
) -> list[Case]:
    """Run a bench on each chip, ideal first.

    All inputs are checked before anything is built.

    Parameters
    ----------
    bench : Bench
        What to run.
    chips : list of ChipSpec
        Where to run it.
    engine : Engine
        What turns the clock.
    seed : int
        Seed of all randomness.
    run_dir, build_dir : Path
        Folders for results and for what is kept between runs.
    waves : bool
        Whether to leave a waveform of each run.
    activity : bool
        Whether to leave ``activity.saif`` and ``activity.json`` of each run; `native` only.
    window : range or None
        Cycles to which waveforms and activity are confined; `native` only.
    limit_s : float
        Longest time a simulation may take, in seconds.
    progress : callable
        Told what happens next, in a few words.

    Raises
    ------
    ValueError
        If the layer does not fit a chip, or a value its range.
    TimeoutError
        If a simulation makes no progress or reaches its limit.
    RuntimeError
        If a build or a simulator fails.
    """
    jobs = []
    for chip in chips:
        try:
            jobs += [
                bench_job(bench, chip.lossless() if ideal else chip, ideal=ideal, seed=seed)
                for ideal in (True, False)
            ]
        except (TypeError, ValueError) as error:
            raise type(error)(f"Chip '{chip.name}': {error}") from None
    build_s = []
    for job, _ in jobs:
        progress(f"building {label(job.chip, ideal=job.ideal)}")
        start = time.perf_counter()
        engine.build(job.chip.macro, build_dir, waves=waves)
        build_s.append(time.perf_counter() - start)
    cases = []
    for (job, workload), built_s in zip(jobs, build_s, strict=True):
        name = label(job.chip, ideal=job.ideal)
        progress(f"simulating {name}")
        work_dir = run_dir / name
        work_dir.mkdir(parents=True, exist_ok=True)
        vcd = work_dir / "waves.vcd" if waves else None
        if window is not None or activity:
            # A run of its own: its toggles are those of the window, not of the layer.
            native.run(
                job,
                work_dir,
                build_dir=build_dir,
                waves=None if window is None else vcd,
                window=window,
                activity=work_dir / "activity.saif" if activity else None,
                limit_s=limit_s,
            )
        whole = vcd if window is None else None
        start = time.perf_counter()
        run = engine.run(job, work_dir, build_dir=build_dir, waves=whole, limit_s=limit_s)
        wall_s = time.perf_counter() - start
        rtl = design(job.chip.macro, build_dir)
        case = Case(
            chip=job.chip,
            ideal=job.ideal,
            workload=workload,
            run=run,
            rtl_hash=rtl.rtl_hash,
            flip_flops=sum(rtl.registers.values()),
            wall_s=wall_s,
            build_s=built_s,
            waves=vcd,
        )
        cases.append(case)
    return cases


def bench_job(bench: Bench, chip: ChipSpec, *, ideal: bool, seed: int) -> tuple[MacroJob, Workload]:
    """Return one job of a bench and the workload it came from; the chip is as simulated."""
    workload = bench.workload(chip.macro, seed)
    job = MacroJob(
        chip=chip,
        ideal=ideal,
        levels=place.levels(workload.weights, chip.macro),
        inputs=place.pad_inputs(workload.inputs, chip.macro),
        seed=seed,
        pauses=workload.pauses,
    )
    return job, workload


def label(chip: ChipSpec, *, ideal: bool) -> str:
    """Return the name of a case, for people and files."""
    return f"{chip.name}-{'ideal' if ideal else 'device'}"
