"""Where the blocks of a chip lie, and the power of each."""

import re
from dataclasses import dataclass

from ohmloop.page.chip_schema import ChipEnergy, Floorplan, UnitSpent

CORE = "tile.core"
UNIT_PATH = re.compile(r"tile\.(?:core|pe_(\d+)\.(?:logic|macro_(\d+)))")


@dataclass(frozen=True, kw_only=True)
class Box:
    """Where a block lies, in metres from the upper left corner, and its mean power."""

    x: float
    y: float
    width: float
    height: float
    unit: UnitSpent
    power_w: float

    @property
    def of(self) -> str:
        """Layer it takes part in, or what it is if it takes part in none."""
        return self.unit.layer or ("core" if self.unit.path == CORE else "at rest")

    @property
    def area_m2(self) -> float:
        """Area, in square metres."""
        return self.width * self.height

    @property
    def density(self) -> float:
        """Power per area, in watts per square metre; 0 without any area."""
        return self.power_w / self.area_m2 if self.area_m2 else 0.0


def place_units(energy: ChipEnergy) -> list[Box]:
    """Return where every macro, the logic of every PE, and the core lie.

    PEs, and macros in them, follow each other row by row. The logic of a PE takes the right of its
    place, the core all below the PEs.

    Raises
    ------
    ValueError
        If a unit is none of these.
    """
    return [_box(energy.floorplan, unit, energy.seconds) for unit in energy.units]


def _box(plan: Floorplan, unit: UnitSpent, seconds: float) -> Box:
    found = UNIT_PATH.fullmatch(unit.path)
    if found is None:
        raise ValueError(f"Unit must be a macro, logic of a PE or the core, not {unit.path!r}")
    (pe_width, pe_height), (macro_width, macro_height) = plan.pe, plan.macro
    if found[1] is None:
        x, y = 0.0, plan.pes[1] * pe_height
        width, height = plan.chip[0], plan.chip[1] - y
    else:
        row, column = divmod(int(found[1]), plan.pes[0])
        x, y = column * pe_width, row * pe_height
        if found[2] is None:
            width, height = pe_width - plan.macros[0] * macro_width, pe_height
            x += pe_width - width
        else:
            row, column = divmod(int(found[2]), plan.macros[0])
            x, y = x + column * macro_width, y + row * macro_height
            width, height = macro_width, macro_height
    power_w = unit.total_j / seconds if seconds else 0.0
    return Box(x=x, y=y, width=width, height=max(0.0, height), unit=unit, power_w=power_w)
