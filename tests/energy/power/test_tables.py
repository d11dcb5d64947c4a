import numpy as np
import pytest

from energy.library import Table
from energy.power.tables import looked_up

TABLE = Table(np.array([1.0, 2, 4]), np.array([10.0, 20]), np.array([[0.0, 10], [4, 20], [5, 40]]))


@pytest.mark.parametrize(
    ("slew", "load", "figure"),
    [
        (2, 20, 20),  # a point
        (1.5, 10, 2),  # half-way along
        (1, 15, 5),  # half-way across
        (3, 12, 0.8 * 4.5 + 0.2 * 30),  # by hand: between four points
        (0, 10, -4),  # in line with the first two points
        (6, 20, 60),  # in line with the last two
        (4, 0, -30),
        (4, 30, 75),
    ],
)
def test_figures_lie_in_line_with_the_nearest_points(slew, load, figure):
    assert looked_up(TABLE, np.array([slew]), np.array([load])).tolist() == [pytest.approx(figure)]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (Table(np.zeros(1), np.zeros(1), np.array([[7.0]])), [7, 7]),
        (Table(np.array([1.0, 2]), np.zeros(1), np.array([[3.0], [5]])), [3, 7]),
        (Table(np.zeros(1), np.array([1.0, 2]), np.array([[4.0, 6]])), [6, 2]),
    ],
)
def test_one_point_of_an_axis_holds_for_all_of_it(table, expected):
    slews, loads = np.array([1.0, 3.0]), np.array([2.0, 0.0])
    assert looked_up(table, slews, loads).tolist() == expected


def test_shape_is_kept():
    at = np.full((2, 3), 2.0)
    assert looked_up(TABLE, at, 20.0).shape == (2, 3)
