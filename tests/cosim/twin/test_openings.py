import numpy as np

from cosim.twin.openings import NEVER, Openings

#                      0  1  2  3  4  5  6
FLAGS = np.array([0, 1, 1, 0, 0, 1, 0], dtype=bool)  # open in cycles 1, 2 and 5


def test_open_cycles_are_found_by_cycle_and_by_number():
    openings = Openings(FLAGS)
    found = [openings.cycle(openings.number_from(cycle)) for cycle in range(8)]
    assert found == [1, 1, 2, 5, 5, 5, NEVER, NEVER]
    assert openings.cycle(3) == openings.cycle(openings.number_from(NEVER)) == NEVER


def test_open_cycles_that_follow_are_those_found_one_by_one():
    openings = Openings(FLAGS)
    following = openings.following(np.array([0, 2, 5, 6, 100, NEVER]), 3)
    assert following.tolist() == [
        [1, 2, 5],
        [2, 5, NEVER],
        [5, NEVER, NEVER],
        *[[NEVER] * 3] * 3,
    ]
    assert openings.following(np.array([0, 2]), 0).shape == (2, 0)


def test_stream_that_never_pauses_is_open_in_every_cycle():
    openings = Openings()
    assert openings.cycle(openings.number_from(17)) == 17
    assert openings.following(np.array([3, NEVER]), 2).tolist() == [[3, 4], [NEVER, NEVER]]
