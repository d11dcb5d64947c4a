import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.duplicate import Option, fill, least_maximum, least_sum, useful_copies


def options_of(rows, pes, cycles):
    return [
        Option(copies=n, pes=n * pes, cycles=math.ceil(rows / n) * cycles)
        for n in useful_copies(rows)
    ]


LAYERS = st.lists(
    st.builds(options_of, st.integers(1, 9), st.integers(1, 4), st.integers(1, 20)),
    min_size=1,
    max_size=4,
)


def every_choice(layers, pes):
    """All choices that fit, by brute force."""
    choices = itertools.product(*layers)
    return [choice for choice in choices if sum(option.pes for option in choice) <= pes]


@pytest.mark.parametrize("rows", range(1, 40))
def test_useful_copies_are_the_fewest_for_each_height_of_strips(rows):
    heights = {}
    for copies in range(1, rows + 1):
        heights.setdefault(math.ceil(rows / copies), copies)
    assert useful_copies(rows) == sorted(heights.values())


@settings(deadline=None)
@given(layers=LAYERS, spare=st.integers(0, 30))
def test_no_choice_is_faster_layer_by_layer(layers, spare):
    pes = sum(options[0].pes for options in layers) + spare
    chosen = least_sum(layers, pes)
    assert sum(option.pes for option in chosen) <= pes
    assert all(option in options for option, options in zip(chosen, layers, strict=True))
    fastest = min(sum(o.cycles for o in choice) for choice in every_choice(layers, pes))
    assert sum(option.cycles for option in chosen) == fastest


@settings(deadline=None)
@given(layers=LAYERS, spare=st.integers(0, 30))
def test_no_choice_has_a_faster_slowest_stage(layers, spare):
    pes = sum(options[0].pes for options in layers) + spare
    chosen = least_maximum(layers, pes)
    assert sum(option.pes for option in chosen) <= pes
    fastest = min(max(o.cycles for o in choice) for choice in every_choice(layers, pes))
    assert max(option.cycles for option in chosen) == fastest
    # And no layer has more copies than the slowest stage needs.
    for option, options in zip(chosen, layers, strict=True):
        fewer = [other for other in options if other.copies < option.copies]
        assert all(other.cycles > fastest for other in fewer)


def test_pes_that_gain_nothing_are_left():
    layers = [options_of(1, 1, 5), options_of(2, 1, 5)]
    assert [option.copies for option in least_sum(layers, 50)] == [1, 2]
    assert [option.copies for option in least_maximum(layers, 50)] == [1, 2]


def test_greed_would_not_do():
    # The best gain per PE is 12 for 1 PE; but 20 for 2 is more, and all there is room for.
    small = [Option(copies=1, pes=1, cycles=24), Option(copies=2, pes=2, cycles=12)]
    large = [Option(copies=1, pes=2, cycles=40), Option(copies=2, pes=4, cycles=20)]
    assert [option.copies for option in least_sum([small, large], 5)] == [1, 2]


@pytest.mark.parametrize(
    ("pes", "copies"),
    [
        (12, [3, 1]),  # groups of 6, as the large layer: 6 // 2 copies of the small one
        (100, [3, 1]),
        (11, [1, 1]),  # groups of 3: with 4, there would be 4 + 8
        (8, [1, 1]),  # groups of 2
    ],
)
def test_copies_fill_the_groups_of_a_layer(pes, copies):
    layers = [options_of(8, 2, 1), options_of(8, 6, 1)]
    assert [option.copies for option in fill(layers, pes)] == copies


def test_no_copy_idles_in_a_group():
    # A group of 12 would hold 12 copies; 5 rows are best shared by 5, and 11 of 12 by 1.
    layers = [options_of(5, 1, 1), options_of(8, 12, 1)]
    assert [option.copies for option in fill(layers, 24)] == [5, 1]
