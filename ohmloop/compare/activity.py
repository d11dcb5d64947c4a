"""How often the registers of a run switched, beside what NeuroSim takes as given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosim.build import tile_design
from energy.blocks import CONTROL, FIXED, Work, core_by_block, updates
from energy.neurosim import ACTIVITIES, activity
from hdl_gen.emit import CORE
from hw_spec.sourced import Sourced
from ohmloop.compare.widths import block_bits
from ohmloop.page.parts import NetworkLayer
from ohmloop.page.schema import NetworkRun

CORE_CONTROL = "control of the core"


@dataclass(frozen=True, kw_only=True)
class BlockActivity:
    """What the registers of a block did, while the layers that it belongs to ran."""

    block: str
    toggles: int

    bit_cycles: int
    """Bits times clock cycles."""

    updates: int
    """Bits that took a value, whether it was a new one or not."""

    @property
    def per_cycle(self) -> float:
        """Share of cycles in which a bit switched."""
        return activity(toggles=self.toggles, bits=1, cycles=self.bit_cycles)

    @property
    def per_update(self) -> float:
        """Share of the values taken that switched a bit. NeuroSim charges an operation so."""
        return activity(toggles=self.toggles, bits=1, cycles=self.updates)

    @property
    def fixed(self) -> Sourced | None:
        """What NeuroSim takes as given; None where it takes nothing."""
        name = "control" if self.block == CORE_CONTROL else FIXED[self.block]
        return None if name is None else ACTIVITIES[name]


def layer_activities(
    run: NetworkRun, *, images: int, build_dir: Path
) -> dict[str, list[BlockActivity]]:
    """Return what the PEs of each layer with macros did, by its name, block by block.

    Raises
    ------
    ValueError
        If the report does not tell it.
    """
    tile, found = run.chip_description.tile_spec(), {}
    bits = block_bits(tile, build_dir)
    for layer in run.layers:
        if not layer.macros:
            continue
        work, toggles = _work(layer), layer.toggles.blocks
        if toggles is None:
            raise ValueError(
                f"Toggles of layer '{layer.name}' must be counted, but were not; run the network "
                "again without --no-toggles"
            )
        widths = bits(work.macros, work.pes)
        written = updates(tile, work, widths)
        found[layer.name] = [
            BlockActivity(
                block=block,
                toggles=toggles[block],
                bit_cycles=images * widths[block] * work.cycles,
                updates=images * written[block],
            )
            for block in FIXED
        ]
    return found


def core_activity(run: NetworkRun, *, images: int, build_dir: Path) -> BlockActivity | None:
    """Return what the control of the core did; None if the report does not tell it."""
    if run.core_toggles is None:
        return None
    registers = tile_design(run.chip_description.tile_spec(), build_dir, CORE).registers
    widths = core_by_block({path.partition(".")[2]: bits for path, bits in registers.items()})
    cycles = images * widths[CONTROL] * (run.cycles.measured or run.cycles.predicted or 0)
    return BlockActivity(
        block=CORE_CONTROL,
        toggles=run.core_toggles[CONTROL],
        bit_cycles=cycles,
        updates=cycles,
    )


def total(layers: Mapping[str, Sequence[BlockActivity]]) -> list[BlockActivity]:
    """Return what all layers did together, block by block."""
    return [
        BlockActivity(
            block=same[0].block,
            toggles=sum(one.toggles for one in same),
            bit_cycles=sum(one.bit_cycles for one in same),
            updates=sum(one.updates for one in same),
        )
        for same in zip(*layers.values(), strict=True)
    ]


def _work(layer: NetworkLayer) -> Work:
    return Work(
        macros=layer.macros,
        pes=layer.pes,
        chains=layer.chains,
        vectors=layer.vectors,
        window=layer.window,
        cycles=layer.cycles.measured or layer.cycles.predicted or 0,
    )
