"""Toggles of a tile that ran a network, by what its registers do."""

from collections import Counter
from collections.abc import Mapping

from energy.blocks import FIXED, block_of, core_by_block
from network.compiled import Step


def pe_blocks(toggles: Mapping[str, int]) -> Counter[tuple[int, str]]:
    """Return the toggles of every PE by its number and block.

    Parameters
    ----------
    toggles : mapping of str to int
        Toggles of all registers of a tile, by their paths.
    """
    found: Counter[tuple[int, str]] = Counter()
    for path, count in toggles.items():
        _, unit, below = path.split(".", 2)
        if unit.startswith("pe_"):
            found[int(unit.removeprefix("pe_")), block_of(below)] += count
    return found


def core_blocks(toggles: Mapping[str, int]) -> dict[str, int]:
    """Return the toggles of the core, by block; parameter as of :func:`pe_blocks`."""
    core = "tile.core."
    return core_by_block(
        {path.removeprefix(core): n for path, n in toggles.items() if path.startswith(core)}
    )


def of_step(blocks: Counter[tuple[int, str]], step: Step) -> dict[str, int]:
    """Return the toggles of the PEs of a step, by block."""
    return {block: sum(blocks[pe, block] for pe in step.pes) for block in FIXED}
