"""Which wires lie between the blocks of a chip, and which ways they take."""

from dataclasses import dataclass

from energy.chip.blocks import Blocks

ONE_MACRO = ("words_{}__valid", "psums_{}__ready", "psums_{}__valid", "psums_{}__payload")
"""Ports of the logic of a PE to and from macro n."""

ALL_MACROS = ("words_0__payload", "hold")
"""Its ports to all its macros, which see the same words."""

TO_CORE = ("bus__begins", "bus__converting", "bus__finished", "bus__ready", "bus__result")
"""Its ports to the core, joined with those of all other PEs at the forks of the tree."""

NEXT_PE = ("chain_out__complete", "chain_out__sums")
"""Its ports to the next PE of a chain."""

WORD_TO_PE = "bus__word"
"""Its port for words from the core."""

WORD = "pes__word"
"""Port of the core for words to PEs."""

ONE_PE = ("pes__select", "pes__config_select")
"""Ports of the core with a bit for each PE."""


def of_one_macro(macros: int) -> list[str]:
    """Return the ports of the logic of a PE to and from each of its macros alone."""
    return [name.format(n) for name in ONE_MACRO for n in range(macros)]


def to_all_pes(blocks: Blocks) -> list[str]:
    """Return the ports of the core to all PEs."""
    outputs = {bit.path for bit in blocks.core.mapped.netlist.outputs}
    return sorted(name for name in outputs - {*ONE_PE} if name.startswith("pes__"))


@dataclass(frozen=True, kw_only=True)
class Links:
    """Wires between blocks, by the way that they take: bits, with the clock where it goes."""

    all_pes: int
    """Between the core and all PEs, along the whole tree; what PEs say is joined at its forks."""

    one_pe: int
    """Between the core and one PE alone."""

    all_macros: int
    """From the logic of a PE to all its macros."""

    one_macro: int
    """Between the logic of a PE and one of its macros."""

    next_pe: int
    """From a PE to the next one of its chain."""


def links(blocks: Blocks) -> Links:
    """Return the wires between the blocks of a chip."""
    core, logic = blocks.core.ports, blocks.pe_logic.ports
    return Links(
        all_pes=1
        + sum(map(len, (core[name] for name in to_all_pes(blocks))))
        + sum(len(logic[name]) for name in TO_CORE),
        one_pe=len(ONE_PE),
        all_macros=1 + sum(len(logic[name]) for name in ALL_MACROS),
        one_macro=sum(len(logic[name]) for name in of_one_macro(1)),
        next_pe=sum(len(logic[name]) for name in NEXT_PE),
    )
