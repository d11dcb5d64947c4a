"""Energy of the converters. That of the array comes from its currents, in the analog service."""

import math

from hw_spec.sourced import Sourced

FEWEST_BITS = 4
"""The regression covers converters of at least 4 effective bits; fewer are charged as 4."""


def adc_conversion(*, bits: int, node_nm: float, rate_hz: float) -> Sourced:
    """Return the energy of one conversion, in joules, by a published regression.

    Figure of merit F = min(213.7807 - 2.871903 ln f, 128.3068 + 3.220521 n) in dB with n bits and
    the rate f; energy = 1/2 10**((SNDR - F) / 10) exp(24.579419 + 1.8800369 ln node - 2.8291256
    ln n) in pJ, SNDR = 6.0206 n + 1.7609 in dB. A fit of the best published designs, so optimistic.

    Parameters
    ----------
    bits : int
        Width of a code, taken as effective bits.
    node_nm : float
        Technology node, in nanometres.
    rate_hz : float
        Conversions per second of one ADC.
    """
    n = max(bits, FEWEST_BITS)
    merit_db = min(213.7807 - 2.871903 * math.log(rate_hz), 128.3068 + 3.220521 * n)
    sndr_db = 6.0206 * n + 1.7609
    scale = math.exp(24.579419 + 1.8800369 * math.log(node_nm) - 2.8291256 * math.log(n))
    energy_j = 0.5e-12 * 10 ** ((sndr_db - merit_db) / 10) * scale
    return Sourced(energy_j, "J", f"arXiv:2404.06553, ADC regression, {n} bits, {node_nm:g} nm")
