"""One file per engine: what turns the clock.

An engine is a module with two functions, as :class:`Engine` says. The caller cannot tell what
answers but by the time it takes.
"""

from pathlib import Path
from typing import Protocol

from cosim.build import RUN_LIMIT_S
from cosim.engines import closed, cocotb, native, pysim, pyverilator, twin
from cosim.job import MacroJob, MacroRun
from hw_spec.macro import MacroSpec


class Engine(Protocol):
    """Something that runs a job."""

    def build(self, spec: MacroSpec, build_dir: Path, *, waves: bool) -> None:
        """Build what :meth:`run` needs for macros of this kind, once.

        Raises
        ------
        FileNotFoundError
            If a tool is missing.
        OSError
            If ``build_dir`` cannot be written.
        RuntimeError
            If a build fails.
        """

    def run(
        self,
        job: MacroJob,
        work_dir: Path,
        *,
        build_dir: Path,
        waves: Path | None = None,
        window: range | None = None,
        limit_s: float = RUN_LIMIT_S,
    ) -> MacroRun:
        """Run a job to its end.

        Parameters
        ----------
        job : MacroJob
            What to run.
        work_dir : Path
            Folder for logs and what passes between processes.
        build_dir : Path
            Build folder, with the cache.
        waves : Path or None
            VCD file to write, if any.
        window : range or None
            Cycles, counted from 0, to which waveform and toggles are confined. Only `native` can.
        limit_s : float
            Longest time the simulation may take, in seconds of wall time.

        Raises
        ------
        TimeoutError
            If the simulation makes no progress or reaches its limit.
        RuntimeError
            If the simulator fails.
        ValueError
            If the engine knows no windows, but one is given.
        """


ENGINES: dict[str, Engine] = {
    "twin": twin,
    "cocotb": cocotb,
    "native": native,
    "closed": closed,
    "pyverilator": pyverilator,
    "pysim": pysim,
}
"""All engines, by the name a user gives."""
