"""The energy of a chip in ``report.json``, as :mod:`ohmloop.chip_entry` writes it."""

from typing import Annotated

from pydantic import BaseModel, Field

from energy.chip.ran import CAUSES
from ohmloop.page.holding import holding
from ohmloop.page.parts import STRICT, Amount, Count, MappedBlock

Length = Annotated[float, Field(gt=0)]
Pair = tuple[Length, Length]
Places = Annotated[int, Field(ge=1)]
Grid = tuple[Places, Places]


class Spent(BaseModel):
    """Joules by cause, and together."""

    model_config = STRICT

    joules: dict[str, Amount]
    total_j: Amount


class LayerSpent(Spent):
    """What the blocks of a layer spent at work."""

    name: str


class UnitSpent(Spent):
    """What a macro, the logic of a PE, or the core spent in all."""

    path: str
    layer: str | None


class LogicActivity(BaseModel):
    """What the logic of adders did; see :class:`energy.chip.adders.LogicActivity`."""

    model_config = STRICT

    nets: Count
    toggles: Count
    net_cycles: Count


class Blocks(BaseModel):
    """One of each kind."""

    model_config = STRICT

    macro: MappedBlock
    pe_logic: MappedBlock
    core: MappedBlock


class Floorplan(BaseModel):
    """Sides in metres, and columns and rows. The core lies below all PEs."""

    model_config = STRICT

    macro: Pair
    macros: Grid
    pe: Pair
    pes: Grid
    chip: Pair


class Clock(BaseModel):
    """The longest path of all blocks, and a conversion."""

    model_config = STRICT

    shortest_period_s: Amount
    """At the node of the library."""

    scaled_period_s: Amount
    """At that of the chip."""

    scaled_source: str
    part: str
    critical_path: tuple[str, str]
    conversion_s: Amount


class Merit(BaseModel):
    """Figures of merit; see :class:`energy.merit.Merit`."""

    model_config = STRICT

    operations_per_mac: Count
    seconds: Amount
    joules: Amount
    tops: Amount
    tops_per_watt: Amount
    tops_per_mm2: Amount
    frames_per_second: Amount
    watts: Amount
    energy_delay_js: Amount


class ChipEnergy(BaseModel):
    """Energy of all images of a run, area and clock of the chip."""

    model_config = STRICT

    images: Count
    cycles: Count
    clock_period_s: Amount
    seconds: Amount
    node_nm: Count
    supply_v: Amount
    joules: Annotated[dict[str, Amount], holding(CAUSES)]
    total_j: Amount
    host_j: Amount
    layers: tuple[LayerSpent, ...]
    shared: Spent
    gates: Blocks
    units: Annotated[tuple[UnitSpent, ...], Field(min_length=1)]
    adders: dict[str, LogicActivity]
    area: Annotated[dict[str, Amount], holding(("total_m2",))]
    floorplan: Floorplan
    clock: Clock
    macs: Count
    merit: tuple[Merit, Merit]
    left_out: tuple[str, ...]
