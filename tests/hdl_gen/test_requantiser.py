"""Requantiser, in Amaranth's own simulator, against the rule that all levels share."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.requantiser import Requantiser
from hw_spec.numbers import requantise
from hw_spec.port import pack, unpack
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS

FAST = {"columns": 12, "columns_per_adc": 1, "parallel_rows": 4, "input_bits": 1}
SIZES = {
    "one lane": {},
    "six lanes": FAST,
    "one-bit activations": {"input_bits": 1, "columns_per_adc": 4},
    "wide activations": {"input_bits": 16, "adc": {"bits": 8}},
}


def drive_of(tile, beat):
    if beat is None:
        return {"valid": 0}
    sums, biases, multipliers = zip(*beat, strict=True)
    return {
        "valid": 1,
        "sums": pack(sums, tile.sum_bits),
        "biases": pack(biases, BIAS_BITS),
        "multipliers": pack(multipliers, MULTIPLIER_BITS),
    }


def activations(run_cycles, tile, beats, *, shift, zero):
    """Return the activations of each cycle, None if there are none.

    A beat is a list of sum, bias and multiplier for each lane, or None.
    """
    drives = [drive_of(tile, beat) for beat in [*beats, None, None, None]]
    drives[0] |= {"shift": shift, "zero": zero}
    bits, lanes = tile.macro.input_bits, tile.sums_per_beat
    return [
        unpack(one["activations"], bits, lanes) if one["activations_valid"] else None
        for one in run_cycles(Requantiser(tile), drives)
    ]


def expected(tile, beats, *, shift, zero):
    """Return the same by the rule, three cycles later."""
    results = [
        None
        if beat is None
        else [
            requantise(
                psum,
                bias=bias,
                multiplier=scale,
                shift=shift,
                zero=zero,
                bits=tile.macro.input_bits,
            )
            for psum, bias, scale in beat
        ]
        for beat in beats
    ]
    return [None] * 3 + results


def extremes(bits):
    return [-(2 ** (bits - 1)), -1, 0, 1, 2 ** (bits - 1) - 1]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shift", [0, 1, 7, 31, 62, 63])
def test_extremes_are_requantised_by_the_rule(tile_spec, run_cycles, size, shift):
    tile = tile_spec(3, 5, **SIZES[size])
    cases = itertools.product(
        extremes(tile.sum_bits), extremes(BIAS_BITS), [0, 1, 2 ** (MULTIPLIER_BITS - 1), 2**16 - 1]
    )
    beats = [[case] * tile.sums_per_beat for case in cases]
    for zero in (0, 2**tile.macro.input_bits - 1):
        found = activations(run_cycles, tile, beats, shift=shift, zero=zero)
        assert found == expected(tile, beats, shift=shift, zero=zero)


def test_halves_are_rounded_up_before_the_zero_is_added(tile_spec, run_cycles):
    tile = tile_spec(input_bits=4, parallel_rows=1)
    beats = [[(psum, 0, 1)] for psum in (-7, -6, -5, -2, 1, 2, 3, 6)]
    # by hand: halves of quarters towards plus infinity, plus 5
    assert activations(run_cycles, tile, beats, shift=2, zero=5)[3:] == [
        [value] for value in (3, 4, 4, 5, 5, 6, 6, 7)
    ]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_beats_with_gaps_are_requantised_by_the_rule(tile_spec, run_cycles, data):
    tile = tile_spec(
        data.draw(st.integers(1, 5)),
        data.draw(st.integers(1, 9)),
        **data.draw(st.sampled_from(list(SIZES.values()))),
    )
    lane = st.tuples(
        st.integers(-(2 ** (tile.sum_bits - 1)), 2 ** (tile.sum_bits - 1) - 1),
        st.integers(-(2**31), 2**31 - 1) | st.integers(-20, 20),
        st.integers(0, 2**16 - 1),
    )
    beat = st.lists(lane, min_size=tile.sums_per_beat, max_size=tile.sums_per_beat)
    beats = data.draw(st.lists(st.none() | beat, min_size=1, max_size=10))
    shift = data.draw(st.integers(0, 63))
    zero = data.draw(st.integers(0, 2**tile.macro.input_bits - 1))
    found = activations(run_cycles, tile, beats, shift=shift, zero=zero)
    assert found == expected(tile, beats, shift=shift, zero=zero)


def test_nothing_moves_without_a_beat(tile_spec, run_cycles):
    tile = tile_spec()
    idle = [{"valid": 0, "sums": n, "biases": n, "multipliers": n} for n in range(1, 8)]
    idle[3:] = [drive | {"shift": n, "zero": n} for n, drive in enumerate(idle[3:], start=1)]
    first = drive_of(tile, [(5, 1, 1)])
    seen = run_cycles(Requantiser(tile), [first, *idle])
    assert [one["activations"] for one in seen] == [0, 0, 0, 6, 6, 6, 6, 6]
