"""Engine `twin`: no clock at all; vectorised numpy computes what the macro does."""

from pathlib import Path

from cosim.job import MacroJob, MacroRun
from cosim.twin.compute import compute
from hw_spec.macro import MacroSpec


def build(spec: MacroSpec, build_dir: Path, *, waves: bool) -> None:
    """Build nothing; see :class:`cosim.engines.Engine`."""


def run(job: MacroJob, work_dir: Path, *, build_dir: Path, waves: Path | None = None) -> MacroRun:
    """Run a job; see :class:`cosim.engines.Engine`.

    Raises
    ------
    ValueError
        If a waveform is asked for.
    """
    if waves is not None:
        raise ValueError("Engine 'twin' leaves no waveform; run the same on engine 'cocotb'")
    return compute(job).run
