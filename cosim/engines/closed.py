"""Engine `closed`: the compiled macro asks, and its analog side answers question by question."""

from pathlib import Path

from cosim.build import RUN_LIMIT_S, design
from cosim.job import MacroJob, MacroRun
from cosim.native.build import native_library
from cosim.native.closed import run_closed
from cosim.window import refuse_window
from hw_spec.macro import MacroSpec


def build(spec: MacroSpec, build_dir: Path, *, waves: bool) -> None:
    """Build the library, that of `native`; see :class:`cosim.engines.Engine`."""
    native_library(design(spec, build_dir), build_dir)


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

    Nothing is predicted: what the macro drives is what is converted. Python is called once per
    conversion, or once per bit of a SAR's code.

    Raises
    ------
    ValueError
        If a waveform is asked for.
    """
    refuse_window("closed", window)
    if waves is not None:
        raise ValueError("Engine 'closed' leaves no waveform; run the same on engine 'native'")
    rtl = design(job.chip.macro, build_dir)
    library = native_library(rtl, build_dir)
    return run_closed([job], library, rtl.registers, limit_s=limit_s).runs[0]
