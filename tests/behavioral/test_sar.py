"""The SAR converter, against the flash converter, by hand and against published spreads."""

import numpy as np
import pytest

from behavioral import adc, sar
from hw_spec.macro import AdcSpec, MacroSpec


def macro(bits, *, lanes=4, step=1, zero_code=0):
    return MacroSpec(
        rows=1,
        columns=lanes,
        parallel_rows=1,
        columns_per_adc=1,
        cell_bits=1,
        input_bits=1,
        weight_bits=2,
        reference_level=0,
        adc=AdcSpec(
            kind="sar", bits=bits, step=step, zero_code=zero_code, conversion_cycles=bits + 1
        ),
    )


def made(spec, *, mismatch=0.0, noise_codes=0.0, seed=1):
    rng = np.random.default_rng(seed)
    return sar.make(spec, mismatch=mismatch, noise_codes=noise_codes, rng=rng)


def quiet(spec, values):
    return np.zeros((spec.adc.bits, *values.shape), dtype=np.float32)


@pytest.mark.parametrize("bits", [1, 4, 9])
@pytest.mark.parametrize(("step", "zero"), [(1, 0), (3, 1)])
def test_without_errors_it_gives_the_codes_of_the_flash_converter(bits, step, zero):
    spec = macro(bits, step=step, zero_code=zero)
    values = np.random.default_rng(2).uniform(-2, 2 + 2**bits, (200, 4)) * step
    values[0] = adc.references(spec.adc)[[0, -1, 0, -1]]  # reached exactly
    codes = sar.convert(made(spec), values, quiet(spec, values))
    np.testing.assert_array_equal(codes, adc.convert(values, spec.adc))


def test_trials_of_a_worked_example():
    # by hand, 4 bits at 0.3 of full scale, that is 4.8: trial 8 no, 4 yes, 6 no, 5 no
    spec = macro(4, lanes=2)
    converters, held = made(spec), np.array([4.3, 4.3])  # half a code lower, as its references are
    decisions = [
        sar.decide(converters, held, np.full(2, trial), np.zeros(2)).tolist()
        for trial in (8, 4, 6, 5)
    ]
    assert decisions == [[False] * 2, [True] * 2, [False] * 2, [False] * 2]


def test_mismatch_has_the_published_spread():
    # 8 bits, 1 % per unit capacitor: standard deviation of the middle step sqrt(2**8 - 1) * 1 % =
    # 0.1597 codes and of the middle level 0.5 * sqrt(2**8) * 1 % = 0.08 codes; of 1024 converters
    # these stray by 1/45 of themselves, three times that is allowed.
    spec = macro(8, lanes=1024)
    levels = made(spec, mismatch=0.01).thresholds
    middle = levels[:, 128] - levels[:, 127]
    assert (middle - 1).std() == pytest.approx(0.1597, rel=3 / 45)
    assert (levels[:, 128] - 127.5).std() == pytest.approx(0.08, rel=3 / 45)


def test_mismatch_is_frozen_and_differs_from_lane_to_lane():
    spec = macro(6)
    one, same, other = (made(spec, mismatch=0.05, seed=seed).thresholds for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert (one != other).mean() > 0.9
    assert (one[0, 1:] != one[1, 1:]).all()


def test_noise_turns_as_many_decisions_as_the_error_function_says():
    # 0.5 erfc(1 / sqrt(2)) = 0.1587 one deviation away from the level
    spec = macro(3, step=2)
    converters = made(spec, noise_codes=0.25)
    noise = np.random.default_rng(5).standard_normal((40_000, 4))
    held = np.full((40_000, 4), (4 - 0.5) * 2 - 0.5)
    wrong = sar.decide(converters, held, np.full(held.shape, 4), noise)
    assert wrong.mean() == pytest.approx(0.1587, abs=4 * (0.1587 * 0.8413 / 160_000) ** 0.5)


def test_levels_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        made(macro(3)).thresholds[0] = 0
