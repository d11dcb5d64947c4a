"""Rectangles of macros, processing elements and chip, and the wires between them."""

import math
from dataclasses import dataclass

from hw_spec.check import integer
from hw_spec.sourced import Sourced

MOST_EMPTY = Sourced(0.2, "1", "assumed: at most a fifth of the places of a grid stay empty")

LEFT_OUT = (
    "wires from the edge of a block to its centre, where the tree begins",
    "detours around blocks and congestion",
)
"""What this floorplan does not have."""


@dataclass(frozen=True)
class Rectangle:
    """Room on the chip."""

    width_m: float
    height_m: float

    @property
    def area_m2(self) -> float:
        """Area, in square metres."""
        return self.width_m * self.height_m


@dataclass(frozen=True)
class Grid:
    """Equal rectangles in rows and columns; some places of the last row may be empty."""

    columns: int
    rows: int
    unit: Rectangle

    count: int
    """Number of rectangles."""

    @property
    def outline(self) -> Rectangle:
        """Room of all places."""
        return Rectangle(self.columns * self.unit.width_m, self.rows * self.unit.height_m)


@dataclass(frozen=True)
class Floorplan:
    """Where things are: macros in a PE, PEs and the core in the chip."""

    macros: Grid
    """Macros of one PE."""

    pes: Grid
    """PEs of the chip. A place has room for its macros and for the logic of the PE."""

    chip: Rectangle
    """PEs and, along their whole width, the core."""

    occupied: float
    """Share of the chip that is not left empty."""


@dataclass(frozen=True)
class Tree:
    """An H-tree from the centre of a grid to each of its places, for one bit of a bus."""

    leaves: int
    """Places that it leads to."""

    branches_m: tuple[float, ...]
    """Length of a branch behind each fork, from the root on."""

    path_m: float
    """From the root to any leaf. If each bit goes to one leaf, the bus takes this times its width,
    as the branches of a level share the width of the trunk."""

    @property
    def levels(self) -> int:
        """How often it forks."""
        return len(self.branches_m)

    def branches_to(self, leaves: range) -> tuple[int, ...]:
        """Return how many branches lead to any of these leaves, behind each fork from the root on.

        Leaves are numbered as a binary tree has them, one beside the other.
        """
        bits = (self.leaves - 1).bit_length()
        return tuple(
            len({leaf >> max(0, bits - level) for leaf in leaves})
            for level in range(1, self.levels + 1)
        )


def square(area_m2: float) -> Rectangle:
    """Return a square of some area.

    Raises
    ------
    ValueError
        If the area is not above zero.
    """
    if not area_m2 > 0:
        raise ValueError(f"Area must be above zero, not {area_m2!r} m2")
    return Rectangle(math.sqrt(area_m2), math.sqrt(area_m2))


def grid(unit: Rectangle, count: int) -> Grid:
    """Return the grid of a number of rectangles that is nearest to a square.

    Of those that leave at most ``MOST_EMPTY`` of their places empty; of equals, the one with the
    fewest empty places, then the first is taken.
    """
    integer("Number of blocks", count, 1, 10**6)

    def places(columns: int) -> int:
        return columns * math.ceil(count / columns)

    def stretch(columns: int) -> tuple[float, int]:
        rows = math.ceil(count / columns)
        sides = math.log(columns * unit.width_m / (rows * unit.height_m))
        return abs(round(sides, 9)), places(columns)

    fitting = (n for n in range(1, count + 1) if 1 - count / places(n) <= MOST_EMPTY.value)
    columns = min(fitting, key=stretch)
    return Grid(columns, math.ceil(count / columns), unit, count)


def floorplan(
    *, macro_m2: float, macros_per_pe: int, pe_logic_m2: float, pes: int, core_m2: float
) -> Floorplan:
    """Return a floorplan from areas.

    Macros are squares. The logic of a PE widens the place of the PE; the core lies below all PEs.

    Parameters
    ----------
    macro_m2 : float
        Area of one macro.
    macros_per_pe, pes : int
        Macros of a PE, and PEs of the chip.
    pe_logic_m2, core_m2 : float
        Area of the logic of one PE besides its macros, and of all that serves the whole chip.
    """
    macros = grid(square(macro_m2), macros_per_pe)
    inner = macros.outline
    place = Rectangle(inner.width_m + pe_logic_m2 / inner.height_m, inner.height_m)
    places = grid(place, pes)
    outer = places.outline
    chip = Rectangle(outer.width_m, outer.height_m + core_m2 / outer.width_m)
    filled_m2 = pes * (macros_per_pe * macro_m2 + pe_logic_m2) + core_m2
    return Floorplan(macros, places, chip, filled_m2 / chip.area_m2)


def h_tree(places: Grid) -> Tree:
    """Return the tree that joins the centre of a grid to its places.

    Forks alternate between the directions; each halves what is left of its own, so a branch is half
    as long as the one before it in that direction. Manual of 3D+NeuroSim V1.0, section 5.1, Fig. 3.
    A grid that is no power of two gets the tree of the next one, without branches to nowhere.
    """
    outline = places.outline
    left = {
        "x": (math.ceil(math.log2(places.columns)), outline.width_m),
        "y": (math.ceil(math.log2(places.rows)), outline.height_m),
    }
    lengths: list[float] = []
    while any(forks for forks, _ in left.values()):
        # The direction with more forks left goes first, so that both end together.
        axis = max(left, key=lambda one: left[one][0])
        forks, side_m = left[axis]
        left[axis] = (forks - 1, side_m / 2)
        lengths.append(side_m / 4)
    return Tree(leaves=places.count, branches_m=tuple(lengths), path_m=sum(lengths))
