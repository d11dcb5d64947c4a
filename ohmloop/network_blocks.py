"""Toggles of the PEs of a network, by what their registers do."""

from collections import Counter
from collections.abc import Mapping

from energy.blocks import FIXED, block_of
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


def of_step(blocks: Counter[tuple[int, str]], step: Step) -> dict[str, int]:
    """Return the toggles of the PEs of a step, by block."""
    return {block: sum(blocks[pe, block] for pe in step.pes) for block in FIXED}
