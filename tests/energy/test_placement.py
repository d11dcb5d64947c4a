import math
import re
from itertools import product

import numpy as np
import pytest

from energy.placement import RENT_EXPONENT, fan_out_f, fan_out_m
from energy.wires import wire


@pytest.mark.parametrize("exponent", [0.4, 0.5, 0.6, 0.75])
@pytest.mark.parametrize("levels", [1, 2, 5, 8])
def test_wire_per_fan_out_equals_the_sum_over_levels(exponent, levels):
    cells = 4**levels
    side = 2 ** np.arange(levels)
    share = 4.0 ** (np.arange(levels) * (exponent - 1))
    pitches = (share * 2 / 9 * (7 * side - 1 / side)).sum() / share.sum()
    length_m = fan_out_m(block_m2=cells * 1e-12, cells=cells, rent_exponent=exponent)
    assert length_m == pytest.approx(pitches * 1e-6)


@pytest.mark.parametrize("side", [1, 2, 4])
def test_length_within_a_level_is_the_mean_of_all_pairs(side):
    # All pairs of cells in different squares of a two by two arrangement, counted one by one.
    spots = list(product(range(2 * side), repeat=2))
    lengths = [
        abs(a[0] - b[0]) + abs(a[1] - b[1])
        for a, b in product(spots, repeat=2)
        if (a[0] // side, a[1] // side) != (b[0] // side, b[1] // side)
    ]
    assert np.mean(lengths) == pytest.approx(2 / 9 * (7 * side - 1 / side))


def test_wire_of_a_synthesised_block_is_of_a_few_cells():
    # 20 thousand cells on 0.2 mm2 of 130 nm have a pitch of 3.2 um.
    block = {"block_m2": 0.2e-6, "cells": 20_000}
    length_m = fan_out_m(rent_exponent=RENT_EXPONENT.value, **block)
    assert 3 < length_m / 3.1623e-6 < 10
    one = fan_out_f(wire(130, "local"), **block)
    # 0.172375 fF/um of met1
    assert one.value == pytest.approx(length_m * 0.172375e-9, rel=1e-9, abs=0)
    assert one.unit == "F"
    assert one.assumed
    assert one.source.endswith("platforms/sky130hd/setRC.tcl, met1")


@pytest.mark.parametrize("exponent", [0.0, 1.0, math.nan])
def test_exponent_out_of_range(exponent):
    message = re.escape(f"Rent exponent must be between 0 and 1, not {exponent!r}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        fan_out_m(block_m2=1e-6, cells=100, rent_exponent=exponent)


def test_too_few_cells():
    with pytest.raises(ValueError, match=r"^Number of cells must be between 4 and "):
        fan_out_m(block_m2=1e-6, cells=3, rent_exponent=0.6)
