"""Engine `twin`: no clock at all; vectorised numpy computes what the macro does."""

from pathlib import Path

from cosim.build import RUN_LIMIT_S
from cosim.job import MacroJob, MacroRun
from cosim.twin.compute import compute
from cosim.window import refuse_window
from hw_spec.macro import MacroSpec


def build(spec: MacroSpec, build_dir: Path, *, waves: bool) -> None:
    """Build nothing; see :class:`cosim.engines.Engine`."""


def run(
    job: MacroJob,
    work_dir: Path,
    *,
    build_dir: Path,
    waves: Path | None = None,
    window: range | None = None,
    limit_s: float = RUN_LIMIT_S,
) -> MacroRun:
    """Run a job; see :class:`cosim.engines.Engine`.

    Raises
    ------
    ValueError
        If a waveform or a window is asked for.
    """
    refuse_window("twin", window)
    if waves is not None:
        raise ValueError("Engine 'twin' leaves no waveform; run the same on engine 'cocotb'")
    return compute(job, limit_s=limit_s).run
