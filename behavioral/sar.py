"""Successive-approximation converter: capacitors with frozen mismatch, comparator with noise."""

from dataclasses import dataclass

import numpy as np

from behavioral.adc import code_type
from hw_spec.macro import MacroSpec


@dataclass(frozen=True, kw_only=True)
class SarConverters:
    """The converters of all lanes of one macro."""

    spec: MacroSpec

    thresholds: np.ndarray
    """float64, shape (lanes, 2**bits): level of the capacitor array at each trial, in conductance
    steps; a value that reaches it keeps the bit under trial."""

    noise_steps: float
    """Standard deviation of the noise of one decision, in conductance steps."""

    def __post_init__(self) -> None:
        self.thresholds.setflags(write=False)


def make(
    spec: MacroSpec, *, mismatch: float, noise_codes: float, rng: np.random.Generator
) -> SarConverters:
    """Return the converters of a macro, each with capacitors of its own.

    C_k = 2**k C_u (1 + e_k) with e_k normal of deviation mismatch / sqrt(2**k), and one more C_u
    that is always at ground. A trial of bits b_k gives the level V sum b_k C_k / sum C over a full
    scale V of ``2**bits`` codes; it is compared half a code below, as the flash converter does.

    Parameters
    ----------
    spec : MacroSpec
        Macro the converters belong to.
    mismatch : float
        Standard deviation of a unit capacitor, as a share of it; 0 gives the flash converter's
        references.
    noise_codes : float
        Standard deviation of the noise of one decision, in steps of the code.
    rng : numpy.random.Generator
        Source of the frozen mismatch; per lane the capacitors from C_0 up, then the grounded one.

    Notes
    -----
    Left out: offset of the comparator, settling, leakage of the held value.
    """
    bits, adc = spec.adc.bits, spec.adc
    nominal = np.append(2.0 ** np.arange(bits), 1.0)
    errors = mismatch / np.sqrt(nominal) * rng.standard_normal((spec.lanes, bits + 1))
    capacitors = nominal * (1 + errors)
    codes_per_bit = 2**bits * capacitors[:, :bits] / capacitors.sum(axis=1, keepdims=True)
    trials = np.arange(2**bits)
    levels = np.zeros((spec.lanes, 2**bits))
    for k in range(bits):
        levels += np.where(trials >> k & 1, codes_per_bit[:, k : k + 1], 0.0)
    thresholds = (levels - adc.zero_code - 0.5) * adc.step
    return SarConverters(spec=spec, thresholds=thresholds, noise_steps=noise_codes * adc.step)


def decide(
    converters: SarConverters, values: np.ndarray, trials: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Return whether each held value reaches its trial.

    Parameters
    ----------
    converters : SarConverters
        Converters of the macro.
    values : ndarray of float, shape (..., lanes)
        Held values, in conductance steps.
    trials : ndarray of int, shape (..., lanes)
        Codes on trial.
    noise : ndarray of float, shape (..., lanes)
        Standard normal numbers.

    Returns
    -------
    ndarray of bool, shape (..., lanes)
    """
    levels = converters.thresholds[np.arange(converters.spec.lanes), trials]
    return reached(values, levels, noise_steps=converters.noise_steps, noise=noise)


def reached(
    values: np.ndarray, levels: np.ndarray, *, noise_steps: float, noise: np.ndarray
) -> np.ndarray:
    """Return whether noisy values reach levels; arrays of one shape, the result is of bool.

    ``values`` and ``levels`` in conductance steps, ``noise`` standard normal numbers of the
    deviation ``noise_steps``.
    """
    return values + noise_steps * noise.astype(np.float64) >= levels


def convert(converters: SarConverters, values: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Convert held values to codes, bit by bit from the most significant down.

    Parameters
    ----------
    converters : SarConverters
        Converters of the macro.
    values : ndarray of float, shape (..., lanes)
        Held values, in conductance steps.
    noise : ndarray of float, shape (bits, ..., lanes)
        Standard normal numbers of the decisions, in their order.

    Returns
    -------
    ndarray of uint8 or uint16, shape (..., lanes)
        Codes from 0 to ``2**bits - 1``.
    """
    bits = converters.spec.adc.bits
    codes = np.zeros(values.shape, dtype=np.int64)
    for n, bit in enumerate(reversed(range(bits))):
        trials = codes | 1 << bit
        codes = np.where(decide(converters, values, trials, noise[n]), trials, codes)
    return codes.astype(code_type(converters.spec.adc))
