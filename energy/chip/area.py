"""Square metres of a chip, and where its blocks lie."""

from collections.abc import Iterable
from dataclasses import dataclass

from behavioral.device import preset
from cosim.memories import Memory
from energy import memory
from energy.area import MacroArea, adc_area, macro_area
from energy.chip.interconnect import interconnect
from energy.chip.links import Links
from energy.drivers import transistor_area
from energy.floorplan import MOST_EMPTY, Floorplan, floorplan
from energy.transistor import transistor
from energy.wires import wire
from hw_spec.chip import ChipSpec
from hw_spec.sourced import Sourced
from hw_spec.tile import TileSpec

LEFT_OUT = (
    "gates between core and PEs: forks of the tree for words, and what joins results",
    "level shifters of the host port",
)
"""What this area does not have, besides what its parts leave out."""


@dataclass(frozen=True, kw_only=True)
class Digital:
    """Placed area of the generated blocks, at the node of the chip, in square metres."""

    macro: Sourced
    pe_logic: Sourced
    core: Sourced


@dataclass(frozen=True, kw_only=True)
class ChipArea:
    """A chip: so many PEs, each with so many macros, and one core."""

    table: tuple[int, int]
    """PEs, and macros of each."""

    macro: MacroArea
    """One macro."""

    digital: Digital
    """One of each block."""

    pe_memories: Sourced
    """Memories of one PE."""

    core_memories: Sourced

    repeaters: Sourced
    """All repeaters of the wires between blocks."""

    plan: Floorplan

    @property
    def total_m2(self) -> float:
        """Area of the chip, with what the floorplan leaves empty."""
        return self.plan.chip.area_m2

    def parts_m2(self) -> dict[str, float]:
        """Return what takes the area of the chip; all together it is the total."""
        pes, macros_per_pe = self.table
        macros, one = pes * macros_per_pe, self.macro
        parts = {
            "array": macros * one.array.value,
            "row_drivers": macros * one.row_drivers.value,
            "multiplexers": macros * one.multiplexers.value,
            "level_shifters": macros * one.level_shifters.value,
            "adcs": macros * one.adcs.value,
            "macro_gates": macros * one.digital.value,
            "pe_gates": pes * self.digital.pe_logic.value,
            "core_gates": self.digital.core.value,
            "memories": pes * self.pe_memories.value + self.core_memories.value,
            "repeaters": self.repeaters.value,
        }
        return parts | {"empty": max(0.0, self.total_m2 - sum(parts.values()))}


def chip_area(
    chip: ChipSpec,
    tile: TileSpec,
    digital: Digital,
    *,
    links: Links,
    pe_memories: Iterable[Memory],
    core_memories: Iterable[Memory],
) -> ChipArea:
    """Return the area of a chip.

    Parameters
    ----------
    chip : ChipSpec
        Device, node and clock.
    tile : TileSpec
        Macros, PEs and core.
    digital : Digital
        Its generated blocks as placed, without memories.
    links : Links
        Wires between them. Their repeaters are those of a floorplan that has none yet.
    pe_memories, core_memories : iterable of Memory
        Memories of one PE and of the core.

    Raises
    ------
    ValueError
        If transistors, wires or scaling factors of the node are unknown.
    """
    spec, device, node_nm = tile.macro, preset(chip.device), chip.node_nm
    columns = spec.bit_lines + (spec.encoding == "offset")
    rate_hz = 1 / (spec.adc.conversion_cycles * chip.clock_period_s.value)
    one = macro_area(
        device.cell,
        transistor(node_nm),
        wire(node_nm, "local"),
        rows=spec.rows,
        columns=columns,
        selected=spec.bit_lines,
        selects=spec.columns_per_adc,
        lanes=spec.lanes,
        column_s=spec.rows * device.g_max_s,
        adc=adc_area(bits=spec.adc.bits, node_nm=node_nm, rate_hz=rate_hz),
        digital=digital.macro,
    )
    kept = {"pe": pe_memories, "core": core_memories}
    memories = {name: _memories(some, node_nm) for name, some in kept.items()}
    table = (tile.table.pes, tile.table.macros_per_pe)

    def planned(repeaters_m2: float) -> Floorplan:
        each_m2 = digital.pe_logic.value + memories["pe"].value + repeaters_m2 / table[0]
        return floorplan(
            macro_m2=one.total_m2(),
            macros_per_pe=table[1],
            pe_logic_m2=each_m2,
            pes=table[0],
            core_m2=digital.core.value + memories["core"].value,
        )

    wires = interconnect(planned(0.0), links, node_nm)
    repeaters = transistor_area(wires.repeaters_m, node_nm)
    return ChipArea(
        table=table,
        macro=one,
        digital=digital,
        pe_memories=memories["pe"],
        core_memories=memories["core"],
        repeaters=repeaters,
        plan=planned(repeaters.value),
    )


def area_numbers(area: ChipArea) -> dict[str, Sourced]:
    """Return the numbers that an area rests on, by name."""
    one = area.macro
    names = ("array", "row_drivers", "multiplexers", "level_shifters", "adcs")
    return {
        **{f"macro_{name}_area": getattr(one, name) for name in names},
        **{f"{name}_gates_area": number for name, number in vars(area.digital).items()},
        "pe_memories_area": area.pe_memories,
        "core_memories_area": area.core_memories,
        "repeaters_area": area.repeaters,
        "most_empty_places": MOST_EMPTY,
    }


def _memories(memories: Iterable[Memory], node_nm: int) -> Sourced:
    bits = sum(one.words * one.width for one in memories)
    return memory.area(bits=bits, node_nm=node_nm)
