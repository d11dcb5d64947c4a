from itertools import product

import pytest

from energy.floorplan import (
    Grid,
    Rectangle,
    floorplan,
    grid,
    h_tree,
    square,
)

UNIT = Rectangle(1e-3, 1e-3)


@pytest.mark.parametrize(
    ("unit", "count", "columns", "rows"),
    [
        (UNIT, 1, 1, 1),
        (UNIT, 9, 3, 3),
        (UNIT, 10, 3, 4),
        (UNIT, 2, 1, 2),
        (Rectangle(4e-3, 1e-3), 16, 2, 8),
        (Rectangle(1e-3, 100e-3), 5, 5, 1),
        # 3 by 2 places of 9 by 10 are nearer to a square than 6 by 10, but a third is empty
        (Rectangle(3e-3, 5e-3), 4, 2, 2),
        # so are 4 by 2 of 20 by 18, with three eighths empty; 3 by 2 have a sixth
        (Rectangle(5e-3, 9e-3), 5, 3, 2),
    ],
)
def test_grid_is_nearest_to_a_square(unit, count, columns, rows):
    one = grid(unit, count)
    assert (one.columns, one.rows) == (columns, rows)
    assert one.columns * one.rows >= count


def test_square_by_hand():
    assert square(4e-6) == Rectangle(2e-3, 2e-3)
    with pytest.raises(ValueError, match=r"^Area must be above zero, not 0\.0 m2$"):
        square(0.0)


@pytest.mark.parametrize(("macros", "pes"), [(9, 200), (1, 1), (2, 8), (9, 16)])
def test_areas_are_kept(macros, pes):
    areas = {"macro_m2": 3e-9, "pe_logic_m2": 5e-9, "core_m2": 40e-9}
    plan = floorplan(macros_per_pe=macros, pes=pes, **areas)
    assert plan.macros.unit.area_m2 == pytest.approx(3e-9)
    place = plan.macros.outline.area_m2 + 5e-9
    assert plan.pes.unit.area_m2 == pytest.approx(place)
    assert plan.chip.area_m2 == pytest.approx(plan.pes.outline.area_m2 + 40e-9)
    # What is empty are places without PE or macro.
    empty = plan.macros.columns * plan.macros.rows - macros
    empty_m2 = pes * empty * 3e-9 + (plan.pes.columns * plan.pes.rows - pes) * place
    assert (1 - plan.occupied) * plan.chip.area_m2 == pytest.approx(empty_m2, abs=1e-18)
    assert plan.occupied <= 1 + 1e-12


@pytest.mark.parametrize("forks", [0, 1, 2, 3, 5])
def test_tree_of_a_square_grid_equals_the_closed_form(forks):
    side = 2**forks
    tree = h_tree(Grid(side, side, UNIT, side * side))
    # by hand: N / 2 (1 - 1 / N) pitches in each direction
    assert tree.levels == 2 * forks
    assert tree.path_m == pytest.approx((side - 1) * 1e-3)
    # by hand: the k-th fork in x has 2 4^(k - 1) branches of N / 2^(k + 1), in y twice as many
    total = sum(3 * 2 * 4 ** (k - 1) * side / 2 ** (k + 1) for k in range(1, forks + 1))
    branches = tree.branches_to(range(side * side))
    found_m = sum(n * one_m for n, one_m in zip(branches, tree.branches_m, strict=True))
    assert found_m == pytest.approx(total * 1e-3)


@pytest.mark.parametrize(("columns", "rows"), [(4, 4), (8, 2), (1, 16), (2, 2), (16, 4)])
def test_tree_equals_one_that_is_walked(columns, rows):
    places = Grid(columns, rows, Rectangle(1e-3, 2e-3), columns * rows)
    tree = h_tree(places)
    # Every leaf lies at the path's distance from the centre, if one walks by halves to it.
    for column, row in product(range(columns), range(rows)):
        walked = 0.0
        for index, count, pitch in ((column, columns, 1e-3), (row, rows, 2e-3)):
            low, high = 0, count
            while high - low > 1:
                middle = (low + high) // 2
                walked += (high - low) / 4 * pitch
                low, high = (middle, high) if index >= middle else (low, middle)
        assert tree.path_m == pytest.approx(walked)


def test_odd_grids_get_the_next_tree():
    assert h_tree(Grid(3, 1, UNIT, 3)).levels == 2
    assert h_tree(Grid(5, 3, UNIT, 15)).levels == 5


@pytest.mark.parametrize(
    ("grid", "leaves", "branches"),
    [
        ((2, 2, 4), range(4), (2, 4)),
        ((2, 2, 4), range(3, 4), (1, 1)),
        ((2, 2, 4), range(2), (1, 2)),
        ((2, 2, 4), range(1, 3), (2, 2)),
        # by hand: of 9 in 4 levels, the second half of the tree has a single leaf
        ((3, 3, 9), range(9), (2, 3, 5, 9)),
        ((3, 3, 9), range(8, 9), (1, 1, 1, 1)),
        # five levels for what four could hold: the last one does not fork
        ((5, 3, 15), range(15), (2, 4, 8, 15, 15)),
        ((1, 1, 1), range(1), ()),
    ],
)
def test_branches_that_lead_nowhere_are_not_there(grid, leaves, branches):
    columns, rows, count = grid
    assert h_tree(Grid(columns, rows, UNIT, count)).branches_to(leaves) == branches
