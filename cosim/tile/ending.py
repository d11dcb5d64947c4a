"""How the simulation of a tile ended, and what to say if that is not as it should."""

from dataclasses import dataclass

from cosim.native.tile import Verdict
from network.compiled import Compiled


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run ended, and where."""

    verdict: Verdict
    cycle: int
    """Counted from 0 after the reset."""

    access: int
    """Accesses of the host done."""

    macro: int = 0
    """Number of the macro that does otherwise than predicted; 0 if none does."""

    conversions: int = 0
    """Its conversions so far."""

    expected: int = 0
    """What a port must show."""

    seen: int = 0
    """What it shows."""


def raise_unless_done(ending: Ending, compiled: Compiled) -> None:
    """Raise what a run ended with, if it is not a result.

    Raises
    ------
    TimeoutError
        If the tile made no progress.
    RuntimeError
        If a macro was driven otherwise than predicted.
    """
    if ending.verdict == Verdict.DONE:
        return
    if ending.verdict == Verdict.STUCK:
        raise TimeoutError(
            f"Tile made no progress while its host waited for an interrupt "
            f"({ending.access} host accesses done, cycle {ending.cycle})"
        )
    pe, macro = divmod(ending.macro, compiled.tile.table.macros_per_pe)
    step = next((one.name for one in compiled.steps if pe in one.pes), "none")
    spec = compiled.tile.macro
    each = spec.input_bits * spec.row_groups * spec.columns_per_adc
    vector, conversion = divmod(ending.conversions, each)
    raise RuntimeError(
        f"RTL of the tile differs from the prediction in cycle {ending.cycle}: "
        f"{ending.verdict.name.lower().replace('_', ' ')} of layer '{step}', PE {pe}, "
        f"macro {macro}, vector {vector}, conversion {conversion} "
        f"must be {ending.expected:#x}, not {ending.seen:#x}"
    )
