"""What every block of a chip spent while a network ran, at work and at rest."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from cosim.memories import Memory
from cosim.native.recording import Phase
from energy.chip.blocks import Block, clock_j, inputs_j
from energy.chip.leakage import logic_leakage_w
from energy.chip.memories import memories_leakage_w
from energy.chip.ran import Ran, Unit
from energy.chip.work import core_j, host_j, logic_j, macro_j
from energy.netlist.netlist import Activity
from energy.technology import supply
from energy.transistor import transistor
from network.compiled import Step

WORD = "inputs__payload"
"""Port at which a macro sees words, those for others of its PE among them."""

LEFT_OUT = (
    "what a macro makes of words for others of its PE, but for the pins that they lead to",
    "what a macro makes of the end of a word",
    "what logic of PEs at rest makes of what the core tells all PEs alike",
    "leakage of drivers, multiplexers and converters",
    "the host, and memory outside the chip",
)
"""What this does not have, besides what its parts leave out."""


def units(ran: Ran) -> tuple[Unit, ...]:
    """Return what every block of a chip spent, at the node of the chip: PE by PE, the core last.

    Raises
    ------
    ValueError
        If transistors, wires or scaling factors of the node are unknown.
    """
    macro_rest, logic_rest = _rest(ran, ran.blocks.macro, ()), _logic_rest(ran)
    word_bit_j = _word_bit_j(ran)
    steps = {pe: step for step in ran.compiled.steps for pe in step.pes}
    found: list[Unit] = []
    for pe in range(ran.compiled.tile.table.pes):
        found += _macro_units(ran, macro_rest, word_bit_j, pe, steps.get(pe))
        found.append(_logic_unit(ran, logic_rest, pe, steps.get(pe)))
    return (*found, _core_unit(ran))


@dataclass(frozen=True, kw_only=True)
class _Rest:
    """What a kind of block spends at rest, in joules."""

    clock_j: float
    """In a cycle."""

    always_j: Mapping[str, float]
    """In all cycles, at rest or not, by cause: its leakage, and its share of what lies between
    blocks."""

    def joules(self, ran: Ran, cause: str, activity: Activity | None) -> dict[str, float]:
        """Return what a block spent in the cycles beside those at work, and in all of them."""
        resting = ran.cycles - (0 if activity is None else activity.cycles)
        return {cause: resting * self.clock_j, **self.always_j}


def _rest(ran: Ran, one: Block, memories: Iterable[Memory]) -> _Rest:
    leakage_w = logic_leakage_w(one.mapped, ran.chip.node_nm)
    leakage_w += memories_leakage_w(memories, ran.chip.node_nm)
    return _Rest(clock_j=clock_j(one, ran.chip), always_j={"leakage": leakage_w * ran.seconds})


def _logic_rest(ran: Ran) -> _Rest:
    """Return the rest of the logic of a PE, with a share of repeaters and clock between blocks."""
    rest = _rest(ran, ran.blocks.pe_logic, ran.pe_memories)
    pes, node_nm = ran.compiled.tile.table.pes, ran.chip.node_nm
    repeaters_w = transistor(node_nm).leakage_w(ran.wires.repeaters_m, supply(node_nm).value)
    return replace(
        rest,
        always_j={
            "wires": ran.cycles * ran.wires.clock_j / pes,
            "leakage": rest.always_j["leakage"] + repeaters_w * ran.seconds / pes,
        },
    )


def _macro_units(
    ran: Ran, rest: _Rest, word_bit_j: float, pe: int, step: Step | None
) -> Iterator[Unit]:
    part = ran.activity.parts.get(f"tile.pe_{pe}.logic")
    count, macro = ran.compiled.tile.table.macros_per_pe, ran.blocks.macro
    seen = 0
    if part is not None:
        seen = ran.blocks.pe_logic.toggles(part.phases[Phase.RUNNING], ["words_0__payload"])
    for n in range(count):
        activity = ran.activity.macros.get(pe * count + n)
        taken = 0 if activity is None else macro.toggles(activity, [WORD])
        rest_j = rest.joules(ran, "macro_gates", activity)
        rest_j["macro_gates"] += max(0, seen - taken) * word_bit_j
        yield Unit(
            path=f"tile.pe_{pe}.macro_{n}",
            layer=None if activity is None or step is None else step.name,
            work_j={} if activity is None else macro_j(ran, pe * count + n),
            rest_j=rest_j,
        )


def _word_bit_j(ran: Ran) -> float:
    """Return what a transition of one bit of a word takes at a macro that does not take it."""
    bits = len(ran.blocks.macro.ports[WORD])
    return inputs_j(ran.blocks.macro, {WORD: np.ones(bits, np.int64)}, ran.chip) / bits


def _logic_unit(ran: Ran, rest: _Rest, pe: int, step: Step | None) -> Unit:
    path = f"tile.pe_{pe}.logic"
    part = ran.activity.parts.get(path)
    if part is None or step is None:
        rest_j = rest.joules(ran, "pe_gates", None)
        return Unit(path=path, layer=None, work_j={}, rest_j=rest_j)
    return Unit(
        path=path,
        layer=step.name,
        work_j=logic_j(ran, step, part),
        rest_j=rest.joules(ran, "pe_gates", part.phases[Phase.RUNNING]),
        host_j=host_j(ran, ran.blocks.pe_logic, part),
    )


def _core_unit(ran: Ran) -> Unit:
    part, core = ran.activity.parts["tile.core"], ran.blocks.core
    return Unit(
        path="tile.core",
        layer=None,
        work_j=core_j(ran, part),
        rest_j=_rest(ran, core, ran.core_memories).always_j,
        host_j=host_j(ran, core, part),
    )
