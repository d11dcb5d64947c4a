"""Which engine runs the macros of each step: any may be moved without compiling anew."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from cosim.engines import ENGINES, native
from cosim.job import MacroJob, MacroRun
from cosim.tile.inference import RunMacro
from cosim.twin.compute import compute
from hw_spec.check import one_of
from hw_spec.macro import MacroSpec
from network.compiled import Step

ADDRESSES = ("twin", "native", "cocotb")
"""Engines that run the macros of a step."""


def macro_runner(
    addresses: Mapping[str, str], *, build_dir: Path, work_dir: Path, toggles: bool = True
) -> Callable[[Step], RunMacro]:
    """Return what runs the macros of each step, for :func:`cosim.tile.inference.infer`.

    Results do not depend on the addresses.

    Parameters
    ----------
    addresses : mapping of str to str
        By the name of a step, one of `ADDRESSES`. Steps without macros need none.
    build_dir : Path
        Build folder.
    work_dir : Path
        Folder that gets a folder for each macro.
    toggles : bool
        Whether ``twin`` and ``native`` count toggles; ``cocotb`` always does.

    Returns
    -------
    callable
        Told a step, gives its engine. Raises ValueError if the step has no address.

    Raises
    ------
    ValueError
        If an address is unknown.
    """
    for name, address in addresses.items():
        one_of(f"Address of layer '{name}'", address, ADDRESSES)

    @cache
    def on_native(spec: MacroSpec) -> RunMacro:
        return native.prepared(spec, work_dir, build_dir=build_dir, toggles=toggles)

    def of_step(step: Step) -> RunMacro:
        if step.name not in addresses:
            raise ValueError(f"Layer '{step.name}' must have an address, but has none")
        name = addresses[step.name]
        engine = ENGINES[name]

        def run(job: MacroJob) -> MacroRun:
            if name == "native":
                return on_native(job.chip.macro)(job)
            if name == "twin" and not toggles:
                return compute(job, toggles=False).run
            folder = work_dir / f"macro_{job.macro}"
            folder.mkdir(parents=True, exist_ok=True)
            return engine.run(job, folder, build_dir=build_dir)

        return run

    return of_step
