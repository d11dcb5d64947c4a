"""Whole runs of the engines against each other: the same vectors, outputs, cycles and toggles."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cosim.build import cocotb_program, design
from cosim.cache import writable
from cosim.codes import convert_all
from cosim.engines import ENGINES, cocotb
from cosim.job import MacroJob
from cosim.twin.compute import compute
from ohmloop.speed.jobs import digits_job
from ohmloop.speed.rounds import Figures, seconds

VECTORS = 1000
SLOW_VECTORS = {"pysim": 4}
"""Vectors of a round; pysim would take minutes for as many as the others."""

TWIN_VECTORS = 4000


def whole_runs(build_dir: Path) -> Callable[[], Figures]:
    """Compare whole runs of every engine: start, codes and toggles included."""
    jobs = {name: digits_job(vectors=SLOW_VECTORS.get(name, VECTORS)) for name in ENGINES}
    for name, engine in ENGINES.items():
        engine.build(jobs[name].chip.macro, build_dir, waves=False)

    def rate(name: str) -> float:
        work_dir = writable(build_dir / "runs" / "bench" / name)
        cycles: list[int] = []

        def run() -> None:
            done = ENGINES[name].run(jobs[name], work_dir, build_dir=build_dir)
            cycles.append(done.cycles)

        run_s = seconds(run)
        return cycles[0] / run_s

    def take() -> Figures:
        rates = {name: rate(name) for name in ENGINES}
        figures = {f"{name}_cycles_per_s": value for name, value in rates.items()}
        for slow in ("cocotb", "pyverilator", "pysim"):
            figures[f"native_over_{slow}"] = rates["native"] / rates[slow]
        return figures

    return take


def twin_against_native(build_dir: Path) -> Callable[[], Figures]:
    """Compare the twin with `native`, codes included on both sides, without and with toggles."""
    noisy = digits_job(vectors=TWIN_VECTORS)
    quiet = replace(noisy, read_noise=False)
    native = ENGINES["native"]
    native.build(noisy.chip.macro, build_dir, waves=False)
    work_dir = writable(build_dir / "runs" / "bench" / "twin")

    def native_s(job: MacroJob) -> float:
        return seconds(lambda: native.run(job, work_dir, build_dir=build_dir))

    def twin_s(job: MacroJob, toggles: bool) -> float:
        return seconds(lambda: compute(job, toggles=toggles))

    def take() -> Figures:
        quiet_s, noisy_s = native_s(quiet), native_s(noisy)
        return {
            "twin_over_native": quiet_s / twin_s(quiet, toggles=False),
            "twin_with_toggles_over_native": quiet_s / twin_s(quiet, toggles=True),
            "twin_with_noise_over_native": noisy_s / twin_s(noisy, toggles=False),
            "codes_share_of_twin": seconds(lambda: convert_all(quiet)) / twin_s(quiet, False),
        }

    return take


def cocotb_against_its_default(build_dir: Path) -> Callable[[], Figures]:
    """Compare our build for cocotb with cocotb's own flags, which make every signal public."""
    job = digits_job(vectors=VECTORS)
    rtl = design(job.chip.macro, build_dir)
    programs = {
        public: cocotb_program(rtl, build_dir, trace=None, public=public)
        for public in ("ports", "all")
    }
    work_dir = writable(build_dir / "runs" / "bench" / "cocotb-flags")

    def run_s(public: str) -> float:
        program = programs[public]
        return seconds(
            lambda: cocotb.simulate(job, program, work_dir=work_dir, build_dir=build_dir)
        )

    return lambda: {"cocotb_over_default": run_s("all") / run_s("ports")}
