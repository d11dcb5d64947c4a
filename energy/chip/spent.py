"""What every block of a chip spent while a network ran, at work and at rest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cosim.memories import Memory
from cosim.native.recording import Phase
from energy.chip.blocks import Block, clock_j, inputs_j
from energy.chip.leakage import logic_leakage_w
from energy.chip.memories import memories_leakage_w
from energy.chip.ran import Ran, Unit
from energy.chip.work import core_j, host_j, logic_j, macro_j
from energy.netlist.netlist import Activity

LEFT_OUT = (
    "what a resting block makes of words on the bus, but for the pins that they lead to",
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
    blocks = ran.blocks
    macro = _rest(ran, blocks.macro, "inputs__payload", ())
    logic = _rest(ran, blocks.pe_logic, "bus__word", ran.pe_memories)
    layers = {pe: step.name for step in ran.compiled.steps for pe in step.pes}
    found: list[Unit] = []
    for pe in range(ran.compiled.tile.table.pes):
        found += _macro_units(ran, macro, pe, layers.get(pe))
        found.append(_logic_unit(ran, logic, pe, layers.get(pe)))
    return (*found, _core_unit(ran))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Rest:
    """What a kind of block spends at rest, in joules."""

    block: Block
    port: str
    """Port that words of the bus come to, whomever they are meant for."""

    words: int
    """Transitions on the bus, of all bits."""

    clock_j: float
    """In a cycle."""

    bus_j: float
    """If all words on the bus passed by."""

    leakage_j: float
    """In all cycles, at rest or not."""

    def passed(self, activity: Activity | None) -> float:
        """Return the share of the transitions on the bus that were not counted at work."""
        taken = 0 if activity is None else self.block.toggles(activity, [self.port])
        return max(0.0, 1 - taken / self.words) if self.words else 0.0

    def gates_j(self, ran: Ran, activity: Activity | None) -> float:
        """Return what the gates of a block spent in the cycles beside those at work."""
        resting = ran.cycles - (0 if activity is None else activity.cycles)
        return resting * self.clock_j + self.passed(activity) * self.bus_j


def _rest(ran: Ran, one: Block, port: str, memories: Iterable[Memory]) -> _Rest:
    core, chip = ran.activity.parts["tile.core"].phases[Phase.RUNNING], ran.chip
    words = core.toggles[ran.blocks.core.ports["pes__word"]]
    leakage_w = logic_leakage_w(one.mapped, chip.node_nm)
    leakage_w += memories_leakage_w(memories, chip.node_nm)
    return _Rest(
        block=one,
        port=port,
        words=int(words.sum()),
        clock_j=clock_j(one, chip),
        bus_j=inputs_j(one, {port: words}, chip),
        leakage_j=leakage_w * ran.seconds,
    )


def _macro_units(ran: Ran, rest: _Rest, pe: int, layer: str | None) -> Iterator[Unit]:
    count = ran.compiled.tile.table.macros_per_pe
    for n in range(count):
        activity = ran.activity.macros.get(pe * count + n)
        yield Unit(
            path=f"tile.pe_{pe}.macro_{n}",
            layer=None if activity is None else layer,
            work_j={} if activity is None else macro_j(ran, pe * count + n),
            rest_j={"macro_gates": rest.gates_j(ran, activity), "leakage": rest.leakage_j},
        )


def _logic_unit(ran: Ran, rest: _Rest, pe: int, layer: str | None) -> Unit:
    path = f"tile.pe_{pe}.logic"
    part = ran.activity.parts.get(path)
    running = None if part is None else part.phases[Phase.RUNNING]
    return Unit(
        path=path,
        layer=layer,
        work_j={} if part is None else logic_j(ran, part),
        rest_j={
            "pe_gates": rest.gates_j(ran, running),
            # Nothing keeps words from the wires to macros that they are not meant for.
            "wires": rest.passed(running) * rest.words * ran.wires.to_all_macros_j,
            "leakage": rest.leakage_j,
        },
        host_j=0.0 if part is None else host_j(ran, rest.block, part),
    )


def _core_unit(ran: Ran) -> Unit:
    part, core, node_nm = ran.activity.parts["tile.core"], ran.blocks.core, ran.chip.node_nm
    leakage_w = logic_leakage_w(core.mapped, node_nm)
    leakage_w += memories_leakage_w(ran.core_memories, node_nm)
    return Unit(
        path="tile.core",
        layer=None,
        work_j=core_j(ran, part),
        rest_j={"leakage": leakage_w * ran.seconds},
        host_j=host_j(ran, core, part),
    )
