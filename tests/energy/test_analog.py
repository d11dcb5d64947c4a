import math

import pytest

from energy.analog import adc_conversion


@pytest.mark.parametrize(
    ("bits", "node_nm", "rate_hz", "energy_pj"),
    [(5, 32, 100e6, 0.93624), (8, 32, 100e6, 1.7137), (8, 130, 1e6, 23.905)],
)
def test_energy_equals_the_published_regression(bits, node_nm, rate_hz, energy_pj):
    energy = adc_conversion(bits=bits, node_nm=node_nm, rate_hz=rate_hz)
    # Computed from the regression of arXiv:2404.06553 apart from this code, to five digits.
    assert energy.value * 1e12 == pytest.approx(energy_pj, rel=3e-5)
    assert energy.unit == "J"


@pytest.mark.parametrize("bits", [1, 2, 3])
def test_fewer_than_4_bits_are_charged_as_4(bits):
    four = adc_conversion(bits=4, node_nm=32, rate_hz=1e8)
    assert adc_conversion(bits=bits, node_nm=32, rate_hz=1e8) == four
    assert four.value < adc_conversion(bits=5, node_nm=32, rate_hz=1e8).value


@pytest.mark.parametrize("bits", [4, 5, 8, 11])
def test_energy_is_flat_in_the_rate_until_the_rate_limits(bits):
    def energy_j(rate_hz):
        return adc_conversion(bits=bits, node_nm=32, rate_hz=rate_hz).value

    assert energy_j(1e3) == energy_j(1e6)
    # by hand: the branches meet where 213.7807 - 2.871903 ln f = 128.3068 + 3.220521 bits; from
    # there on the merit loses 2.871903 ln 10 dB per decade
    limit_hz = math.exp((213.7807 - 128.3068 - 3.220521 * bits) / 2.871903)
    assert energy_j(0.99 * limit_hz) == energy_j(1e3)
    per_decade = 10 ** (2.871903 * math.log(10) / 10)
    assert energy_j(10 * limit_hz) / energy_j(1e3) == pytest.approx(per_decade, rel=1e-6)


def test_8_bits_are_limited_by_the_rate_from_1_gigahertz_on():
    rates_hz = (1e6, 1.0e9, 1.1e9)  # by hand: the branches meet at 1.07 GHz
    slow, fast, faster = (
        adc_conversion(bits=8, node_nm=32, rate_hz=rate_hz).value for rate_hz in rates_hz
    )
    assert slow == fast < faster


def test_energy_grows_with_the_node():
    # by hand: (130 / 32) ** 1.8800369
    small, large = (adc_conversion(bits=8, node_nm=nm, rate_hz=1e6).value for nm in (32, 130))
    assert large / small == pytest.approx(13.94935, rel=1e-6)


def test_source_names_the_publication_and_what_was_put_in():
    number = adc_conversion(bits=3, node_nm=32, rate_hz=1e8)
    assert number.source == "arXiv:2404.06553, ADC regression, 4 bits, 32 nm"
    assert not number.assumed
