"""What a block spent at work, by cause, at the node of its chip."""

from collections.abc import Iterable

from cosim.native.recording import Phase
from energy.analog_macro import analog_energy
from energy.chip.blocks import Block, block_j
from energy.chip.links import (
    ALL_MACROS,
    NEXT_PE,
    ONE_PE,
    TO_CORE,
    WORD,
    WORD_TO_PE,
    of_one_macro,
    to_all_pes,
)
from energy.chip.memories import accesses_j
from energy.chip.ran import ANALOG, Ran
from energy.netlist.netlist import Activity
from energy.replay.parts import PartActivity
from network.compiled import Step


def macro_j(ran: Ran, number: int) -> dict[str, float]:
    """Return what a macro in use spent in its operation."""
    run = ran.activity.runs[number]
    analog = analog_energy(
        ran.chip, toggles=run.toggles, conversions=run.conversions, array_j=run.array_j
    )
    return {
        **{cause: getattr(analog, f"{cause}_j") for cause in ANALOG},
        "macro_gates": block_j(ran.blocks.macro, ran.activity.macros[number], ran.chip),
    }


def logic_j(ran: Ran, step: Step, part: PartActivity) -> dict[str, float]:
    """Return what the logic of a PE spent in its operation, with wires to macros and core.

    To it counts an equal share of what words took on their way to all PEs of the operation: along
    those branches of the tree only that lead to one of them.
    """
    wires, running = ran.wires, part.phases[Phase.RUNNING]
    ways = [
        (wires.word_j(step.pes) / len(step.pes), [WORD_TO_PE]),
        (wires.to_all_macros_j, ALL_MACROS),
        (wires.one_macro_j, of_one_macro(ran.compiled.tile.table.macros_per_pe)),
        (wires.one_pe_j, TO_CORE),
        (wires.next_pe_j, NEXT_PE),
    ]
    return {
        "pe_gates": block_j(ran.blocks.pe_logic, running, ran.chip),
        "memories": _memories_j(ran, part, Phase.RUNNING),
        "wires": _wires_j(ran.blocks.pe_logic, running, ways),
    }


def core_j(ran: Ran, part: PartActivity) -> dict[str, float]:
    """Return what the core spent, with wires to PEs but for those of words; see `logic_j`."""
    core, running = ran.blocks.core, part.phases[Phase.RUNNING]
    to_all = [name for name in to_all_pes(ran.blocks) if name != WORD]
    ways = [(ran.wires.to_all_pes_j, to_all), (ran.wires.one_pe_j, ONE_PE)]
    return {
        "core_gates": block_j(core, running, ran.chip),
        "memories": _memories_j(ran, part, Phase.RUNNING),
        "wires": _wires_j(core, running, ways),
    }


def host_j(ran: Ran, one: Block, part: PartActivity) -> float:
    """Return what a block and its memories spent while the host was at work."""
    loading = part.phases[Phase.LOADED]
    return block_j(one, loading, ran.chip) + _memories_j(ran, part, Phase.LOADED)


def _memories_j(ran: Ran, part: PartActivity, phase: Phase) -> float:
    return accesses_j((one[phase] for one in part.accesses.values()), ran.chip.node_nm)


def _wires_j(one: Block, activity: Activity, ways: Iterable[tuple[float, Iterable[str]]]) -> float:
    """Return what transitions took on wires; each way is joules of one, and ports."""
    return sum(joules * one.toggles(activity, ports) for joules, ports in ways)
