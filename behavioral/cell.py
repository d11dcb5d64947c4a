"""Memory cells as things that take room: how large a published cell is and how much it holds.

Sides are in feature sizes F. Along a word line lies the width, along a bit line the height.
"""

from dataclasses import dataclass

from hw_spec.sourced import Sourced

IEDM19 = "DNN+NeuroSim, IEDM 2019, Table 1"
TABLE_3 = "3D+NeuroSim V1.0 manual, Table III"
TABLE_4 = "3D+NeuroSim V1.0 manual, Table IV"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One memory cell, access transistor included."""

    bits: Sourced
    """Bits it holds where it was published."""

    area_features2: Sourced
    """Area, in squares of the feature size."""

    width_features: Sourced
    """Side along the word line, in feature sizes."""

    @property
    def height_features(self) -> float:
        """Side along the bit line, in feature sizes."""
        return self.area_features2.value / self.width_features.value

    def area_m2(self, node_nm: int) -> float:
        """Return the area at a node, in square metres: the feature size is the node."""
        return self.area_features2.value * (node_nm * 1e-9) ** 2


def _square(side_features: float, source: str, *, bits: int, column: str) -> Cell:
    return Cell(
        bits=Sourced(bits, "bit", f"{IEDM19}, {column}"),
        area_features2=Sourced(side_features**2, "feature2", source),
        width_features=Sourced(side_features, "feature", source),
    )


_HEIGHT_FIRST = "assumed: the second side of {}, which does not say which lies along the word line"

INTEL_RRAM = Cell(
    bits=Sourced(2, "bit", f"{IEDM19}, RRAM (Intel)"),
    area_features2=Sourced(5 * 12, "feature2", f"{TABLE_4}, 22 nm RRAM (Intel)"),
    width_features=Sourced(12, "feature", _HEIGHT_FIRST.format(f"{TABLE_4}, 22 nm RRAM (Intel)")),
)
TAOX_HFOX = _square(4, f"{TABLE_4}, 130 nm RRAM (Tsinghua)", bits=4, column="TaOx/HfOx (TsingHua)")
GST_PCM = _square(4, f"{TABLE_4}, 90 nm PCM (IBM)", bits=4, column="GST PCM (IBM)")
HZO_FEFET = Cell(
    bits=Sourced(4, "bit", f"{IEDM19}, HZO FeFET (NotreDame)"),
    area_features2=Sourced(4 * 6, "feature2", f"{TABLE_4}, 22 nm FeFET (GF)"),
    width_features=Sourced(6, "feature", _HEIGHT_FIRST.format(f"{TABLE_4}, 22 nm FeFET (GF)")),
)
# Table 1 gives chips of FeFET and of ECRAM the same area.
ECRAM = Cell(
    bits=Sourced(4, "bit", f"{IEDM19}, ECRAM (IBM)"),
    area_features2=Sourced(
        4 * 6, "feature2", "assumed: as the FeFET, the other cell with three terminals"
    ),
    width_features=Sourced(
        6, "feature", "assumed: as the FeFET, the other cell with three terminals"
    ),
)

_CACTI_SRAM = "CACTI 7, tech_params/32nm.dat, SRAM"
SRAM_32NM = Cell(
    bits=Sourced(1, "bit", f"{IEDM19}, SRAM"),
    area_features2=Sourced(146, "feature2", f"{_CACTI_SRAM} area_cell"),
    # sqrt(146 * 1.46)
    width_features=Sourced(14.6, "feature", f"{_CACTI_SRAM} area_cell and asp_ratio_cell"),
)
"""Six transistors, read as a cell of a crossbar: row by row, or many rows at a time."""


@dataclass(frozen=True, kw_only=True)
class SramCell:
    """A digital cell of six transistors: one bit, no range of conductances."""

    node_nm: int
    """Technology node it was published for, in nanometres."""

    area_features2: Sourced
    """Area, in squares of the feature size, taken as the node."""

    @property
    def area_m2(self) -> float:
        """Area, in square metres."""
        return self.area_features2.value * (self.node_nm * 1e-9) ** 2


SRAM = tuple(
    SramCell(node_nm=node_nm, area_features2=Sourced(area_features2, "feature2", source))
    for node_nm, area_features2, source in (
        (90, 146, "CACTI 7, tech_params/90nm.dat, SRAM area_cell"),
        (65, 146, "CACTI 7, tech_params/65nm.dat, SRAM area_cell"),
        (45, 146, "CACTI 7, tech_params/45nm.dat, SRAM area_cell"),
        (32, 146, "CACTI 7, tech_params/32nm.dat, SRAM area_cell"),
        (22, 200, f"{TABLE_3}, 6T"),
        (14, 300, f"{TABLE_3}, 6T"),
        (10, 400, f"{TABLE_3}, 6T"),
        (7, 600, f"{TABLE_3}, 6T"),
    )
)
"""Cells by node, those of the two SRAM chips of IEDM 2019, Table 1 (7 and 32 nm) among them. That
table gives SRAM one bit per cell, and neither resistance nor ratio."""


def sram_cell(node_nm: int) -> SramCell:
    """Return the SRAM cell of a node.

    Raises
    ------
    ValueError
        If the node is unknown; the message names the known ones.
    """
    for cell in SRAM:
        if cell.node_nm == node_nm:
            return cell
    known = ", ".join(str(cell.node_nm) for cell in SRAM)
    raise ValueError(f"Technology node must be one of {known} nm, not {node_nm!r}")
